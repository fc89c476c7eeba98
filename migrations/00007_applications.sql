-- +goose Up

-- Statistics keep samples of values where an erasure does not reach, so there are none on what names a person.

-- The employer's own pipeline of candidates: one row for each address. One that was erased keeps its number, for the
-- counts and events that name it, and nothing else.
CREATE TABLE candidates (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id bigint      NOT NULL REFERENCES employers (id),
    mode        text        NOT NULL CHECK (mode IN ('live', 'test')),
    status      text        NOT NULL CHECK (status <> ''),
    version     bigint      NOT NULL,
    first_name  text        NOT NULL,
    last_name   text        NOT NULL,
    email       text        NOT NULL,
    phone       text,
    source      text        NOT NULL CHECK (source IN ('Form', 'Careerjet', 'Email')),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    erased_at   timestamptz
);
ALTER TABLE candidates ALTER COLUMN first_name SET STATISTICS 0, ALTER COLUMN last_name SET STATISTICS 0,
    ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN phone SET STATISTICS 0;
CREATE UNIQUE INDEX candidates_email ON candidates (employer_id, mode, lower(email)) WHERE erased_at IS NULL;
ALTER INDEX candidates_email ALTER COLUMN 3 SET STATISTICS 0;
CREATE INDEX candidates_list ON candidates (employer_id, mode, id);

-- What is known of a file. text is what could be read of it, and text_problem why that is nothing.
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
    created_at   timestamptz NOT NULL
);
ALTER TABLE files ALTER COLUMN name SET STATISTICS 0, ALTER COLUMN text SET STATISTICS 0, ALTER COLUMN sha256 SET STATISTICS 0;

-- The bytes of files, apart from everything that is read often. They are not compressed, so that a part of them can be
-- read without the rest.
CREATE TABLE file_bytes (
    file_id bigint PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    bytes   bytea NOT NULL
);
ALTER TABLE file_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL, ALTER COLUMN bytes SET STATISTICS 0;

-- Who applied for what. Name, address and the rest are as given with this application; the candidate's row is what the
-- first one gave. source_digest is of the identifier that its source gave it, content_hash of what it says; push_uuid
-- identifies it where it is posted to. trace_* is kept for 30 days.
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
    cv_file_id       bigint REFERENCES files (id),
    source_digest    bytea,
    content_hash     bytea,
    trace_ip         text,
    trace_user_agent text,
    push_uuid        text,
    push_status      text CHECK (push_status IN ('Pending', 'Accepted', 'Refused', 'Emailed')),
    push_reason      text,
    push_at          timestamptz,
    applied_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    erased_at        timestamptz,
    UNIQUE (job_id, candidate_id),
    CHECK ((push_status IS NULL) = (push_at IS NULL) AND (push_status IS NULL) = (push_reason IS NULL))
);
ALTER TABLE applications ALTER COLUMN first_name SET STATISTICS 0, ALTER COLUMN last_name SET STATISTICS 0,
    ALTER COLUMN email SET STATISTICS 0, ALTER COLUMN phone SET STATISTICS 0, ALTER COLUMN cover_letter SET STATISTICS 0,
    ALTER COLUMN content_hash SET STATISTICS 0, ALTER COLUMN trace_ip SET STATISTICS 0,
    ALTER COLUMN trace_user_agent SET STATISTICS 0, ALTER COLUMN push_uuid SET STATISTICS 0, ALTER COLUMN push_reason SET STATISTICS 0;
CREATE UNIQUE INDEX applications_source ON applications (employer_id, mode, source_digest) WHERE source_digest IS NOT NULL;
-- A list walks one of these in the order of its sort; the others narrow a filter.
CREATE INDEX applications_list ON applications (employer_id, mode, id);
CREATE INDEX applications_list_status ON applications (employer_id, mode, status, id);
CREATE INDEX applications_list_updated ON applications (employer_id, mode, updated_at, id);
CREATE INDEX applications_job ON applications (job_id, id);
CREATE INDEX applications_candidate ON applications (candidate_id, id);
CREATE INDEX applications_cv ON applications (cv_file_id) WHERE cv_file_id IS NOT NULL;
CREATE INDEX applications_traced ON applications (applied_at) WHERE trace_ip IS NOT NULL OR trace_user_agent IS NOT NULL;

-- What became of an application, and by whom; actor_id is the number of a key or user.
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

