-- +goose Up

-- What a search reads of the people of the CV database, as cv_search had it, in 17 parts of about 65,536 people: slot 0
-- has those of the test mode, the others are filled one after the other as people come in. One search looks at the
-- newest parts alone, each with a small index of its own; in one index over everybody it had to pass over the words of
-- all who came at other times. The parts are made here, once, so that the running program needs no DDL.
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
-- One in 1,024 people, by chance: how common a rare combination is can be told from them.
CREATE INDEX cv_index_sample ON cv_index (candidate_id) WHERE sampled;
-- +goose StatementBegin
DO $$
DECLARE
    part text;
BEGIN
    FOR i IN 0..16 LOOP
        part := 'cv_index_' || i;
        -- That nobody stands in two parts is seen to by the lock on their row of cv_candidates.
        EXECUTE format('CREATE TABLE %I PARTITION OF cv_index FOR VALUES IN (%s) WITH (toast_tuple_target = 8160,
            autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02)', part, i);
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (candidate_id)', part || '_candidate', part);
        -- Statistics keep samples of values where an erasure does not reach.
        EXECUTE format('ALTER TABLE %I ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN facets SET STATISTICS 0,
            ALTER COLUMN latitude SET STATISTICS 0, ALTER COLUMN longitude SET STATISTICS 0', part);
    END LOOP;
END $$;
-- +goose StatementEnd
ALTER TABLE cv_index ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN facets SET STATISTICS 0,
    ALTER COLUMN latitude SET STATISTICS 0, ALTER COLUMN longitude SET STATISTICS 0;

-- The parts of cv_index. age is of whom a part is being filled: 0 who was heard of lately, 1 within a year, 2 before;
-- null when it is not. room is how many more come in. people, and weeks, the sum of their dates in weeks, tell which
-- part has the newest; who leaves is not taken off.
CREATE TABLE cv_slots (
    slot   smallint PRIMARY KEY,
    mode   text     NOT NULL CHECK (mode IN ('live', 'test')),
    age    smallint UNIQUE CHECK (age BETWEEN 0 AND 2),
    room   integer  NOT NULL,
    people integer  NOT NULL,
    weeks  bigint   NOT NULL
);

-- What other copies write meanwhile waits, so that nobody is missed between this and the trigger below.
LOCK TABLE cv_search IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO cv_index (slot, candidate_id, updated_at, latitude, longitude, years, sampled, facets, terms)
SELECT CASE mode WHEN 'test' THEN 0 ELSE 1 + (row_number() OVER newest - 1) / greatest(65536, (count(*) OVER (PARTITION BY mode) + 15) / 16) END,
       candidate_id, updated_at, latitude, longitude, years, sampled, facets,
       ts_delete(terms, ARRAY(SELECT w FROM unnest(tsvector_to_array(terms)) w WHERE w LIKE '~t%' OR w LIKE '~b%'))
  FROM cv_search WINDOW newest AS (PARTITION BY mode ORDER BY updated_at DESC, candidate_id DESC);

INSERT INTO cv_slots (slot, mode, room, people, weeks)
SELECT n, CASE n WHEN 0 THEN 'test' ELSE 'live' END, 0, count(i.slot), coalesce(sum(floor(extract(epoch FROM i.updated_at) / 604800)), 0)
  FROM generate_series(0, 16) n LEFT JOIN cv_index i ON i.slot = n GROUP BY n;

-- Copies of the program from before know cv_search alone. What they write there comes here, too, until none is left; a
-- later step drops cv_search and cv_buckets. This program keeps cv_search up to date in who leaves.
-- +goose StatementBegin
CREATE FUNCTION cv_index_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_slot smallint := coalesce((SELECT slot FROM cv_slots WHERE age = 0), 1);
BEGIN
    DELETE FROM cv_index i USING written w WHERE i.candidate_id = w.candidate_id;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO cv_index (slot, candidate_id, updated_at, latitude, longitude, years, sampled, facets, terms)
        SELECT CASE mode WHEN 'test' THEN 0 ELSE open_slot END, candidate_id, updated_at, latitude, longitude, years, sampled, facets, terms FROM written;
        UPDATE cv_slots s SET people = s.people + w.people, weeks = s.weeks + w.weeks
          FROM (SELECT mode, count(*) AS people, sum(floor(extract(epoch FROM updated_at) / 604800)) AS weeks FROM written GROUP BY mode) w
         WHERE s.slot = CASE w.mode WHEN 'test' THEN 0 ELSE open_slot END;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cv_search_inserted AFTER INSERT ON cv_search REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION cv_index_follow();
CREATE TRIGGER cv_search_updated AFTER UPDATE ON cv_search REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION cv_index_follow();
CREATE TRIGGER cv_search_deleted AFTER DELETE ON cv_search REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION cv_index_follow();

-- Whoever is gone or Hidden is in no search, whichever program did it.
-- +goose StatementBegin
CREATE FUNCTION cv_index_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM cv_index WHERE candidate_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cv_candidates_gone AFTER DELETE ON cv_candidates FOR EACH ROW EXECUTE FUNCTION cv_index_forget();
CREATE TRIGGER cv_candidates_hidden AFTER UPDATE OF visibility ON cv_candidates FOR EACH ROW WHEN (NEW.visibility = 'Hidden') EXECUTE FUNCTION cv_index_forget();

-- +goose Down
DROP TRIGGER cv_candidates_hidden ON cv_candidates;
DROP TRIGGER cv_candidates_gone ON cv_candidates;
DROP FUNCTION cv_index_forget;
DROP TRIGGER cv_search_deleted ON cv_search;
DROP TRIGGER cv_search_updated ON cv_search;
DROP TRIGGER cv_search_inserted ON cv_search;
DROP FUNCTION cv_index_follow;
TRUNCATE cv_search, cv_buckets;
INSERT INTO cv_buckets (mode, week, people)
SELECT CASE slot WHEN 0 THEN 'test' ELSE 'live' END, floor(extract(epoch FROM updated_at) / 604800), count(*) FROM cv_index GROUP BY 1, 2;
INSERT INTO cv_search (candidate_id, mode, updated_at, latitude, longitude, years, sampled, facets, terms)
SELECT i.candidate_id, b.mode, i.updated_at, i.latitude, i.longitude, i.years, i.sampled, i.facets,
       i.terms || array_to_tsvector(ARRAY['~b:' || b.id, '~t0:' || b.week, '~t1:' || b.week / 4, '~t2:' || b.week / 16, '~t3:' || b.week / 64])
  FROM cv_index i
  JOIN cv_buckets b ON b.mode = CASE i.slot WHEN 0 THEN 'test' ELSE 'live' END AND b.week = floor(extract(epoch FROM i.updated_at) / 604800);
DROP TABLE cv_slots;
DROP TABLE cv_index;
