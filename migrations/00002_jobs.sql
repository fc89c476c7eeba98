-- store/job owns: jobs, job_regions, job_index, job_views, job_viewers.
-- +goose Up

-- Jobs of employers. Amounts of salaries are in hundredths of the currency unit.
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
    country_code        text CHECK (country_code ~ '^[A-Z]{2}$'), -- ISO 3166-1 alpha-2
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
    list_text           text        NOT NULL GENERATED ALWAYS AS ( -- what a list is searched in
        folded(title || chr(10) || coalesce(reference, '') || chr(10) || coalesce(city, ''))) STORED,
    CHECK (status <> 'Active' OR (posted_date IS NOT NULL AND expiry_date IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02); -- lists are counted in their indexes alone
-- One index for each order in which a list is read.
CREATE INDEX jobs_list ON jobs (employer_id, mode, id);
CREATE INDEX jobs_list_status ON jobs (employer_id, mode, status, id) INCLUDE (expiry_date); -- jobs are counted without reading them
CREATE INDEX jobs_list_updated ON jobs (employer_id, mode, updated_at, id);
-- A reference identifies one job that is not Deactivated; partners look jobs up by it.
CREATE UNIQUE INDEX jobs_reference ON jobs (employer_id, mode, reference) WHERE status <> 'Deactivated' AND reference IS NOT NULL;
CREATE INDEX jobs_reference_any ON jobs (employer_id, mode, reference, id) WHERE reference IS NOT NULL;
CREATE INDEX jobs_due ON jobs (expiry_date) WHERE status = 'Active';
-- A Careerjet push names the job by its reference, and does not name the employer.
CREATE INDEX jobs_reference_live ON jobs (reference) WHERE mode = 'live' AND status <> 'Draft' AND reference IS NOT NULL;
-- Mail programs and servers change the case of addresses, which have the reference.
CREATE INDEX jobs_reference_folded ON jobs (lower(reference)) WHERE mode = 'live' AND status <> 'Draft' AND reference IS NOT NULL;
-- For the public pages: the list and the feed in their orders, with the columns that the feed's ETag is computed from,
-- and the time of the last change. Drafts, which take most of the writes, are in none of these indexes.
CREATE INDEX jobs_public_list ON jobs (posted_date, id) INCLUDE (expiry_date) WHERE mode = 'live' AND status = 'Active';
CREATE INDEX jobs_public_feed ON jobs (id) INCLUDE (version, expiry_date) WHERE mode = 'live' AND status = 'Active';
CREATE INDEX jobs_public_changed ON jobs (updated_at) WHERE mode = 'live' AND status <> 'Draft';

-- The ledger of credits refers to the job that was paid for.
ALTER TABLE credit_entries ADD FOREIGN KEY (job_id) REFERENCES jobs (id);

-- The countries from which a job accepts applications. A job without a row accepts them from everywhere.
CREATE TABLE job_regions (
    job_id    bigint PRIMARY KEY REFERENCES jobs (id),
    countries text[] NOT NULL CHECK (cardinality(countries) > 0)
);

-- What the index of the search of jobs knows of the words of a job: the words; each word of title, skills and company once more after
-- é and the letter of its section; and for each two words that stand together é and a number that a few other pairs have, too. A text
-- has no é, because it is folded. Package cvquery writes queries of the same words.
-- +goose StatementBegin
CREATE FUNCTION job_found(terms tsvector) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN (
    WITH words AS MATERIALIZED (
      SELECT t.lexeme, p.position, t.weights[p.number] AS weight
        FROM unnest(terms) t, unnest(t.positions) WITH ORDINALITY p (position, number) WHERE left(t.lexeme, 1) <> '~')
    SELECT strip(terms) || array_to_tsvector(ARRAY(
      SELECT 'é' || weight || lexeme FROM words WHERE weight <> 'D'
       UNION
      SELECT 'é' || left(md5(a.lexeme || ' ' || b.lexeme), 5) FROM words a JOIN words b ON b.position = a.position + 1)));
END $$;
-- +goose StatementEnd

-- The search of the public pages: one row for each open live job. terms has the words of title (A), skills (B), company (C) and place
-- and description (D), and what jobs are filtered by as words that begin with a tilde. The index of found tells which jobs a search may
-- find, and terms are read of the few that are ranked. So both are kept apart from the row, terms uncompressed: short rows are what
-- makes reading all hits fast. salary_year is the most that the salary names, for a year, in whole units of its currency, 0 for none;
-- salary_step is how many steps of the filter it reaches.
CREATE TABLE job_index (
    job_id          bigint      PRIMARY KEY REFERENCES jobs (id),
    posted_date     timestamptz NOT NULL,
    expiry_date     timestamptz NOT NULL,
    employment_type text        NOT NULL,
    remote_type     text        NOT NULL,
    seniority       text        NOT NULL,
    salary_step     smallint    NOT NULL,
    salary_year     bigint      NOT NULL,
    latitude        double precision,
    longitude       double precision,
    terms           tsvector    NOT NULL,
    found           tsvector    NOT NULL GENERATED ALWAYS AS (job_found(terms)) STORED,
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) WITH (toast_tuple_target = 128, autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE job_index ALTER COLUMN terms SET STORAGE EXTERNAL, ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN found SET STATISTICS 0;
CREATE INDEX job_index_found ON job_index USING gin (found);
CREATE INDEX job_index_newest ON job_index (posted_date DESC, job_id DESC) INCLUDE (expiry_date, employment_type, remote_type, seniority, salary_step);
CREATE INDEX job_index_best_paid ON job_index (salary_year DESC, posted_date DESC, job_id DESC) INCLUDE (expiry_date);

-- How often the public page of a job was opened, by day (UTC). An opening by one visitor counts once a day: job_viewers has a
-- keyed digest of who has been counted, which a day later says nothing to anybody, because it is deleted.
CREATE TABLE job_views (
    job_id bigint NOT NULL REFERENCES jobs (id),
    day    date   NOT NULL,
    views  bigint NOT NULL,
    PRIMARY KEY (job_id, day)
) WITH (fillfactor = 50);
CREATE INDEX job_views_age ON job_views (day);
CREATE TABLE job_viewers (
    digest bytea PRIMARY KEY,
    day    date  NOT NULL
);
ALTER TABLE job_viewers ALTER COLUMN digest SET STATISTICS 0;
CREATE INDEX job_viewers_age ON job_viewers (day);

-- +goose Down
DROP TABLE job_viewers;
DROP TABLE job_views;
DROP TABLE job_index;
DROP FUNCTION job_found(tsvector);
DROP TABLE job_regions;
ALTER TABLE credit_entries DROP CONSTRAINT credit_entries_job_id_fkey;
DROP TABLE jobs;
