-- What files said of listings, so that the next one changes only what it says differently, and what curators changed
-- since waits for one to decide.

-- +goose Up

-- revision is where the listing stood when the last file had come in, and says what that said unless said does. offered is
-- what a file said that came in as a draft, and may never be saved.
CREATE TABLE imported (
    listing_id BYTEA PRIMARY KEY, -- no reference: of a draft, the listing may be still to come
    revision   BIGINT NOT NULL,
    said       TEXT,
    offered    TEXT
);

-- Where a file and a curator both changed what an earlier file said.
CREATE TABLE import_conflict (
    listing_id BYTEA PRIMARY KEY REFERENCES listing (id) ON DELETE CASCADE,
    base       TEXT NOT NULL, -- what both were made from
    document   TEXT NOT NULL, -- what the file says
    file       TEXT NOT NULL, -- its name
    at         BIGINT NOT NULL
);

-- Files on their way in, in parts. Servers share the work: one that stops is relieved after busy_until.
CREATE TABLE upload (
    id         BYTEA PRIMARY KEY,
    name       TEXT NOT NULL,
    by_id      TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    state      TEXT NOT NULL,
    size       BIGINT NOT NULL,
    seen       BIGINT NOT NULL, -- rows, so far
    report     TEXT NOT NULL,   -- JSON
    busy_until BIGINT NOT NULL
);
CREATE INDEX upload_at ON upload (at);
CREATE INDEX upload_state ON upload (state, at);
CREATE TABLE upload_part (
    upload_id BYTEA NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
    no        BIGINT NOT NULL,
    data      BYTEA NOT NULL,
    PRIMARY KEY (upload_id, no)
);

-- The listings of a bulk change until each is an item of it: IDs, one after the other.
ALTER TABLE bulk ADD COLUMN listings BYTEA;

-- +goose Down
ALTER TABLE bulk DROP COLUMN listings;
DROP TABLE upload_part;
DROP TABLE upload;
DROP TABLE import_conflict;
DROP TABLE imported;
