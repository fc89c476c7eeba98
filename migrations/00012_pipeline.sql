-- +goose Up

-- As in 00007 there are no statistics on what tells of a person.

-- What is known of a candidate beside name and address: read from the newest CV that has a text.
ALTER TABLE candidates ADD COLUMN title text, ADD COLUMN skills text[] NOT NULL DEFAULT '{}', ADD COLUMN seniority text, ADD COLUMN city text,
    ADD COLUMN country text, ADD COLUMN latitude double precision, ADD COLUMN longitude double precision, ADD COLUMN years_experience integer;
ALTER TABLE candidates ALTER COLUMN title SET STATISTICS 0, ALTER COLUMN skills SET STATISTICS 0, ALTER COLUMN seniority SET STATISTICS 0,
    ALTER COLUMN city SET STATISTICS 0, ALTER COLUMN country SET STATISTICS 0, ALTER COLUMN latitude SET STATISTICS 0,
    ALTER COLUMN longitude SET STATISTICS 0, ALTER COLUMN years_experience SET STATISTICS 0;
-- Those who applied before are read by and by.
ALTER TABLE candidates ADD COLUMN profile_due boolean NOT NULL DEFAULT false;
UPDATE candidates c SET profile_due = true
 WHERE c.erased_at IS NULL AND EXISTS (SELECT FROM applications a WHERE a.candidate_id = c.id AND a.cv_file_id IS NOT NULL);
CREATE INDEX candidates_profile_due ON candidates (id) WHERE profile_due;
-- A list walks one of these or candidates_list in the order of its sort.
CREATE INDEX candidates_list_status ON candidates (employer_id, mode, status, id);
CREATE INDEX candidates_list_updated ON candidates (employer_id, mode, updated_at, id);

