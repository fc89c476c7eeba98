-- store/pipeline owns: candidates, candidate_history, files, file_bytes, applications, waiting_cvs, application_history, application_notes, mail_templates,
-- job_forwards, apply_attempts, kept_cvs, careerjet_feeds, interviews, ai_calls.
-- +goose Up

-- Statistics keep samples of values, which an erasure does not reach: none for columns with personal data.

-- The terms by which a list finds a candidate: the words of name, address, title and skills, each whole skill (prefixed with "#"), and one
-- that all candidates of a tenant have. Each begins with the tenant: so the index has for each term a list of each tenant's own, and a
-- search passes over no candidates of other tenants, who have the same names and skills.
CREATE FUNCTION plain_words(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(folded(given), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32));
-- concat_ws and array_to_string are not immutable for all types; for texts they are.
-- +goose StatementBegin
CREATE FUNCTION candidate_text(first_name text, last_name text, email text, title text, skills text[])
    RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10 AS $$
BEGIN
    RETURN concat_ws(' ', first_name, last_name, email, title, array_to_string(skills, ' '));
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION candidate_words(employer_id bigint, mode text, plain text, skills text[])
    RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_tenant text := employer_id || mode || ' ';
    v_skill  text;
    v_terms  text[] := ARRAY[v_tenant];
    -- 'grace':1 'hopper':2; none of the words has a quote, a blank or a backslash in it.
    v_words  text := ' ' || to_tsvector('pg_catalog.simple', plain)::text;
BEGIN
    FOREACH v_skill IN ARRAY skills LOOP
        v_terms := v_terms || (v_tenant || '#' || v_skill);
    END LOOP;
    -- Words keep their places, for filters of several words.
    RETURN replace(v_words, ' ''', ' ''' || v_tenant)::tsvector || array_to_tsvector(v_terms);
END $$;
-- +goose StatementEnd

