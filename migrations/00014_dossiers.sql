-- +goose Up

-- Whether events are sent in a format that needs more than they say themselves: the objects that they are about.
ALTER TABLE subscriptions ADD COLUMN dossiers boolean NOT NULL GENERATED ALWAYS AS (profile IN ('autotechjobs', 'humansourcing')) STORED;

-- What an event was about, as it stood at that moment; kept as long as the event, and only of those that a subscription
-- with dossiers asks for.
CREATE TABLE event_dossiers (
    event_id   bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    dossier    jsonb       NOT NULL,
    PRIMARY KEY (event_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE event_dossiers_default PARTITION OF event_dossiers DEFAULT;
ALTER TABLE event_dossiers ALTER COLUMN dossier SET STATISTICS 0;
ALTER TABLE event_dossiers_default ALTER COLUMN dossier SET STATISTICS 0;

-- What the endpoint answers to a silent delivery is not kept: it may repeat what it was sent of a person who was erased.
ALTER TABLE delivery_queue ADD COLUMN silent boolean NOT NULL DEFAULT false;

CREATE FUNCTION dossier_time(p timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(p AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- The text of a CV is for reading, not for keeping: its beginning will do.
CREATE FUNCTION dossier_cv(p_file bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', f.id, 'name', f.name, 'mediaType', f.media_type, 'size', f.size, 'text', left(f.text, 20000))
      FROM files f WHERE f.id = p_file
$$;

CREATE FUNCTION dossier_job(p_employer bigint, p_mode text, p_job bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', j.id, 'reference', j.reference, 'title', j.title, 'description', j.description, 'city', j.city, 'country', j.country,
        'employmentType', j.employment_type, 'remoteType', j.remote_type, 'seniority', j.seniority,
        'applyMethod', j.apply_method, 'applyEmailAddress', j.apply_email_address, 'applyUrl', j.apply_url,
        'salary', CASE WHEN j.salary_currency IS NOT NULL THEN jsonb_build_object(
            'min', trim_scale(j.salary_min / 100.0), 'max', trim_scale(j.salary_max / 100.0),
            'currency', j.salary_currency, 'period', j.salary_period) END,
        'requiredSkills', to_jsonb(j.required_skills), 'optionalSkills', to_jsonb(j.optional_skills), 'status', j.status,
        'createdAt', dossier_time(j.created_at), 'updatedAt', dossier_time(j.updated_at),
        'postedDate', dossier_time(j.posted_date), 'expiryDate', dossier_time(j.expiry_date))
      FROM jobs j WHERE j.id = p_job AND j.employer_id = p_employer AND j.mode = p_mode
$$;

-- The last 50 applications of a candidate, the oldest first.
CREATE FUNCTION dossier_applications(p_candidate bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', a.id, 'status', a.status, 'type', a.application_type,
        'appliedAt', dossier_time(a.applied_at), 'updatedAt', dossier_time(a.updated_at), 'coverLetter', a.cover_letter,
        'job', (SELECT jsonb_build_object('id', j.id, 'title', j.title, 'reference', j.reference) FROM jobs j WHERE j.id = a.job_id),
        'history', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'from', h.from_status, 'to', h.to_status, 'reason', h.reason, 'at', dossier_time(h.created_at)) ORDER BY h.id), '[]')
                      FROM application_history h WHERE h.application_id = a.id),
        'cv', dossier_cv(a.cv_file_id)) ORDER BY a.id), '[]')
      FROM (SELECT l.id, l.status, l.application_type, l.applied_at, l.updated_at, l.cover_letter, l.job_id, l.cv_file_id
              FROM applications l WHERE l.candidate_id = p_candidate ORDER BY l.id DESC LIMIT 50) a
$$;

-- Columns that a candidate may get later are read by name from the row as a whole. Of one that was erased there is nothing.
CREATE FUNCTION dossier_candidate(p_employer bigint, p_mode text, p_candidate bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', c.id, 'status', c.status, 'firstName', c.first_name, 'lastName', c.last_name, 'email', c.email, 'phone', c.phone,
        'title', to_jsonb(c)->>'title', 'city', to_jsonb(c)->>'city', 'country', to_jsonb(c)->>'country',
        'skills', CASE WHEN jsonb_typeof(to_jsonb(c)->'skills') = 'array' THEN to_jsonb(c)->'skills' ELSE '[]' END,
        'createdAt', dossier_time(c.created_at), 'updatedAt', dossier_time(c.updated_at), 'applications', dossier_applications(c.id))
      FROM candidates c WHERE c.id = p_candidate AND c.employer_id = p_employer AND c.mode = p_mode AND c.erased_at IS NULL
