-- What providers ask about their own listings. Of a code only a digest is here, and of mail no text.

-- +goose Up
CREATE TABLE provider_claim (
    id         BYTEA PRIMARY KEY,
    listing_id BYTEA NOT NULL,
    base       BIGINT NOT NULL, -- revision that was shown
    wish       TEXT NOT NULL,
    document   TEXT NOT NULL,   -- what was shown, as it should be
    message    TEXT NOT NULL,
    name       TEXT NOT NULL,
    address    TEXT NOT NULL,
    mailbox    TEXT NOT NULL,   -- the address as its claims are counted
    language   TEXT NOT NULL,
    tie        TEXT NOT NULL,
    silent     BOOLEAN NOT NULL,
    state      TEXT NOT NULL,
    at         BIGINT NOT NULL,
    proven_at  BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    answered_by TEXT NOT NULL,
    reason     TEXT NOT NULL,
    became     BYTEA,            -- the proposal
    code       BYTEA,            -- digest; NULL: none is right
    code_until BIGINT NOT NULL,
    code_tries BIGINT NOT NULL, -- of this code
    codes      BIGINT NOT NULL, -- asked for
    mail       TEXT NOT NULL,   -- still to be sent; '': none
    mail_due   BIGINT NOT NULL,
    mail_tries BIGINT NOT NULL,
    trouble    TEXT NOT NULL    -- why it was not sent
);
CREATE INDEX provider_claim_listing ON provider_claim (listing_id, at);
CREATE INDEX provider_claim_mailbox ON provider_claim (mailbox, at);
CREATE INDEX provider_claim_state ON provider_claim (state, at);
CREATE INDEX provider_claim_mail ON provider_claim (mail_due) WHERE mail <> '';

-- +goose Down
DROP TABLE provider_claim;
DELETE FROM task WHERE queue = 'claims';
