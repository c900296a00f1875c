-- What the desk works on beside listings: the queues, suspected duplicates, merges, bulk changes, and what became of
-- what visitors told us. All but the last three can be found anew from the listings.

-- +goose Up

-- The roster walks these, a page at a time. listing_due does all that listing_state did.
CREATE INDEX listing_changed ON listing (demonstration, status, updated_at, id);
CREATE INDEX listing_changed_kind ON listing (demonstration, status, kind, updated_at, id);
CREATE INDEX listing_due ON listing (demonstration, status, verification_due, id);
CREATE INDEX listing_due_kind ON listing (demonstration, status, kind, verification_due, id);
DROP INDEX listing_state;

-- How far the survey has followed the log of changes. Another log has it look at everything again.
CREATE TABLE survey (
    log TEXT NOT NULL,
    seq BIGINT NOT NULL
);
INSERT INTO survey (log, seq) VALUES ('', 0);

-- Hashes of what listings may have in common. Two without a common one are never compared.
CREATE TABLE trait (
    hash       BIGINT NOT NULL,
    listing_id BLOB NOT NULL REFERENCES listing (id) ON DELETE CASCADE,
    PRIMARY KEY (hash, listing_id)
) WITHOUT ROWID;
CREATE INDEX trait_listing ON trait (listing_id);

-- Pairs that may be one listing, a before b.
CREATE TABLE suspect (
    id       BLOB PRIMARY KEY,
    a        BLOB NOT NULL,
    b        BLOB NOT NULL,
    score    REAL NOT NULL,
    digest   BIGINT NOT NULL,   -- of what was compared
    evidence TEXT NOT NULL,     -- JSON
    since    BIGINT NOT NULL,
    dismissed_by TEXT NOT NULL, -- '': it stands
    reason   TEXT NOT NULL      -- for dismissing it
);
CREATE INDEX suspect_a ON suspect (a);
CREATE INDEX suspect_b ON suspect (b);

-- What waits for a curator. kind is the listing's, '' without one; since may lie in the future.
CREATE TABLE task (
    queue       TEXT NOT NULL,
    id          BLOB NOT NULL,
    listing_id  BLOB,
    kind        TEXT NOT NULL,
    urgency     BIGINT NOT NULL, -- lower comes first
    since       BIGINT NOT NULL,
    why         TEXT NOT NULL,
    holder      TEXT NOT NULL,   -- the account that has it; '': nobody
    holder_name TEXT NOT NULL,
    until       BIGINT NOT NULL, -- snoozed; 0: not
    reason      TEXT NOT NULL,
    PRIMARY KEY (queue, id)
) WITHOUT ROWID;

-- Counting what waits and finding the oldest read task_age alone; pages walk one of the other two.
CREATE INDEX task_age ON task (queue, since, until);
CREATE INDEX task_order ON task (queue, urgency, since, id);
CREATE INDEX task_kind ON task (queue, kind, urgency, since, id);
CREATE INDEX task_held ON task (queue, holder) WHERE holder <> '';
CREATE INDEX task_asleep ON task (queue, until) WHERE until > 0;

-- Two listings made one. Both can be had back as they were: their revisions before it are kept.
CREATE TABLE merger (
    id        BLOB PRIMARY KEY,
    kept      BLOB NOT NULL,
    dropped   BLOB NOT NULL,
    kept_at   BIGINT NOT NULL, -- the revisions the merge made
    dropped_at BIGINT NOT NULL,
    by_name   TEXT NOT NULL,
    at        BIGINT NOT NULL,
    undone_at BIGINT NOT NULL  -- 0: it stands
);
CREATE INDEX merger_kept ON merger (kept);
CREATE INDEX merger_dropped ON merger (dropped);

-- One change made to many listings, and what became of each: outcome is '' until it had its turn.
CREATE TABLE bulk (
    id          BLOB PRIMARY KEY,
    change      TEXT NOT NULL, -- JSON
    note        TEXT NOT NULL,
    by_id       TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    state       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    undoes      BLOB UNIQUE, -- the one whose listings get back what they were
    total       BIGINT NOT NULL
);
CREATE INDEX bulk_created ON bulk (created_at);
CREATE TABLE bulk_item (
    bulk_id    BLOB NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    no         BIGINT NOT NULL,
    listing_id BLOB NOT NULL,
    base       BIGINT NOT NULL,
    outcome    TEXT NOT NULL,
    made       BIGINT NOT NULL, -- revision; 0: none
    why        TEXT NOT NULL,
    PRIMARY KEY (bulk_id, no)
) WITHOUT ROWID;
CREATE INDEX bulk_item_outcome ON bulk_item (bulk_id, outcome, no);

-- What became of what visitors told us. Of what was told before, nobody knows whether a machine did.
ALTER TABLE feedback ADD COLUMN proven BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE feedback ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE feedback ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE feedback ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';
ALTER TABLE feedback ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE feedback ADD COLUMN became BLOB; -- the proposal or the report it became
UPDATE feedback SET state = 'thanks' WHERE kind = 'helpful';
CREATE INDEX feedback_listing ON feedback (listing_id, at);
CREATE INDEX feedback_became ON feedback (became) WHERE became IS NOT NULL;
CREATE INDEX feedback_answered ON feedback (state, answered_at);
INSERT INTO task (queue, id, listing_id, kind, urgency, since, why, holder, holder_name, until, reason)
    SELECT 'reported', f.id, f.listing_id, COALESCE((SELECT kind FROM listing l WHERE l.id = f.listing_id), ''), 0, f.at, f.kind, '', '', 0, ''
    FROM feedback f WHERE f.kind <> 'helpful';

-- Proofs of work that were used, until they end anyway.
CREATE TABLE spent (
    digest BLOB PRIMARY KEY,
    until  BIGINT NOT NULL
);
CREATE INDEX spent_until ON spent (until);

-- +goose Down
DROP TABLE bulk_item;
DROP TABLE bulk;
DROP TABLE spent;
DROP INDEX feedback_answered;
DROP INDEX feedback_became;
DROP INDEX feedback_listing;
ALTER TABLE feedback DROP COLUMN became;
ALTER TABLE feedback DROP COLUMN reason;
ALTER TABLE feedback DROP COLUMN answered_by;
ALTER TABLE feedback DROP COLUMN answered_at;
ALTER TABLE feedback DROP COLUMN state;
ALTER TABLE feedback DROP COLUMN proven;
DROP TABLE merger;
DROP TABLE task;
DROP TABLE suspect;
DROP TABLE trait;
DROP TABLE survey;
CREATE INDEX listing_state ON listing (demonstration, status, verification_due);
DROP INDEX listing_due_kind;
DROP INDEX listing_due;
DROP INDEX listing_changed_kind;
DROP INDEX listing_changed;
