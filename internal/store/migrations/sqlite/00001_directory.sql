-- The truth of the directory. IDs are the 16 bytes of a UUID, times are microseconds since 1970 in UTC, documents are
-- what internal/directory/document writes. Only what a query filters or counts by stands in a column beside them.

-- +goose Up
CREATE TABLE listing (
    id               BLOB PRIMARY KEY,
    kind             TEXT NOT NULL,
    status           TEXT NOT NULL,
    demonstration    BOOLEAN NOT NULL,
    revision         BIGINT NOT NULL,
    verification_due BIGINT NOT NULL, -- 0: never verified
    updated_at       BIGINT NOT NULL,
    document         TEXT NOT NULL
);

-- Counting by status, counting what is overdue and asking for demonstrations read this index alone.
CREATE INDEX listing_state ON listing (demonstration, status, verification_due);

-- The sitemap walks what is published and real by id, a step at a time.
CREATE INDEX listing_roll ON listing (demonstration, status, id);

-- A revision is never changed. Only the demonstrations are ever deleted, and their revisions with them.
CREATE TABLE revision (
    listing_id BLOB NOT NULL REFERENCES listing (id) ON DELETE CASCADE,
    no         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    editor     TEXT NOT NULL,
    note       TEXT NOT NULL,
    document   TEXT NOT NULL,
    PRIMARY KEY (listing_id, no)
);

-- Listings whose index entry may be out of date. There is no reference to listing: a removed one has to leave the
-- index too.
-- AUTOINCREMENT: the number of a row that is done is never given again, so clearing it twice can't clear a newer
-- change.
CREATE TABLE pending_change (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    listing_id BLOB NOT NULL,
    revision   BIGINT NOT NULL,
    at         BIGINT NOT NULL
);

-- What visitors told us. Nothing about the visitor is kept.
CREATE TABLE feedback (
    id         BLOB PRIMARY KEY,
    listing_id BLOB, -- NULL: about a page
    page       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    message    TEXT NOT NULL,
    at         BIGINT NOT NULL
);

CREATE INDEX feedback_at ON feedback (at);

-- +goose Down
DROP TABLE feedback;
DROP TABLE pending_change;
DROP TABLE revision;
DROP TABLE listing;
