-- What curators propose, and what they heard when they called. Nothing here is ever shown to the public.

-- +goose Up
CREATE TABLE proposal (
    id         BYTEA PRIMARY KEY,
    listing_id BYTEA NOT NULL, -- no reference: the listing may be still to come
    version    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    base       BIGINT NOT NULL, -- revision of the listing; 0: it is new
    note       TEXT NOT NULL,
    by_id      TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    decided_id TEXT NOT NULL, -- '': nobody has
    decided_name TEXT NOT NULL,
    revision   BIGINT NOT NULL, -- what it was published as; 0: it was not
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    document   TEXT NOT NULL
);

CREATE INDEX proposal_state ON proposal (state, updated_at);
CREATE INDEX proposal_listing ON proposal (listing_id, updated_at);

-- Everyone whose hand is in a proposal, in the order they came.
CREATE TABLE proposal_editor (
    proposal_id BYTEA NOT NULL REFERENCES proposal (id) ON DELETE CASCADE,
    no          BIGINT NOT NULL,
    editor_id   TEXT NOT NULL,
    editor_name TEXT NOT NULL,
    PRIMARY KEY (proposal_id, no)
);

CREATE INDEX proposal_editor_id ON proposal_editor (editor_id);

-- The latest versions of a draft: what was written on an older one is merged from where it began.
CREATE TABLE proposal_version (
    proposal_id BYTEA NOT NULL REFERENCES proposal (id) ON DELETE CASCADE,
    version     BIGINT NOT NULL,
    document    TEXT NOT NULL,
    PRIMARY KEY (proposal_id, version)
);

CREATE TABLE proposal_comment (
    proposal_id BYTEA NOT NULL REFERENCES proposal (id) ON DELETE CASCADE,
    no          BIGINT NOT NULL,
    by_id       TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (proposal_id, no)
);

-- A call to find out whether a listing still holds. The answers are JSON.
CREATE TABLE verification (
    id          BYTEA PRIMARY KEY,
    listing_id  BYTEA NOT NULL,
    revision    BIGINT NOT NULL, -- that the caller asked about
    by_id       TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    method      TEXT NOT NULL,
    reached     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    note        TEXT NOT NULL,
    answers     TEXT NOT NULL,
    proposal_id BYTEA -- NULL: it proposed nothing
);

CREATE INDEX verification_listing ON verification (listing_id, at);

-- +goose Down
DROP TABLE verification;
DROP TABLE proposal_comment;
DROP TABLE proposal_version;
DROP TABLE proposal_editor;
DROP TABLE proposal;