$$;

-- event_dossier tells all that is known of what an event is about: the job, the employer, the application and the
-- candidate, as far as the event names them. What has no value is left out.
-- +goose StatementBegin
CREATE FUNCTION event_dossier(p_employer bigint, p_mode text, p_data json) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_application bigint := (p_data->>'applicationId')::bigint;
    v_job         bigint := (p_data->>'jobPostId')::bigint;
    v_candidate   bigint := (p_data->>'candidateId')::bigint;
BEGIN
    v_job := coalesce(v_job, (SELECT a.job_id FROM applications a WHERE a.id = v_application));
    v_candidate := coalesce(v_candidate, (SELECT a.candidate_id FROM applications a WHERE a.id = v_application));
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'job', dossier_job(p_employer, p_mode, v_job),
        'employer', (SELECT jsonb_build_object('id', e.id, 'name', e.name, 'createdAt', dossier_time(e.created_at),
                            'website', to_jsonb(e)->>'website', 'description', to_jsonb(e)->>'description', 'phone', to_jsonb(e)->>'phone')
                       FROM employers e WHERE e.id = p_employer),
        'application', (SELECT jsonb_build_object('id', a.id, 'status', a.status, 'type', a.application_type,
                               'appliedAt', dossier_time(a.applied_at), 'updatedAt', dossier_time(a.updated_at),
                               'coverLetter', a.cover_letter, 'cv', dossier_cv(a.cv_file_id))
                          FROM applications a WHERE a.id = v_application AND a.employer_id = p_employer AND a.mode = p_mode),
        'candidate', dossier_candidate(p_employer, p_mode, v_candidate)));
END $$;
-- +goose StatementEnd

-- of_nobody is true of an event about a person who was erased.
CREATE FUNCTION of_nobody(p_employer bigint, p_data json) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM candidates c WHERE c.id = (p_data->>'candidateId')::bigint AND c.employer_id = p_employer AND c.erased_at IS NOT NULL)
        OR EXISTS (SELECT FROM applications a WHERE a.id = (p_data->>'applicationId')::bigint AND a.employer_id = p_employer AND a.erased_at IS NOT NULL)
$$;

-- withheld is true of an event that a subscription with dossiers is not sent: there is nothing to tell of the person any
-- more, but that the person was erased.
CREATE FUNCTION withheld(p_employer bigint, p_type text, p_data json) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT p_type <> 'candidate.erased' AND of_nobody(p_employer, p_data)
$$;

