-- What clients who ask much have asked of all servers together. SQLite has no such table: its servers are on one machine.

-- +goose Up

-- A client is 24 bits of a hash under the secret, which fit hundreds of addresses; due is when what was asked so far is
-- paid for, in microseconds since 1970. Nothing here is worth a write-ahead log.
CREATE UNLOGGED TABLE spending (
    client BIGINT PRIMARY KEY,
    due    BIGINT NOT NULL
);

-- The one row is renewed every day, and spending is emptied with it.
CREATE UNLOGGED TABLE spending_secret (
    one    BOOLEAN PRIMARY KEY CHECK (one),
    secret BYTEA NOT NULL,
    till   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE spending_secret;
DROP TABLE spending;
