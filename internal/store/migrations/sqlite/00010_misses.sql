-- How often a day somebody looked for something that no listing of a division has: codes alone, one thing at a time, and
-- nothing of who asked. What is old is deleted.

-- +goose Up
CREATE TABLE miss (
    day   BIGINT NOT NULL, -- since 1970, in UTC
    facet TEXT NOT NULL,
    code  TEXT NOT NULL,
    place TEXT NOT NULL,   -- ISO 3166-2; ISO 3166-1 where no division is known
    n     BIGINT NOT NULL,
    PRIMARY KEY (day, facet, code, place)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE miss;
