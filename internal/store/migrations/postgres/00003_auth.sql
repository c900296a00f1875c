-- Who works at the desk, what lets them in, and what they did there. Digests and hashes are 32 bytes (SHA-256), times are
-- microseconds since 1970 in UTC, 0 for never.

-- +goose Up
CREATE TABLE curator (
    id               TEXT PRIMARY KEY,
    login            TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL UNIQUE, -- revisions carry it
    role             TEXT NOT NULL,
    disabled         BOOLEAN NOT NULL,
    created_at       BIGINT NOT NULL,
    signed_in_at     BIGINT NOT NULL,
    epoch            BIGINT NOT NULL, -- sessions of another one have ended
    password         TEXT NOT NULL,   -- argon2id; '': has not signed up
    secret           BYTEA,            -- of one-time codes
    key_epoch        BIGINT NOT NULL, -- keys of another one have ended
    last_step        BIGINT NOT NULL, -- of the one-time code used last
    recovery         BYTEA NOT NULL,   -- digests of the recovery codes left, one after the other
    networks         BYTEA NOT NULL,   -- keyed hashes of the networks signed in from last, likewise
    invitation       BYTEA UNIQUE,     -- digest of the link to sign up
    invitation_until BIGINT NOT NULL,
    issuer           TEXT, -- who vouches for them instead of a password; NULL: nobody
    subject          TEXT, -- what they are to the issuer
    UNIQUE (issuer, subject)
);

-- The token itself is in its browser only.
CREATE TABLE session (
    id         TEXT PRIMARY KEY,
    token      BYTEA NOT NULL UNIQUE,
    curator_id TEXT NOT NULL REFERENCES curator (id),
    epoch      BIGINT NOT NULL, -- -1: ended
    agent      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX session_curator ON session (curator_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE api_key (
    id         TEXT PRIMARY KEY,
    token      BYTEA NOT NULL UNIQUE,
    curator_id TEXT NOT NULL REFERENCES curator (id),
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    scopes     TEXT NOT NULL, -- with spaces between
    epoch      BIGINT NOT NULL, -- a key_epoch of its curator
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

-- When each has paid for all attempts it made. A key is a keyed hash: it says nothing of an address or an account.
CREATE TABLE turn (
    key BYTEA PRIMARY KEY,
    due BIGINT NOT NULL
);

CREATE INDEX turn_due ON turn (due);

-- Secrets made with the database.
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Each row holds the hash of the one before and is hashed with it: internal/auth/audit.go says how. Numbers have no gaps.
CREATE TABLE audit (
    no      BIGINT PRIMARY KEY CHECK (no > 0),
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    name    TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    before  BYTEA NOT NULL,
    hash    BYTEA NOT NULL
);

CREATE INDEX audit_subject ON audit (subject, no);

-- What the log ends with. Whoever appends locks this one row, so that entries come one after the other.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    no   BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

INSERT INTO audit_head (one, no, hash) VALUES (1, 0, decode('0000000000000000000000000000000000000000000000000000000000000000', 'hex'));

-- The hashes find a row that was changed; these keep a mistake from changing one.
-- +goose StatementBegin
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN (NEW.no < OLD.no) EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit;
DROP FUNCTION refuse_audit_change;
DROP TABLE secret;
DROP TABLE turn;
DROP TABLE api_key;
DROP TABLE session;
DROP TABLE curator;