-- It grows and is never changed, but for a reason that an erasure empties.
-- +goose StatementBegin
CREATE FUNCTION application_history_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.reason = '' AND (NEW.id, NEW.application_id, NEW.from_status, NEW.to_status, NEW.actor_kind, NEW.actor_id, NEW.created_at)
        IS NOT DISTINCT FROM (OLD.id, OLD.application_id, OLD.from_status, OLD.to_status, OLD.actor_kind, OLD.actor_id, OLD.created_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the history of applications is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER application_history_append_only BEFORE UPDATE OR DELETE ON application_history
    FOR EACH ROW EXECUTE FUNCTION application_history_append_only();

-- The receipts of erasures. They name nobody.
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
    erased_at    timestamptz NOT NULL
);
CREATE INDEX erasures_employer ON erasures (employer_id, mode, id);

-- The secret that an employer shares with Careerjet, and with its own endpoint for pushes.
CREATE TABLE careerjet_feeds (
    employer_id    bigint PRIMARY KEY REFERENCES employers (id),
    secret_sealed  bytea       NOT NULL,
    allow_unsigned boolean     NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
-- A push names the job by its reference, and nothing names the employer.
CREATE INDEX jobs_reference_live ON jobs (reference) WHERE mode = 'live' AND status <> 'Draft' AND reference IS NOT NULL;

-- The countries that a job takes applications from; a job without a row takes them from everywhere.
CREATE TABLE job_regions (
    job_id    bigint PRIMARY KEY REFERENCES jobs (id),
    countries text[] NOT NULL CHECK (cardinality(countries) > 0)
);

-- How often candidates went on to a job's own address (UrlApply).
CREATE TABLE job_forwards (
    job_id bigint PRIMARY KEY REFERENCES jobs (id),
    count  bigint NOT NULL
) WITH (fillfactor = 50);

-- Emails about a candidate, and what is attached to them.
ALTER TABLE messages ADD COLUMN reply_to text NOT NULL DEFAULT '', ADD COLUMN candidate_id bigint;
ALTER TABLE messages ALTER COLUMN recipient SET STATISTICS 0, ALTER COLUMN subject SET STATISTICS 0,
    ALTER COLUMN body_text SET STATISTICS 0, ALTER COLUMN body_html SET STATISTICS 0, ALTER COLUMN reply_to SET STATISTICS 0;
CREATE INDEX messages_candidate ON messages (candidate_id) WHERE candidate_id IS NOT NULL;
CREATE TABLE message_files (
    message_id bigint NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    file_id    bigint NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    PRIMARY KEY (message_id, file_id)
);
CREATE INDEX message_files_file ON message_files (file_id);

-- The candidates that a recorded answer tells about.
ALTER TABLE idempotent_replies ADD COLUMN candidate_ids bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE idempotent_replies ALTER COLUMN content SET STATISTICS 0;

-- A third kind of lane: applications that are posted to the employer's endpoint. Each half of an employer's data has
-- one, from its first push on. application_id is that of a push; its subject_id is the same, and so is created_at.
ALTER TABLE lanes DROP CONSTRAINT lanes_kind_check;
ALTER TABLE lanes ADD CONSTRAINT lanes_kind_check CHECK (kind IN ('webhook', 'email', 'push'));
CREATE TABLE push_lanes (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode        text   NOT NULL CHECK (mode IN ('live', 'test')),
    lane_id     bigint NOT NULL UNIQUE REFERENCES lanes (id),
    PRIMARY KEY (employer_id, mode)
);
ALTER TABLE deliveries ADD COLUMN application_id bigint;
ALTER TABLE delivery_attempts ALTER COLUMN excerpt SET STATISTICS 0, ALTER COLUMN error SET STATISTICS 0;

-- +goose Down
DELETE FROM delivery_queue WHERE lane_id IN (SELECT lane_id FROM push_lanes);
ALTER TABLE deliveries DROP COLUMN application_id;
DROP TABLE push_lanes;
DELETE FROM lanes WHERE kind = 'push';
ALTER TABLE lanes DROP CONSTRAINT lanes_kind_check;
ALTER TABLE lanes ADD CONSTRAINT lanes_kind_check CHECK (kind IN ('webhook', 'email'));
ALTER TABLE idempotent_replies DROP COLUMN candidate_ids;
DROP TABLE message_files;
ALTER TABLE messages DROP COLUMN candidate_id, DROP COLUMN reply_to;
DROP TABLE job_forwards;
DROP TABLE job_regions;
DROP INDEX jobs_reference_live;
DROP TABLE careerjet_feeds;
DROP TABLE erasures;
DROP TABLE application_history;
DROP FUNCTION application_history_append_only;
DROP TABLE applications;
DROP TABLE file_bytes;
DROP TABLE files;
DROP TABLE candidates;
