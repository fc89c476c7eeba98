-- store/erase owns: erasures.
-- +goose Up

-- The receipts of erasures of candidates. They hold no personal data.
CREATE TABLE erasures (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id  bigint      NOT NULL REFERENCES employers (id),
    mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
    candidate_id bigint      NOT NULL REFERENCES candidates (id),
    applications integer     NOT NULL,
    files        integer     NOT NULL,
    messages     integer     NOT NULL,
    replies      integer     NOT NULL,
    events       integer     NOT NULL,
    erased_at    timestamptz NOT NULL,
    interviews   integer     NOT NULL DEFAULT 0,
    ai_calls     integer     NOT NULL DEFAULT 0
);
CREATE INDEX erasures_employer ON erasures (employer_id, mode, id);

-- +goose Down
DROP TABLE erasures;
