-- +goose Up

CREATE TABLE jobs (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id         bigint      NOT NULL REFERENCES employers (id),
    mode                text        NOT NULL CHECK (mode IN ('live', 'test')),
    status              text        NOT NULL CHECK (status IN ('Draft', 'Active', 'Expired', 'Deactivated')),
    version             bigint      NOT NULL,
    title               text        NOT NULL,
    reference           text,
    description         text,
    city                text,
    country             text,
    employment_type     text,
    remote_type         text,
    seniority           text,
    apply_method        text,
    apply_email_address text,
    apply_url           text,
    apply_push_url      text,
    salary_min          bigint,
    salary_max          bigint,
    salary_currency     text,
    salary_period       text,
    required_skills     text[]      NOT NULL,
    optional_skills     text[]      NOT NULL,
    publications        integer     NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    posted_date         timestamptz,
    expiry_date         timestamptz,
    CHECK (status <> 'Active' OR (posted_date IS NOT NULL AND expiry_date IS NOT NULL))
);
-- A list walks one of these in the order of its sort; the others narrow a filter.
CREATE INDEX jobs_list ON jobs (employer_id, mode, id);
CREATE INDEX jobs_list_status ON jobs (employer_id, mode, status, id);
CREATE INDEX jobs_list_updated ON jobs (employer_id, mode, updated_at, id);
-- A reference names one job that is not Deactivated; this is also how a partner finds it.
CREATE UNIQUE INDEX jobs_reference ON jobs (employer_id, mode, reference) WHERE status <> 'Deactivated' AND reference IS NOT NULL;
CREATE INDEX jobs_reference_any ON jobs (employer_id, mode, reference, id) WHERE reference IS NOT NULL;
CREATE INDEX jobs_due ON jobs (expiry_date) WHERE status = 'Active';

-- The ledger: one row for each movement of a balance, never changed. A publication is charged at most once,
-- which the unique constraint holds even against a fault in the program.
CREATE TABLE credit_entries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id   bigint      NOT NULL REFERENCES employers (id),
    mode          text        NOT NULL CHECK (mode IN ('live', 'test')),
    kind          text        NOT NULL CHECK (kind IN ('JobPosting', 'CvSearch')),
    delta         bigint      NOT NULL CHECK (delta <> 0),
    balance_after bigint      NOT NULL CHECK (balance_after >= 0),
    reason        text        NOT NULL CHECK (reason IN ('Grant', 'Publish')),
    job_id        bigint REFERENCES jobs (id),
    publication   integer,
    key_id        bigint REFERENCES api_keys (id),
    created_at    timestamptz NOT NULL,
    UNIQUE (job_id, publication),
    CHECK ((reason = 'Publish') = (job_id IS NOT NULL AND publication IS NOT NULL))
);
CREATE INDEX credit_entries_account ON credit_entries (employer_id, mode, kind, id);

-- +goose StatementBegin
CREATE FUNCTION credit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the credit ledger is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER credit_entries_append_only BEFORE UPDATE OR DELETE ON credit_entries
    FOR EACH ROW EXECUTE FUNCTION credit_entries_append_only();

-- Recorded answers by Idempotency-Key, written in the transaction of the change they answer.
CREATE TABLE idempotent_replies (
    employer_id bigint      NOT NULL REFERENCES employers (id),
    mode        text        NOT NULL CHECK (mode IN ('live', 'test')),
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    content     bytea       NOT NULL,
    erased      boolean     NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (employer_id, mode, key)
);
CREATE INDEX idempotent_replies_age ON idempotent_replies (created_at);

-- +goose Down
DROP TABLE idempotent_replies;
DROP TABLE credit_entries;
DROP FUNCTION credit_entries_append_only;
DROP TABLE jobs;
