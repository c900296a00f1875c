-- A code proves a mailbox: all that were mailed to one since a time are counted, and tried.

-- +goose Up
ALTER TABLE provider_claim ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0; -- when the last code was
UPDATE provider_claim SET asked_at = at, codes = CASE WHEN silent THEN 0 ELSE codes END;
DROP INDEX provider_claim_mailbox;
CREATE INDEX provider_claim_mailbox ON provider_claim (mailbox, asked_at);

-- +goose Down
DROP INDEX provider_claim_mailbox;
CREATE INDEX provider_claim_mailbox ON provider_claim (mailbox, at);
ALTER TABLE provider_claim DROP COLUMN asked_at;