-- emit_events writes events with a delivery for every subscription that asks for them, and answers the lanes that have
-- work now. It is one round trip, yet two statements on purpose: the second takes its snapshot after the head is
-- locked, so that it sees whether a subscription was enabled or disabled at exactly this place in the log. Dossiers are
-- made of the events that a subscription with dossiers gets, or misses while it is disabled: it may ask for them later.
-- What the transaction has changed is in them.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION emit_events(p_employer bigint[], p_mode text[], p_type text[], p_data text[], p_now timestamptz)
RETURNS SETOF bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    -- In the order of the key, so that transactions with events of several employers never wait for each other.
    INSERT INTO event_heads AS h (employer_id, mode, last)
    SELECT e.employer_id, e.mode, count(*) FROM unnest(p_employer, p_mode) AS e (employer_id, mode)
     GROUP BY e.employer_id, e.mode ORDER BY e.employer_id, e.mode
    ON CONFLICT (employer_id, mode) DO UPDATE SET last = h.last + excluded.last;

    RETURN QUERY
    WITH numbered AS (
        SELECT i.employer_id, i.mode, i.type, i.data,
               h.last - count(*) OVER (PARTITION BY i.employer_id, i.mode)
                      + row_number() OVER (PARTITION BY i.employer_id, i.mode ORDER BY i.n) AS seq
          FROM unnest(p_employer, p_mode, p_type, p_data) WITH ORDINALITY AS i (employer_id, mode, type, data, n)
          JOIN event_heads h ON h.employer_id = i.employer_id AND h.mode = i.mode
         ORDER BY i.employer_id, i.mode, i.n
    ), stored AS (
        INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
        SELECT nextval('event_ids'), n.employer_id, n.mode, n.seq, n.type, p_now, n.data::json FROM numbered n
        RETURNING events.id, events.employer_id, events.mode, events.type, events.data
    ), asked AS (
        SELECT s.id AS subscription_id, s.lane_id, s.status, s.dossiers, e.id AS event_id
          FROM stored e JOIN subscriptions s ON s.employer_id = e.employer_id AND s.mode = e.mode
         WHERE s.deleted_at IS NULL AND e.type = ANY (s.events)
           AND NOT CASE WHEN s.dossiers THEN withheld(e.employer_id, e.type, e.data) ELSE false END
    ), fed AS (
        SELECT nextval('delivery_ids') AS id, f.subscription_id, f.lane_id, f.event_id
          FROM (SELECT a.subscription_id, a.lane_id, a.event_id FROM asked a WHERE a.status = 'Active' ORDER BY a.event_id, a.subscription_id) f
    ), made AS (
        INSERT INTO deliveries (id, subscription_id, subject_id, created_at)
        SELECT f.id, f.subscription_id, f.event_id, p_now FROM fed f
    ), queued AS (
        INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
        SELECT f.id, f.lane_id, f.event_id, p_now, p_now, 0, 0 FROM fed f
    ), told AS (
        INSERT INTO event_dossiers (event_id, created_at, dossier)
        SELECT e.id, p_now, event_dossier(e.employer_id, e.mode, e.data)
          FROM stored e WHERE e.id IN (SELECT a.event_id FROM asked a WHERE a.dossiers)
    )
    SELECT DISTINCT f.lane_id FROM fed f;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION emit_events(p_employer bigint[], p_mode text[], p_type text[], p_data text[], p_now timestamptz)
RETURNS SETOF bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO event_heads AS h (employer_id, mode, last)
    SELECT e.employer_id, e.mode, count(*) FROM unnest(p_employer, p_mode) AS e (employer_id, mode)
     GROUP BY e.employer_id, e.mode ORDER BY e.employer_id, e.mode
    ON CONFLICT (employer_id, mode) DO UPDATE SET last = h.last + excluded.last;

    RETURN QUERY
    WITH numbered AS (
        SELECT i.employer_id, i.mode, i.type, i.data,
               h.last - count(*) OVER (PARTITION BY i.employer_id, i.mode)
                      + row_number() OVER (PARTITION BY i.employer_id, i.mode ORDER BY i.n) AS seq
          FROM unnest(p_employer, p_mode, p_type, p_data) WITH ORDINALITY AS i (employer_id, mode, type, data, n)
          JOIN event_heads h ON h.employer_id = i.employer_id AND h.mode = i.mode
         ORDER BY i.employer_id, i.mode, i.n
    ), stored AS (
        INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
        SELECT nextval('event_ids'), n.employer_id, n.mode, n.seq, n.type, p_now, n.data::json FROM numbered n
        RETURNING events.id, events.employer_id, events.mode, events.type
    ), fed AS (
        SELECT nextval('delivery_ids') AS id, f.subscription_id, f.lane_id, f.event_id
          FROM (SELECT s.id AS subscription_id, s.lane_id, e.id AS event_id
                  FROM stored e JOIN subscriptions s ON s.employer_id = e.employer_id AND s.mode = e.mode
                 WHERE s.status = 'Active' AND s.deleted_at IS NULL AND e.type = ANY (s.events)
                 ORDER BY e.id, s.id) f
    ), made AS (
        INSERT INTO deliveries (id, subscription_id, subject_id, created_at)
        SELECT f.id, f.subscription_id, f.event_id, p_now FROM fed f
    ), queued AS (
        INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
        SELECT f.id, f.lane_id, f.event_id, p_now, p_now, 0, 0 FROM fed f
    )
    SELECT DISTINCT f.lane_id FROM fed f;
END $$;
-- +goose StatementEnd
DROP FUNCTION withheld;
DROP FUNCTION of_nobody;
DROP FUNCTION event_dossier;
DROP FUNCTION dossier_candidate;
DROP FUNCTION dossier_applications;
DROP FUNCTION dossier_job;
DROP FUNCTION dossier_cv;
DROP FUNCTION dossier_time;
ALTER TABLE delivery_queue DROP COLUMN silent;
DROP TABLE event_dossiers;
ALTER TABLE subscriptions DROP COLUMN dossiers;
