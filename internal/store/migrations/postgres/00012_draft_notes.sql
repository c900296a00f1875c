-- Why a draft changes something is written by several hands too, and merged like the rest of it.

-- +goose Up
ALTER TABLE proposal_version ADD COLUMN note TEXT NOT NULL DEFAULT '';
UPDATE proposal_version SET note = (SELECT note FROM proposal WHERE id = proposal_id);

-- +goose Down
ALTER TABLE proposal_version DROP COLUMN note;
