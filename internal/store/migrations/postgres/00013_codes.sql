-- A code proves a mailbox: all that were mailed to one since a time are counted, and tried.

-- +goose Up
ALTER TABLE provider_claim ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0; -- when the last code was; none before counts, for those were good for half an hour
UPDATE provider_claim SET codes = 0 WHERE silent = TRUE;
DROP INDEX provider_claim_mailbox;
CREATE INDEX provider_claim_mailbox ON provider_claim (mailbox, asked_at);

-- +goose Down
DROP INDEX provider_claim_mailbox;
CREATE INDEX provider_claim_mailbox ON provider_claim (mailbox, at);
ALTER TABLE provider_claim DROP COLUMN asked_at;