-- candidate_query is what the terms of a tenant's candidates must match for one of their words to begin with a given one.
CREATE FUNCTION candidate_query(employer_id bigint, mode text, given text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(to_tsquery('pg_catalog.simple', '''' || plain_words(given) || ''':*')::text, '''([^'']+)''', '''' || employer_id || mode || ' \1''', 'g')::tsquery;

-- The candidates of an employer's own pipeline, one for each email address. Title, skills, place and experience come from
-- the newest CV that has a text. A candidate that was erased keeps its id,
-- for counts and events that refer to it, and nothing else. The terms are kept beside the row: where many have a word, the newest
-- are looked at one by one, and to make the terms of each anew takes a hundred times as long.
CREATE TABLE candidates (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id      bigint      NOT NULL REFERENCES employers (id),
    mode             text        NOT NULL CHECK (mode IN ('live', 'test')),
    status           text        NOT NULL CHECK (status <> ''),
    version          bigint      NOT NULL,
    first_name       text        NOT NULL,
    last_name        text        NOT NULL,
    email            text        NOT NULL,
    phone            text,
    source           text        NOT NULL CHECK (source IN ('Form', 'Careerjet', 'Email')),
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    erased_at        timestamptz,
    title            text,
    skills           text[]      NOT NULL DEFAULT '{}',
    seniority        text,
    city             text,
    country          text,
    latitude         double precision,
    longitude        double precision,
    years_experience integer,
    words            tsvector    NOT NULL GENERATED ALWAYS AS (
        candidate_words(employer_id, mode, plain_words(candidate_text(first_name, last_name, email, title, skills)), skills)) STORED
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02); -- as applications
ALTER TABLE candidates ALTER COLUMN first_name SET STATISTICS 0, ALTER COLUMN last_name SET STATISTICS 0,
    ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN phone SET STATISTICS 0,
    ALTER COLUMN title SET STATISTICS 0, ALTER COLUMN skills SET STATISTICS 0, ALTER COLUMN seniority SET STATISTICS 0,
    ALTER COLUMN city SET STATISTICS 0, ALTER COLUMN country SET STATISTICS 0, ALTER COLUMN latitude SET STATISTICS 0,
    ALTER COLUMN longitude SET STATISTICS 0, ALTER COLUMN years_experience SET STATISTICS 0, ALTER COLUMN words SET STATISTICS 0;
CREATE UNIQUE INDEX candidates_email ON candidates (employer_id, mode, lower(email)) WHERE erased_at IS NULL;
ALTER INDEX candidates_email ALTER COLUMN 3 SET STATISTICS 0;
-- One index for each order in which a list is read.
CREATE INDEX candidates_list ON candidates (employer_id, mode, id);
CREATE INDEX candidates_list_status ON candidates (employer_id, mode, status, id);
CREATE INDEX candidates_list_updated ON candidates (employer_id, mode, updated_at, id);
CREATE INDEX candidates_words ON candidates USING gin (words) WHERE erased_at IS NULL;

-- The moves of a candidate, and who made them. An automatic move follows from the candidate's applications.
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

-- The history is append only, except that an erasure empties reasons, and that test data can be cleared.
-- +goose StatementBegin
CREATE FUNCTION candidate_history_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.reason = ''
        AND (NEW.id, NEW.candidate_id, NEW.from_status, NEW.to_status, NEW.automatic, NEW.actor_kind, NEW.actor_id, NEW.created_at)
        IS NOT DISTINCT FROM (OLD.id, OLD.candidate_id, OLD.from_status, OLD.to_status, OLD.automatic, OLD.actor_kind, OLD.actor_id, OLD.created_at) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM candidates WHERE id = OLD.candidate_id AND mode = 'test') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the history of candidates is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER candidate_history_append_only BEFORE UPDATE OR DELETE ON candidate_history
    FOR EACH ROW EXECUTE FUNCTION candidate_history_append_only();

-- Uploaded files. text is the text that was extracted, text_problem tells why there is none, and text_pending that it is still to
-- be read.
CREATE TABLE files (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id  bigint      NOT NULL REFERENCES employers (id),
    mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
    name         text        NOT NULL,
    media_type   text        NOT NULL,
    size         bigint      NOT NULL CHECK (size >= 0),
    sha256       bytea       NOT NULL,
    text         text        NOT NULL,
    text_problem text        NOT NULL,
    text_pending boolean     NOT NULL CHECK (NOT text_pending OR text = '' AND text_problem = ''),
    created_at   timestamptz NOT NULL
);
ALTER TABLE files ALTER COLUMN name SET STATISTICS 0, ALTER COLUMN text SET STATISTICS 0, ALTER COLUMN sha256 SET STATISTICS 0;

-- The bytes of files, separate from what is read often. They are not compressed, so that a part can be read without the
-- rest.
CREATE TABLE file_bytes (
    file_id bigint PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    bytes   bytea NOT NULL
);
ALTER TABLE file_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL, ALTER COLUMN bytes SET STATISTICS 0;
-- Emails of the outbox have files attached.
ALTER TABLE message_files ADD FOREIGN KEY (file_id) REFERENCES files (id) ON DELETE CASCADE;

-- Applications. Name, address, phone and cover letter are as given with this application; the candidate has those of the
-- first one. rating is what the employer's team thinks of it. source_digest is a digest of the identifier that the source gave it, content_hash of its content. push_uuid
-- identifies it at the endpoint that it is posted to. The trace_ columns are kept for 30 days.
CREATE TABLE applications (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id      bigint      NOT NULL REFERENCES employers (id),
    mode             text        NOT NULL CHECK (mode IN ('live', 'test')),
    job_id           bigint      NOT NULL REFERENCES jobs (id),
    candidate_id     bigint      NOT NULL REFERENCES candidates (id),
    application_type text        NOT NULL CHECK (application_type IN ('EmailApply', 'UrlApply', 'DirectApply', 'HttpPushApply', 'CareerjetPush')),
    status           text        NOT NULL CHECK (status IN ('New', 'Screened', 'Interviewed', 'Offered', 'Hired', 'Rejected', 'Withdrawn')),
    version          bigint      NOT NULL,
    first_name       text        NOT NULL,
    last_name        text        NOT NULL,
    email            text        NOT NULL,
    phone            text,
    cover_letter     text,
    unread_files     jsonb,
    told_again_at    timestamptz, -- when the applicant was last told that one application is enough
    cv_file_id       bigint REFERENCES files (id),
    source_digest    bytea,
    content_hash     bytea,
    trace_ip         text,
    trace_user_agent text,
    push_uuid        text,
    push_status      text CHECK (push_status IN ('Pending', 'Accepted', 'Refused', 'Emailed')),
    push_reason      text,
    push_at          timestamptz,
    rating           smallint CHECK (rating BETWEEN 1 AND 5),
    applied_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    erased_at        timestamptz,
    CHECK ((push_status IS NULL) = (push_at IS NULL) AND (push_status IS NULL) = (push_reason IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02); -- lists are counted in their indexes alone, but for pages with news since the last vacuum
ALTER TABLE applications ALTER COLUMN first_name SET STATISTICS 0, ALTER COLUMN last_name SET STATISTICS 0,
    ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN phone SET STATISTICS 0, ALTER COLUMN cover_letter SET STATISTICS 0,
    ALTER COLUMN unread_files SET STATISTICS 0, ALTER COLUMN content_hash SET STATISTICS 0, ALTER COLUMN trace_ip SET STATISTICS 0,
    ALTER COLUMN trace_user_agent SET STATISTICS 0, ALTER COLUMN push_uuid SET STATISTICS 0, ALTER COLUMN push_reason SET STATISTICS 0,
    ALTER COLUMN rating SET STATISTICS 0;
-- Who has withdrawn an application may apply again.
CREATE UNIQUE INDEX applications_once ON applications (job_id, candidate_id) WHERE status <> 'Withdrawn';
CREATE UNIQUE INDEX applications_source ON applications (employer_id, mode, source_digest) WHERE source_digest IS NOT NULL;
-- One index for each order in which a list is read.
CREATE INDEX applications_list ON applications (employer_id, mode, id);
CREATE INDEX applications_list_status ON applications (employer_id, mode, status, id);
CREATE INDEX applications_list_updated ON applications (employer_id, mode, updated_at, id);
CREATE INDEX applications_job ON applications (job_id, id) INCLUDE (employer_id, mode, status); -- they are counted without reading them, as those of candidates are
CREATE INDEX applications_candidate ON applications (candidate_id, id) INCLUDE (employer_id, mode, status);
CREATE INDEX applications_cv ON applications (cv_file_id) WHERE cv_file_id IS NOT NULL;
CREATE INDEX applications_traced ON applications (applied_at) WHERE trace_ip IS NOT NULL OR trace_user_agent IS NOT NULL;

-- CVs whose text is still to be read. Their networks take turns: network is a digest of who sent the file, of the stranger's network or
-- of the employer whose service handed it on, and turn the number of the round in which its turn is. hard tells that the file took too
-- long before or ended its reader; it is read behind the others. A copy that reads the file has it until due_at; begun counts how
-- often that was begun, and tells one reading from the next. The clock is that of the database.
CREATE TABLE waiting_cvs (
    file_id        bigint PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    employer_id    bigint      NOT NULL REFERENCES employers (id),
    mode           text        NOT NULL CHECK (mode IN ('live', 'test')),
    application_id bigint      NOT NULL UNIQUE REFERENCES applications (id) ON DELETE CASCADE,
    network        bytea       NOT NULL,
    turn           bigint      NOT NULL,
    hard           boolean     NOT NULL,
    reading        boolean     NOT NULL DEFAULT false,
    begun          integer     NOT NULL DEFAULT 0,
    queued_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at         timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The moves of an application, and who made them. actor_id is the id of a key or user.
CREATE TABLE application_history (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id bigint      NOT NULL REFERENCES applications (id),
    from_status    text,
    to_status      text        NOT NULL,
    reason         text        NOT NULL,
    actor_kind     text        NOT NULL CHECK (actor_kind IN ('key', 'user', 'candidate', 'system')),
    actor_id       bigint,
    created_at     timestamptz NOT NULL
);
ALTER TABLE application_history ALTER COLUMN reason SET STATISTICS 0;
CREATE INDEX application_history_application ON application_history (application_id, id);

-- The history is append only, except that an erasure empties reasons, and that test data can be cleared.
-- +goose StatementBegin
CREATE FUNCTION application_history_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.reason = '' AND (NEW.id, NEW.application_id, NEW.from_status, NEW.to_status, NEW.actor_kind, NEW.actor_id, NEW.created_at)
        IS NOT DISTINCT FROM (OLD.id, OLD.application_id, OLD.from_status, OLD.to_status, OLD.actor_kind, OLD.actor_id, OLD.created_at) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM applications WHERE id = OLD.application_id AND mode = 'test') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the history of applications is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER application_history_append_only BEFORE UPDATE OR DELETE ON application_history
    FOR EACH ROW EXECUTE FUNCTION application_history_append_only();

-- What the members of an employer's team wrote to one another about an application. An erasure deletes it.
CREATE TABLE application_notes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id bigint      NOT NULL REFERENCES applications (id),
    user_id        bigint      NOT NULL REFERENCES users (id),
    text           text        NOT NULL CHECK (text <> ''),
    created_at     timestamptz NOT NULL,
    edited_at      timestamptz CHECK (edited_at >= created_at)
);
ALTER TABLE application_notes ALTER COLUMN text SET STATISTICS 0;
CREATE INDEX application_notes_application ON application_notes (application_id, id);

-- The emails that an employer keeps to reject people with. They tell of nobody: names are filled in when one is sent.
CREATE TABLE mail_templates (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id bigint      NOT NULL REFERENCES employers (id),
    name        text        NOT NULL CHECK (name <> ''),
    subject     text        NOT NULL CHECK (subject <> ''),
    text        text        NOT NULL CHECK (text <> ''),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX mail_templates_name ON mail_templates (employer_id, lower(name));

-- How often visitors followed the link of a job to its own application page (UrlApply).
CREATE TABLE job_forwards (
    job_id bigint PRIMARY KEY REFERENCES jobs (id),
    count  bigint NOT NULL
) WITH (fillfactor = 50);

-- Submissions of the public application form, counted before they are processed. subject is a keyed hash of a network
-- address, so that this table holds no personal data. sent_at are the times of applications within the window, oldest first, and
-- refused_at those of forms that were refused, for which there is a limit of its own.
CREATE TABLE apply_attempts (
    subject    bytea PRIMARY KEY,
    sent_at    timestamptz[] NOT NULL,
    refused_at timestamptz[] NOT NULL DEFAULT '{}',
    last_sent  timestamptz   NOT NULL
);
CREATE INDEX apply_attempts_age ON apply_attempts (last_sent);

-- CVs that came with a form in which something else was wrong, for an hour. token_digest is the digest of the token in the form that
-- went back, subject the network as in apply_attempts, and email what was typed as the address, in the form that applications have it in, by which an erasure finds the file.
CREATE TABLE kept_cvs (
    token_digest bytea PRIMARY KEY,
    subject      bytea       NOT NULL,
    job_id       bigint      NOT NULL REFERENCES jobs (id),
    email        text        NOT NULL,
    name         text        NOT NULL,
    bytes        bytea       NOT NULL,
    kept_at      timestamptz NOT NULL
);
ALTER TABLE kept_cvs ALTER COLUMN bytes SET STORAGE EXTERNAL, ALTER COLUMN bytes SET STATISTICS 0, ALTER COLUMN name SET STATISTICS 0,
    ALTER COLUMN email SET STATISTICS 0;
CREATE INDEX kept_cvs_subject ON kept_cvs (subject);
CREATE INDEX kept_cvs_age ON kept_cvs (kept_at);
CREATE INDEX kept_cvs_email ON kept_cvs (email);
CREATE INDEX kept_cvs_job ON kept_cvs (job_id);

-- The secret that an employer shares with Careerjet, and with its own endpoint for pushes of applications.
CREATE TABLE careerjet_feeds (
    employer_id    bigint PRIMARY KEY REFERENCES employers (id),
    secret_sealed  bytea       NOT NULL,
    allow_unsigned boolean     NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

-- Interviews with candidates of the pipeline. calendar_uid and organizer are in every calendar entry that is sent about an
-- interview and never change; sequence counts its changes (RFC 5545).
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

-- Calls of voice assistants with candidates of the pipeline, recorded by their provider, whose id is external_id.
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

-- +goose Down
DROP TABLE ai_calls;
DROP TABLE interviews;
DROP TABLE careerjet_feeds;
DROP TABLE kept_cvs;
DROP TABLE apply_attempts;
DROP TABLE job_forwards;
DROP TABLE mail_templates;
DROP TABLE application_notes;
DROP TABLE application_history;
DROP TABLE waiting_cvs;
DROP FUNCTION application_history_append_only;
DROP TABLE applications;
ALTER TABLE message_files DROP CONSTRAINT message_files_file_id_fkey;
DROP TABLE file_bytes;
DROP TABLE files;
DROP TABLE candidate_history;
DROP FUNCTION candidate_history_append_only;
DROP TABLE candidates;
DROP FUNCTION candidate_query;
DROP FUNCTION candidate_words;
DROP FUNCTION candidate_text;
DROP FUNCTION plain_words;
