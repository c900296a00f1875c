-- Why a draft changes something is written by several hands too, and merged like the rest of it. What machines may have
-- sent is found by its age, to be bounded.

-- +goose Up
ALTER TABLE proposal_version ADD COLUMN note TEXT NOT NULL DEFAULT '';
UPDATE proposal_version SET note = (SELECT note FROM proposal WHERE id = proposal_id);
CREATE INDEX feedback_unproven ON feedback (at) WHERE proven = FALSE AND state IN ('open', 'thanks');

-- +goose Down
DROP INDEX feedback_unproven;
ALTER TABLE proposal_version DROP COLUMN note;
