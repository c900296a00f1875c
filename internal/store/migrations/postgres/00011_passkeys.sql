-- Passkeys, and the questions they are asked.

-- +goose Up
ALTER TABLE curator ADD COLUMN passkeys TEXT NOT NULL DEFAULT '[]'; -- internal/store/curators.go says how

-- A question is answered once. Its id is the digest of what is signed.
CREATE TABLE ceremony (
    id         BYTEA PRIMARY KEY,
    data       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX ceremony_expiry ON ceremony (expires_at);

-- +goose Down
DROP TABLE ceremony;
ALTER TABLE curator DROP COLUMN passkeys;