-- What a list finds somebody by: the words of name, address, title and skills, and what no word can be, the tenant ("=")
-- and each skill as it is kept ("#").
-- +goose StatementBegin
CREATE FUNCTION candidate_words(employer_id bigint, mode text, first_name text, last_name text, email text, title text, skills text[])
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT to_tsvector('pg_catalog.simple', translate(concat_ws(' ', first_name, last_name, email, title, array_to_string(skills, ' ')),
           '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)))
    || array_to_tsvector(ARRAY['=' || employer_id || ' ' || mode] || (SELECT coalesce(array_agg('#' || s), '{}') FROM unnest(skills) s))
$$;
-- +goose StatementEnd
CREATE INDEX candidates_words ON candidates
    USING gin (candidate_words(employer_id, mode, first_name, last_name, email, title, skills)) WHERE erased_at IS NULL;
ALTER INDEX candidates_words ALTER COLUMN 1 SET STATISTICS 0;

-- What became of a candidate, and by whom; an automatic move follows from the candidate's applications.
CREATE TABLE candidate_history (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id bigint      NOT NULL REFERENCES candidates (id),
    from_status  text,
    to_status    text        NOT NULL,
    reason       text        NOT NULL,
    automatic    boolean     NOT NULL,
    actor_kind   text        NOT NULL CHECK (actor_kind IN ('key', 'user', 'candidate', 'system')),
    actor_id     bigint,
    created_at   timestamptz NOT NULL
);
ALTER TABLE candidate_history ALTER COLUMN reason SET STATISTICS 0;
CREATE INDEX candidate_history_candidate ON candidate_history (candidate_id, id);

-- The candidates so far stand where their applications have brought them.
UPDATE candidates c SET status = s.status
  FROM (SELECT candidate_id, CASE WHEN bool_or(status = 'Hired') THEN 'Hired' WHEN bool_or(status = 'Offered') THEN 'Offered'
               WHEN bool_or(status = 'Interviewed') THEN 'Interviewed' WHEN bool_or(status = 'Screened') THEN 'Screened'
               WHEN bool_or(status = 'New') THEN 'New' WHEN bool_or(status = 'Rejected') THEN 'Rejected' ELSE 'Withdrawn' END AS status
          FROM applications GROUP BY candidate_id) s
 WHERE s.candidate_id = c.id AND c.erased_at IS NULL AND c.status <> s.status;
INSERT INTO candidate_history (candidate_id, from_status, to_status, reason, automatic, actor_kind, created_at)
SELECT id, NULL, status, '', true, 'system', created_at FROM candidates WHERE erased_at IS NULL ORDER BY id;

-- It grows and is never changed, but for a reason that an erasure empties.
-- +goose StatementBegin
CREATE FUNCTION candidate_history_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.reason = ''
        AND (NEW.id, NEW.candidate_id, NEW.from_status, NEW.to_status, NEW.automatic, NEW.actor_kind, NEW.actor_id, NEW.created_at)
        IS NOT DISTINCT FROM (OLD.id, OLD.candidate_id, OLD.from_status, OLD.to_status, OLD.automatic, OLD.actor_kind, OLD.actor_id, OLD.created_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the history of candidates is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER candidate_history_append_only BEFORE UPDATE OR DELETE ON candidate_history
    FOR EACH ROW EXECUTE FUNCTION candidate_history_append_only();

-- Interviews with candidates of the pipeline. calendar_uid and organizer stand in every calendar entry that is sent
-- about one and never change; sequence counts what has changed of it since the first.
CREATE TABLE interviews (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id      bigint      NOT NULL REFERENCES employers (id),
    mode             text        NOT NULL CHECK (mode IN ('live', 'test')),
    candidate_id     bigint      NOT NULL REFERENCES candidates (id),
    job_id           bigint      NOT NULL REFERENCES jobs (id),
    status           text        NOT NULL CHECK (status IN ('Scheduled', 'Completed', 'Cancelled', 'NoShow')),
    version          bigint      NOT NULL,
    sequence         integer     NOT NULL CHECK (sequence >= 0),
    starts_at        timestamptz NOT NULL,
    duration_minutes integer     NOT NULL CHECK (duration_minutes > 0),
    time_zone        text        NOT NULL,
    location         text        NOT NULL,
    meeting_url      text        NOT NULL,
    notes            text        NOT NULL,
    interviewers     jsonb       NOT NULL,
    calendar_uid     text        NOT NULL,
    organizer        text        NOT NULL,
    completed_at     timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CHECK ((status = 'Completed') = (completed_at IS NOT NULL))
);
ALTER TABLE interviews ALTER COLUMN location SET STATISTICS 0, ALTER COLUMN meeting_url SET STATISTICS 0, ALTER COLUMN notes SET STATISTICS 0,
    ALTER COLUMN interviewers SET STATISTICS 0, ALTER COLUMN organizer SET STATISTICS 0;
CREATE INDEX interviews_list ON interviews (employer_id, mode, starts_at, id);
CREATE INDEX interviews_candidate ON interviews (candidate_id, starts_at, id);
CREATE INDEX interviews_job ON interviews (job_id, starts_at, id);

-- Calls of voice assistants with candidates of the pipeline, recorded by whoever makes them; external_id is theirs.
CREATE TABLE ai_calls (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id      bigint      NOT NULL REFERENCES employers (id),
    mode             text        NOT NULL CHECK (mode IN ('live', 'test')),
    candidate_id     bigint      NOT NULL REFERENCES candidates (id),
    job_id           bigint REFERENCES jobs (id),
    status           text        NOT NULL CHECK (status IN ('InProgress', 'Completed', 'Failed')),
    version          bigint      NOT NULL,
    purpose          text        NOT NULL,
    provider         text        NOT NULL,
    external_id      text,
    outcome          text        NOT NULL,
    summary          text        NOT NULL,
    transcript       text        NOT NULL,
    started_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    duration_seconds integer CHECK (duration_seconds >= 0),
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CHECK ((status = 'InProgress') = (ended_at IS NULL))
);
ALTER TABLE ai_calls ALTER COLUMN purpose SET STATISTICS 0, ALTER COLUMN external_id SET STATISTICS 0, ALTER COLUMN outcome SET STATISTICS 0,
    ALTER COLUMN summary SET STATISTICS 0, ALTER COLUMN transcript SET STATISTICS 0;
CREATE UNIQUE INDEX ai_calls_external ON ai_calls (employer_id, mode, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ai_calls_list ON ai_calls (employer_id, mode, id);
CREATE INDEX ai_calls_list_updated ON ai_calls (employer_id, mode, updated_at, id);
CREATE INDEX ai_calls_candidate ON ai_calls (candidate_id, id);

-- The calendar entry that goes with an email, and its method (RFC 5546).
ALTER TABLE messages ADD COLUMN calendar text NOT NULL DEFAULT '', ADD COLUMN calendar_method text NOT NULL DEFAULT '';
ALTER TABLE messages ALTER COLUMN calendar SET STATISTICS 0;

ALTER TABLE erasures ADD COLUMN interviews integer NOT NULL DEFAULT 0, ADD COLUMN ai_calls integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE erasures DROP COLUMN ai_calls, DROP COLUMN interviews;
ALTER TABLE messages DROP COLUMN calendar_method, DROP COLUMN calendar;
DROP TABLE ai_calls;
DROP TABLE interviews;
DROP TABLE candidate_history;
DROP FUNCTION candidate_history_append_only;
DROP INDEX candidates_profile_due;
DROP INDEX candidates_words;
DROP FUNCTION candidate_words;
DROP INDEX candidates_list_updated;
DROP INDEX candidates_list_status;
ALTER TABLE candidates DROP COLUMN profile_due, DROP COLUMN years_experience, DROP COLUMN longitude, DROP COLUMN latitude, DROP COLUMN country, DROP COLUMN city,
    DROP COLUMN seniority, DROP COLUMN skills, DROP COLUMN title;
