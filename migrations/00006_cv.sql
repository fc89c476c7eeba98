-- store/cv owns: cv_candidates, cv_index, cv_slots, cv_unlocks, cv_erasures, cv_imports,
-- cv_saved_searches.
-- +goose Up

-- Words are compared by their English stem, and there are no stop words: "IT" would be one.
CREATE TEXT SEARCH DICTIONARY cv_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION cv (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION cv ALTER MAPPING REPLACE english_stem WITH cv_stem;

-- The people of the platform's CV database. Their ids come from the sequence of the employers' candidates, so that an id
-- identifies one person. shown_text is what a search may show of them: no contact data, no names. Texts are stored in the
-- row itself where they fit, because compressing them would take a tenth of the time of an import. Statistics keep samples
-- of values, which an erasure does not reach: none for columns with personal data.
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

-- Imports that were begun at the platform's desk. problems are the first lines that were left out, with their reasons, which tell
-- nothing of people. updated_at says that the import goes on: one that has not been updated for long has ended with its copy of
-- the program.
CREATE TABLE cv_imports (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mode        text        NOT NULL CHECK (mode IN ('live', 'test')),
    file        text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('Running', 'Done', 'Failed')),
    imported    bigint      NOT NULL DEFAULT 0,
    fresh       bigint      NOT NULL DEFAULT 0,
    changed     bigint      NOT NULL DEFAULT 0,
    skipped     bigint      NOT NULL DEFAULT 0,
    problems    text[]      NOT NULL DEFAULT '{}',
    started_by  bigint      NOT NULL REFERENCES users (id),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- The search index: one row for each visible person, as narrow as possible and stored in the row itself, because reading
-- a long value from elsewhere takes longer than everything else. terms has the words of title (A), skills (B), employers
-- (C) and the rest (D), and every property by which a search can be narrowed as a word that begins with a tilde, so that
-- one index answers all of it. facets are the values that are counted, separated by U+001F.
--
-- It has 17 parts of about 65,536 people: slot 0 has those of the test mode, the others are filled one after the other
-- as people arrive. A search reads only the newest parts, each with a small index of its own; with one index over all
-- people it would have to skip the words of everybody who arrived at another time. The parts are made here, once, so
-- that the running program needs no DDL.
CREATE TABLE cv_index (
    slot         smallint    NOT NULL,
    candidate_id bigint      NOT NULL,
    updated_at   timestamptz NOT NULL,
    latitude     real,
    longitude    real,
    years        smallint    NOT NULL,
    sampled      boolean     NOT NULL,
    facets       text        NOT NULL,
    terms        tsvector    NOT NULL
) PARTITION BY LIST (slot);
ALTER TABLE cv_index ALTER COLUMN terms SET STORAGE MAIN, ALTER COLUMN facets SET STORAGE MAIN;
CREATE INDEX cv_index_terms ON cv_index USING gin (terms);
CREATE INDEX cv_index_recent ON cv_index (updated_at DESC, candidate_id DESC);
-- A random sample of one in 1,024 people, from which the frequency of a rare combination is estimated.
CREATE INDEX cv_index_sample ON cv_index (candidate_id) WHERE sampled;
-- +goose StatementBegin
DO $$
DECLARE
    part text;
BEGIN
    FOR i IN 0..16 LOOP
        part := 'cv_index_' || i;
        -- The lock on the row in cv_candidates makes sure that nobody is in two parts.
        EXECUTE format('CREATE TABLE %I PARTITION OF cv_index FOR VALUES IN (%s) WITH (toast_tuple_target = 8160,
            autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02)', part, i);
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (candidate_id)', part || '_candidate', part);
        EXECUTE format('ALTER TABLE %I ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN facets SET STATISTICS 0,
            ALTER COLUMN latitude SET STATISTICS 0, ALTER COLUMN longitude SET STATISTICS 0', part);
    END LOOP;
END $$;
-- +goose StatementEnd
ALTER TABLE cv_index ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN facets SET STATISTICS 0,
    ALTER COLUMN latitude SET STATISTICS 0, ALTER COLUMN longitude SET STATISTICS 0;

-- The partitions of cv_index. age is the recency band of the people with whom a partition is being filled: 0 those with
-- recent news, 1 with news within a year, 2 the older ones; it is null for a partition that is not being filled. room is
-- how many more it takes. people counts the rows and weeks sums up their dates in weeks, by which the partition with the
-- newest people is known; a row that is deleted stays in both until the next count, of which counted_at has the time.
CREATE TABLE cv_slots (
    slot       smallint PRIMARY KEY,
    mode       text        NOT NULL CHECK (mode IN ('live', 'test')),
    age        smallint    UNIQUE CHECK (age BETWEEN 0 AND 2),
    room       integer     NOT NULL,
    people     integer     NOT NULL,
    weeks      bigint      NOT NULL,
    counted_at timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00'
);
INSERT INTO cv_slots (slot, mode, room, people, weeks)
SELECT n, CASE n WHEN 0 THEN 'test' ELSE 'live' END, 0, 0, 0 FROM generate_series(0, 16) n;

-- A person who is deleted or hidden leaves the index in the same transaction, whatever statement did it.
-- +goose StatementBegin
CREATE FUNCTION cv_index_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM cv_index WHERE candidate_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cv_candidates_gone AFTER DELETE ON cv_candidates FOR EACH ROW EXECUTE FUNCTION cv_index_forget();
CREATE TRIGGER cv_candidates_hidden AFTER UPDATE OF visibility ON cv_candidates FOR EACH ROW WHEN (NEW.visibility = 'Hidden') EXECUTE FUNCTION cv_index_forget();

-- The profiles that an employer has unlocked, one row for each pair. When the free period is over and the profile is
-- unlocked again, the row gets a new unlock_id, which the ledger refers to.
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

-- The receipts of erasures, which hold no personal data: address_digest is keyed with the secret of the program. With it an
-- import of an old file recognizes a person who was erased, and does not add them again.
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

-- Searches that a user keeps, to be told of new people by email. query is how the search runs, address where it is on the pages.
-- People with a higher id than seen_id are new; looked_at is when they were last looked for.
CREATE TABLE cv_saved_searches (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id bigint      NOT NULL REFERENCES employers (id),
    user_id     bigint      NOT NULL REFERENCES users (id),
    name        text        NOT NULL CHECK (name <> ''),
    query       jsonb       NOT NULL,
    address     text        NOT NULL,
    seen_id     bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    looked_at   timestamptz NOT NULL
);
CREATE INDEX cv_saved_searches_user ON cv_saved_searches (user_id, id);
CREATE INDEX cv_saved_searches_due ON cv_saved_searches (looked_at, id);

-- +goose Down
DROP TABLE cv_saved_searches;
DROP TABLE cv_imports;
DROP TABLE cv_erasures;
DROP TABLE cv_unlocks;
DROP SEQUENCE cv_unlock_ids;
DROP TABLE cv_candidates;
DROP FUNCTION cv_index_forget;
DROP TABLE cv_slots;
DROP TABLE cv_index;
DROP TEXT SEARCH CONFIGURATION cv;
DROP TEXT SEARCH DICTIONARY cv_stem;
