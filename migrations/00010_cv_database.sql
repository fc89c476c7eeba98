-- +goose Up

-- Words are compared by their English stem, and none is left out: "IT" is a stop word elsewhere.
CREATE TEXT SEARCH DICTIONARY cv_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION cv (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION cv ALTER MAPPING REPLACE english_stem WITH cv_stem;

-- The people of the platform's CV database. Their numbers come from the same sequence as those of the employers'
-- candidates, so that a number names one person. shown_text is what a search may show of them: no contact data, no
-- names. Texts
-- stand in the row itself where they fit, for to compress them would be a tenth of an import. Statistics keep samples of values where an erasure does not reach, so there are none on what tells of a person.
CREATE TABLE cv_candidates (
    id               bigint PRIMARY KEY DEFAULT nextval('candidates_id_seq'),
    mode             text        NOT NULL CHECK (mode IN ('live', 'test')),
    version          bigint      NOT NULL,
    external_id      text,
    first_name       text        NOT NULL,
    last_name        text        NOT NULL,
    email            text        NOT NULL,
    phone            text,
    title            text        NOT NULL,
    summary          text,
    skills           text[]      NOT NULL,
    experience       json        NOT NULL,
    years_experience integer,
    seniority        text,
    city             text,
    country          text,
    latitude         double precision,
    longitude        double precision,
    remote_type      text,
    availability     text,
    salary_min       bigint,
    salary_max       bigint,
    salary_currency  text,
    salary_period    text,
    languages        text[]      NOT NULL,
    cv_text          text,
    shown_text       text        NOT NULL,
    visibility       text        NOT NULL CHECK (visibility IN ('Visible', 'Hidden')),
    consents         json        NOT NULL,
    content_hash     bytea       NOT NULL,
    retain_until     timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) WITH (toast_tuple_target = 8160);
ALTER TABLE cv_candidates ALTER COLUMN external_id SET STATISTICS 0, ALTER COLUMN first_name SET STATISTICS 0,
    ALTER COLUMN last_name SET STATISTICS 0, ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN phone SET STATISTICS 0,
    ALTER COLUMN title SET STATISTICS 0, ALTER COLUMN summary SET STATISTICS 0, ALTER COLUMN skills SET STATISTICS 0,
    ALTER COLUMN experience SET STATISTICS 0, ALTER COLUMN city SET STATISTICS 0, ALTER COLUMN country SET STATISTICS 0,
    ALTER COLUMN latitude SET STATISTICS 0, ALTER COLUMN longitude SET STATISTICS 0, ALTER COLUMN availability SET STATISTICS 0,
    ALTER COLUMN languages SET STATISTICS 0, ALTER COLUMN cv_text SET STATISTICS 0, ALTER COLUMN shown_text SET STATISTICS 0,
    ALTER COLUMN consents SET STATISTICS 0, ALTER COLUMN content_hash SET STATISTICS 0;
CREATE UNIQUE INDEX cv_candidates_email ON cv_candidates (mode, lower(email));
ALTER INDEX cv_candidates_email ALTER COLUMN 2 SET STATISTICS 0;
CREATE INDEX cv_candidates_retention ON cv_candidates (retain_until);


-- What a search reads: one row for each visible person, as narrow as it can be, and all of it in the row itself, for to
-- fetch a long value from elsewhere costs more than all the rest. terms has the words of title (A), skills (B),
-- employers (C) and the rest (D), and everything that a search can be narrowed by as words that begin with a tilde, so
-- that one index serves all of it. facets are the values that are counted, separated by U+001F.
CREATE TABLE cv_search (
    candidate_id bigint PRIMARY KEY,
    updated_at   timestamptz NOT NULL,
    latitude     real,
    longitude    real,
    years        smallint    NOT NULL,
    sampled      boolean     NOT NULL,
    mode         text        NOT NULL,
    facets       text        NOT NULL,
    terms        tsvector    NOT NULL
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE cv_search ALTER COLUMN terms SET STORAGE MAIN, ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN facets SET STORAGE MAIN,
    ALTER COLUMN facets SET STATISTICS 0, ALTER COLUMN latitude SET STATISTICS 0, ALTER COLUMN longitude SET STATISTICS 0;
CREATE INDEX cv_search_recent ON cv_search (mode, updated_at DESC, candidate_id DESC);
CREATE INDEX cv_search_terms ON cv_search USING gin (terms);
-- One in 1,024 people, by chance: how common a rare combination is can be told from them.
CREATE INDEX cv_search_sample ON cv_search (mode, candidate_id) WHERE sampled;

-- How many people came into cv_search with a date of one week, in buckets of about ten thousand: each row carries its
-- week, the longer times that the week is in and its bucket as words, and so a search of the newest can go by the index
-- of words alone. Those who left since are counted, too.
CREATE TABLE cv_buckets (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mode   text    NOT NULL CHECK (mode IN ('live', 'test')),
    week   integer NOT NULL,
    people integer NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX cv_buckets_week ON cv_buckets (mode, week DESC, id DESC);

-- Which profiles an employer has opened. One row for each pair; a new term after the old one gives it a new unlock_id,
-- by which the ledger knows it.
CREATE SEQUENCE cv_unlock_ids;
CREATE TABLE cv_unlocks (
    employer_id  bigint      NOT NULL REFERENCES employers (id),
    mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
    candidate_id bigint      NOT NULL,
    unlock_id    bigint      NOT NULL,
    charged      boolean     NOT NULL,
    unlocked_at  timestamptz NOT NULL,
    free_until   timestamptz NOT NULL,
    refunded_at  timestamptz,
    PRIMARY KEY (employer_id, mode, candidate_id)
);
CREATE INDEX cv_unlocks_candidate ON cv_unlocks (candidate_id);

-- An unlock is charged at most once and refunded at most once, which the unique constraint holds even against a fault
-- in the program. The numbers outlive the person.
ALTER TABLE credit_entries ADD COLUMN unlock_id bigint, ADD COLUMN candidate_id bigint,
    DROP CONSTRAINT credit_entries_reason_check,
    ADD CONSTRAINT credit_entries_reason_check CHECK (reason IN ('Grant', 'Publish', 'Unlock', 'Refund')),
    ADD CONSTRAINT credit_entries_unlock CHECK ((reason IN ('Unlock', 'Refund')) = (unlock_id IS NOT NULL AND candidate_id IS NOT NULL)),
    ADD CONSTRAINT credit_entries_unlock_once UNIQUE (unlock_id, reason);

-- The receipts of erasures. They name nobody: address_digest is keyed with the program's secret, and is there so that
-- the next import of an old file does not bring the person back.
CREATE TABLE cv_erasures (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mode           text        NOT NULL CHECK (mode IN ('live', 'test')),
    candidate_id   bigint      NOT NULL,
    address_digest bytea,
    unlocks        integer     NOT NULL,
    matches        integer     NOT NULL,
    replies        integer     NOT NULL,
    events         integer     NOT NULL,
    erased_at      timestamptz NOT NULL
);
ALTER TABLE cv_erasures ALTER COLUMN address_digest SET STATISTICS 0;
CREATE INDEX cv_erasures_address ON cv_erasures (address_digest) WHERE address_digest IS NOT NULL;

-- +goose Down
DROP TABLE cv_erasures;
ALTER TABLE credit_entries DISABLE TRIGGER credit_entries_append_only;
DELETE FROM credit_entries WHERE reason IN ('Unlock', 'Refund');
ALTER TABLE credit_entries ENABLE TRIGGER credit_entries_append_only;
ALTER TABLE credit_entries DROP CONSTRAINT credit_entries_reason_check,
    ADD CONSTRAINT credit_entries_reason_check CHECK (reason IN ('Grant', 'Publish')),
    DROP COLUMN unlock_id, DROP COLUMN candidate_id;
DROP TABLE cv_unlocks;
DROP SEQUENCE cv_unlock_ids;
DROP TABLE cv_buckets;
DROP TABLE cv_search;
DROP TABLE cv_candidates;
DROP TEXT SEARCH CONFIGURATION cv;
DROP TEXT SEARCH DICTIONARY cv_stem;
