-- What the desk changed of the vocabulary that comes with the program: every revision of every term it touched.

-- +goose Up

-- How many changes there were: whoever holds the vocabulary in memory looks here whether it still is as it was. Its lock
-- keeps the numbers of revisions in the order of the commits.
CREATE TABLE vocabulary (
    one BIGINT PRIMARY KEY,
    no  BIGINT NOT NULL
);
INSERT INTO vocabulary (one, no) VALUES (1, 0);

CREATE TABLE term_revision (
    no        BIGINT PRIMARY KEY, -- of all changes
    facet     TEXT NOT NULL,
    code      TEXT NOT NULL,
    revision  BIGINT NOT NULL,    -- of the term, from 1 on
    at        BIGINT NOT NULL,
    by_id     TEXT NOT NULL,
    by_name   TEXT NOT NULL,
    note      TEXT NOT NULL,
    amendment TEXT NOT NULL,      -- JSON
    UNIQUE (facet, code, revision)
);

-- +goose Down
DROP TABLE term_revision;
DROP TABLE vocabulary;
