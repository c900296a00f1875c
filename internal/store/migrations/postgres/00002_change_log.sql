-- The log of changes replaces the queue: any number of followers read it, each from where it stands.

-- +goose Up

-- One row a listing, removed ones included, with a number that each save draws anew: whoever reads the rows above the
-- number it has reached misses nothing, nothing is ever pruned, and from 0 every listing is met. There is no reference
-- to listing: a removed one has to leave the indexes too.
CREATE TABLE change (
    listing_id BYTEA PRIMARY KEY,
    seq        BIGINT NOT NULL UNIQUE,
    revision   BIGINT NOT NULL,
    at         BIGINT NOT NULL
);

-- The one row says which log it is and the last number drawn. A save holds it from its draw to its commit, so numbers
-- become visible in their order. Another id tells every follower to begin anew.
CREATE TABLE change_log (
    id  TEXT NOT NULL,
    seq BIGINT NOT NULL
);

INSERT INTO change (listing_id, seq, revision, at)
SELECT listing_id, ROW_NUMBER() OVER (ORDER BY last, listing_id), revision, at FROM (
    SELECT l.id AS listing_id, l.revision AS revision, l.updated_at AS at, COALESCE(p.last, 0) AS last
    FROM listing l LEFT JOIN (SELECT listing_id, MAX(seq) AS last FROM pending_change GROUP BY listing_id) p ON p.listing_id = l.id
    UNION ALL
    SELECT listing_id, MAX(revision), MAX(at), MAX(seq) FROM pending_change
    WHERE listing_id NOT IN (SELECT id FROM listing) GROUP BY listing_id
) known;

INSERT INTO change_log (id, seq) SELECT gen_random_uuid()::TEXT, COUNT(*) FROM change;

DROP TABLE pending_change;

-- +goose Down
CREATE TABLE pending_change (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    listing_id BYTEA NOT NULL,
    revision   BIGINT NOT NULL,
    at         BIGINT NOT NULL
);

INSERT INTO pending_change (listing_id, revision, at) SELECT listing_id, revision, at FROM change ORDER BY seq;

DROP TABLE change_log;
DROP TABLE change;
