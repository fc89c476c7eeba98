-- store/outbox owns: event_heads, events, event_dossiers, lanes, push_lanes, email_lanes, workers, subscriptions, deliveries, delivery_queue,
-- delivery_attempts, delivery_hours, messages, message_files, replays, replay_webhooks,
-- inboxes, inbox_requests, certifications.
-- +goose Up

-- The number of the last event of each tenant (employer and mode). A transaction that writes events locks the row until it
-- ends, so that the numbers have no gaps and follow the order of commits: a reader that has seen number n never finds a
-- lower one later. The row is updated for each event, and never in an indexed column.
CREATE TABLE event_heads (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode        text   NOT NULL CHECK (mode IN ('live', 'test')),
    last        bigint NOT NULL,
    PRIMARY KEY (employer_id, mode)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

CREATE SEQUENCE event_ids;
CREATE SEQUENCE delivery_ids;

-- The log of events, immutable. seq numbers the events of one tenant. A test event, which is meant for one subscription
-- and is not part of the log, has none. There are no foreign keys, because each day is dropped as a whole.
CREATE TABLE events (
    id          bigint      NOT NULL,
    employer_id bigint      NOT NULL,
    mode        text        NOT NULL,
    seq         bigint,
    type        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    data        json        NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX events_seq ON events (employer_id, mode, seq) WHERE seq IS NOT NULL;
-- The person whom an event is about: the number of the candidate, or of an event that names an application alone, its negative number.
CREATE FUNCTION event_person(data json) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((data->>'candidateId')::bigint, -(data->>'applicationId')::bigint);
-- Exports and erasures find the events about a person, however many others the employer has. No event of a job is about one.
CREATE INDEX events_person ON events (event_person(data)) WHERE seq IS NOT NULL AND type NOT LIKE 'job.%';
-- Each day has a partition, made some days ahead. This one catches what has no other.
CREATE TABLE events_default PARTITION OF events DEFAULT;

-- The objects that an event is about, as they were at that moment. A dossier is made only for an event that a subscription
-- with dossiers asks for, also while it is disabled, and is kept as long as the event.
CREATE TABLE event_dossiers (
    event_id   bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    dossier    jsonb       NOT NULL,
    PRIMARY KEY (event_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE event_dossiers_default PARTITION OF event_dossiers DEFAULT;
ALTER TABLE event_dossiers ALTER COLUMN dossier SET STATISTICS 0;
ALTER TABLE event_dossiers_default ALTER COLUMN dossier SET STATISTICS 0;

-- A lane is a queue of deliveries that one worker at a time processes. Each subscription has its own, each tenant has one
-- for pushes of applications, each employer one for emails, see email_lanes. owner is a row of workers. epoch counts the owners, so that writes of a
-- former owner are recognized and refused. A paused lane gets no new owner, but keeps the one that it has until that
-- worker has nothing in flight. settings_seen is the version of the subscription with which, or with a later one, all
-- deliveries in flight from the lane are signed; the owner reports it while a secret is rotated.
CREATE TABLE lanes (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text    NOT NULL CHECK (kind IN ('webhook', 'email', 'push')),
    owner         bigint,
    epoch         bigint  NOT NULL DEFAULT 0,
    failures      integer NOT NULL DEFAULT 0,
    paused        boolean NOT NULL DEFAULT false,
    settings_seen bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
CREATE INDEX lanes_free ON lanes (id) WHERE owner IS NULL AND NOT paused;
-- There is no index on owner: all lanes of an owner are read at once, and the whole table is small.

-- The copies of the program that deliver. Renewing the lease of its row renews all lanes of a worker. present_on is the start
-- of the server on which a session of the worker has taken the worker's advisory lock: while that server runs, a lock that
-- is free says that the worker is dead, before its lease ends. renewed_at lies in the future when the clock of the database was set back
-- since: the lease is then moved by the others to begin now, or a dead worker would have its lanes for as long as the clock went back.
CREATE TABLE workers (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    renewed_at  timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    present_on  timestamptz
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

-- The lane of each tenant that receives pushes of applications, made with its first push.
CREATE TABLE push_lanes (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode        text   NOT NULL CHECK (mode IN ('live', 'test')),
    lane_id     bigint NOT NULL UNIQUE REFERENCES lanes (id),
    PRIMARY KEY (employer_id, mode)
);

-- The lane of the emails of each employer, made with its first one, so that the many emails of one keep nobody else's waiting. The
-- lanes without an employer are for emails to people about their own accounts, which wait behind those of no employer.
CREATE TABLE email_lanes (
    lane_id     bigint PRIMARY KEY REFERENCES lanes (id),
    employer_id bigint UNIQUE REFERENCES employers (id)
);
CREATE INDEX email_lanes_shared ON email_lanes (lane_id) WHERE employer_id IS NULL;
WITH shared AS (INSERT INTO lanes (kind) SELECT 'email' FROM generate_series(1, 4) RETURNING id)
INSERT INTO email_lanes (lane_id) SELECT id FROM shared;

-- The endpoints that events are sent to. The profile never changes, the secret only by rotation: a next secret is created,
-- then activated, and the previous one goes on signing until previous_secret_until. dossiers tells that the profile
-- sends more than the event itself, see event_dossiers; it is set once, with the profile. disabled_seq is the last event before the subscription
-- was disabled. A deleted subscription keeps its row for the delivery log, and has no lane.
CREATE TABLE subscriptions (
    id                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id            bigint      NOT NULL REFERENCES employers (id),
    mode                   text        NOT NULL CHECK (mode IN ('live', 'test')),
    lane_id                bigint      UNIQUE REFERENCES lanes (id),
    url                    text        NOT NULL,
    events                 text[]      NOT NULL,
    profile                text        NOT NULL,
    dossiers               boolean     NOT NULL,
    description            text,
    secret_sealed          bytea       NOT NULL,
    secret_since           timestamptz NOT NULL,
    next_secret_sealed     bytea,
    next_secret_since      timestamptz,
    status                 text        NOT NULL CHECK (status IN ('Active', 'Disabled')),
    disabled_reason        text,
    disabled_at            timestamptz,
    disabled_seq           bigint,
    version                bigint      NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    deleted_at             timestamptz,
    previous_secret_sealed bytea,
    previous_secret_until  timestamptz,
    -- The version with which the secrets last changed. A worker with older settings must read them anew before it sends.
    secrets_version        bigint      NOT NULL DEFAULT 1,
    -- Since when the activation of the next secret waits for deliveries that it has not signed.
    activation_asked_at    timestamptz,
    -- Since when the rotation is under way, of which the next secret may have taken the place of another one; and of the secret, since when
    -- it signed as the next one in the rotation that it came from, and since when that was under way. They tell how an attempt was signed.
    rotation_since         timestamptz,
    secret_next_since      timestamptz,
    secret_rotation_since  timestamptz,
    previous_secret_since  timestamptz,
    CONSTRAINT subscriptions_activation CHECK (activation_asked_at IS NULL OR next_secret_sealed IS NOT NULL),
    CONSTRAINT subscriptions_previous_secret CHECK (num_nulls(previous_secret_sealed, previous_secret_since, previous_secret_until) IN (0, 3)),
    CHECK (num_nulls(next_secret_sealed, next_secret_since, rotation_since) IN (0, 3)),
    CHECK ((secret_next_since IS NULL) = (secret_rotation_since IS NULL)),
    CHECK ((status = 'Disabled') = (disabled_at IS NOT NULL AND disabled_seq IS NOT NULL AND disabled_reason IS NOT NULL)),
    CHECK ((lane_id IS NULL) = (deleted_at IS NOT NULL))
);
CREATE INDEX subscriptions_tenant ON subscriptions (employer_id, mode, id) WHERE deleted_at IS NULL;
CREATE INDEX subscriptions_activating ON subscriptions (lane_id) WHERE activation_asked_at IS NOT NULL;

-- One delivery for each event and subscription, for each email, and for each push of an application. Immutable: retries,
-- resends and replays keep the id. subject_id is the event of a webhook, the message of an email, the application of a
-- push (as is application_id, which is null otherwise). created_at is that of the subject, so that the unique constraint
-- holds over all partitions, and a day is dropped with its events, deliveries and attempts.
CREATE TABLE deliveries (
    id              bigint      NOT NULL,
    subscription_id bigint,
    subject_id      bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    application_id  bigint,
    PRIMARY KEY (id, created_at),
    UNIQUE (subscription_id, subject_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE deliveries_default PARTITION OF deliveries DEFAULT;

-- The deliveries that are still to be made. attempt counts the recorded attempts, base those of earlier rounds: a resend
-- restarts the schedule. What the endpoint answers to a silent delivery is not kept, because it may repeat data of a person
-- who was erased. traceparent is the span of the transaction that made the delivery, in the form of W3C Trace Context; a transaction
-- that is traced sets it for all of its deliveries. Rows are inserted and deleted all the time, so the table is vacuumed eagerly.
CREATE TABLE delivery_queue (
    delivery_id bigint      PRIMARY KEY,
    lane_id     bigint      NOT NULL,
    subject_id  bigint      NOT NULL,
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    attempt     smallint    NOT NULL,
    base        smallint    NOT NULL,
    silent      boolean     NOT NULL DEFAULT false,
    traceparent text                 DEFAULT nullif(current_setting('itmanagerjobs.traceparent', true), '')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.1, autovacuum_analyze_threshold = 1000);
-- Ordered by subject_id instead of delivery_id, so that the planner finds a row by delivery_id with the primary key alone.
CREATE INDEX delivery_queue_due ON delivery_queue (lane_id, due_at, subject_id);

-- The log of attempts. A delivery that is not in the queue has the outcome of its last attempt. Durations are in
-- microseconds. created_at is that of the delivery.
CREATE TABLE delivery_attempts (
    delivery_id     bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    subscription_id bigint,
    subject_id      bigint      NOT NULL,
    started_at      timestamptz NOT NULL,
    number          smallint    NOT NULL,
    status          smallint    NOT NULL,
    dns_us          integer     NOT NULL,
    connect_us      integer     NOT NULL,
    tls_us          integer     NOT NULL,
    first_byte_us   integer     NOT NULL,
    total_us        integer     NOT NULL,
    outcome         text        NOT NULL CHECK (outcome IN ('Delivered', 'Failed', 'DeadLetter', 'Cancelled')),
    stage           text        NOT NULL,
    error           text        NOT NULL,
    excerpt         text        NOT NULL,
    PRIMARY KEY (delivery_id, number, created_at)
) PARTITION BY RANGE (created_at);
-- Finds the few deliveries that were given up without reading all the others.
CREATE INDEX delivery_attempts_given_up ON delivery_attempts (subscription_id, subject_id) WHERE outcome IN ('DeadLetter', 'Cancelled');
CREATE TABLE delivery_attempts_default PARTITION OF delivery_attempts DEFAULT;
ALTER TABLE delivery_attempts ALTER COLUMN excerpt SET STATISTICS 0, ALTER COLUMN error SET STATISTICS 0;

-- How many attempts of a subscription have ended well and badly in each hour, counted as they are recorded: the health of a
-- webhook is read from here, however many deliveries it has.
CREATE TABLE delivery_hours (
    subscription_id bigint      NOT NULL,
    hour            timestamptz NOT NULL,
    delivered       bigint      NOT NULL,
    failed          bigint      NOT NULL,
    PRIMARY KEY (subscription_id, hour)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

-- Emails, kept as long as events. candidate_id is the candidate that an email is about: it is erased with the candidate.
-- calendar is the calendar entry that is sent with it, calendar_method its method (RFC 5546).
CREATE TABLE messages (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id     bigint REFERENCES employers (id),
    recipient       text        NOT NULL,
    subject         text        NOT NULL,
    body_text       text        NOT NULL,
    body_html       text        NOT NULL,
    created_at      timestamptz NOT NULL,
    reply_to        text        NOT NULL DEFAULT '',
    candidate_id    bigint,
    calendar        text        NOT NULL DEFAULT '',
    calendar_method text    NOT NULL DEFAULT '',
    unsubscribe     text    NOT NULL DEFAULT ''
);
CREATE INDEX messages_age ON messages (created_at);
ALTER TABLE messages ALTER COLUMN recipient SET STATISTICS 0, ALTER COLUMN subject SET STATISTICS 0,
    ALTER COLUMN body_text SET STATISTICS 0, ALTER COLUMN body_html SET STATISTICS 0, ALTER COLUMN reply_to SET STATISTICS 0,
    ALTER COLUMN calendar SET STATISTICS 0, ALTER COLUMN unsubscribe SET STATISTICS 0;
CREATE INDEX messages_candidate ON messages (candidate_id) WHERE candidate_id IS NOT NULL;

-- The attachments of emails.
CREATE TABLE message_files (
    message_id bigint NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    file_id    bigint NOT NULL,
    PRIMARY KEY (message_id, file_id)
);
CREATE INDEX message_files_file ON message_files (file_id);

-- A replay sends events of the log again. It reads them in their order: those up to done_seq are done, and last_seq, the
-- last event when the replay began, is the end. seqs are the events of a replay by ids; since and until limit the others
-- by time. paced_at is the due time of the next delivery, and advances by the rate of the replay.
CREATE TABLE replays (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id     bigint      NOT NULL REFERENCES employers (id),
    mode            text        NOT NULL CHECK (mode IN ('live', 'test')),
    status          text        NOT NULL CHECK (status IN ('Running', 'Completed', 'Cancelled')),
    subscription_id bigint,
    from_sequence   bigint,
    to_sequence     bigint,
    since           timestamptz,
    until           timestamptz,
    types           text[]      NOT NULL,
    seqs            bigint[],
    per_second      integer     NOT NULL CHECK (per_second > 0),
    done_seq        bigint      NOT NULL,
    last_seq        bigint      NOT NULL,
    paced_at        timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    CHECK ((status = 'Running') = (finished_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX replays_tenant ON replays (employer_id, mode, id);
CREATE INDEX replays_running ON replays (paced_at) WHERE status = 'Running';
CREATE INDEX replays_age ON replays (finished_at) WHERE finished_at IS NOT NULL;

-- The webhooks of a replay, with the events that each of them asked for when it began, so that the total stays correct.
CREATE TABLE replay_webhooks (
    replay_id       bigint NOT NULL REFERENCES replays (id) ON DELETE CASCADE,
    subscription_id bigint NOT NULL,
    types           text[] NOT NULL,
    total           bigint NOT NULL,
    queued          bigint NOT NULL,
    skipped         bigint NOT NULL,
    PRIMARY KEY (replay_id, subscription_id),
    CHECK (queued + skipped <= total)
) WITH (fillfactor = 70);

-- Addresses of ours for test webhooks without a server of their own, and what has arrived there: headers and bodies as they were
-- sent. An inbox keeps the newest for some days. token is the end of its address, by which nobody but the delivery engine writes.
CREATE TABLE inboxes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id bigint      NOT NULL REFERENCES employers (id),
    mode        text        NOT NULL CHECK (mode = 'test'),
    name        text        NOT NULL,
    token       text        NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL
);
CREATE INDEX inboxes_tenant ON inboxes (employer_id, mode, id);
CREATE TABLE inbox_requests (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inbox_id        bigint      NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    subscription_id bigint      NOT NULL,
    delivery_id     bigint      NOT NULL,
    method          text        NOT NULL,
    header          jsonb       NOT NULL,
    body            bytea       NOT NULL,
    received_at     timestamptz NOT NULL
);
ALTER TABLE inbox_requests ALTER COLUMN header SET STATISTICS 0, ALTER COLUMN body SET STATISTICS 0;
CREATE INDEX inbox_requests_inbox ON inbox_requests (inbox_id, id);
CREATE INDEX inbox_requests_age ON inbox_requests (received_at);

-- Checks of receivers that owners of test webhooks have asked for. A copy of the program claims one for a while; checks are the report.
CREATE TABLE certifications (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id     bigint      NOT NULL REFERENCES employers (id),
    mode            text        NOT NULL CHECK (mode = 'test'),
    subscription_id bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    claimed_until   timestamptz NOT NULL,
    finished_at     timestamptz,
    checks          jsonb,
    CHECK ((finished_at IS NULL) = (checks IS NULL))
);
CREATE INDEX certifications_waiting ON certifications (id) WHERE finished_at IS NULL;
CREATE INDEX certifications_age ON certifications (created_at);
CREATE UNIQUE INDEX certifications_running ON certifications (subscription_id) WHERE finished_at IS NULL;

-- emit_events writes events, with a delivery for every subscription that asks for them. It is one round trip, but two
-- statements on purpose: the second takes its snapshot after the head is locked, so that it sees whether a subscription
-- was enabled or disabled at exactly this place in the log.
--
-- It returns each lane that has work now in a row of its own. What a subscription with dossiers asks for is for the
-- program to decide and to write: of that it returns the number of the event in the arrays, its id, the subscription and
-- an id for the delivery, null while the subscription is disabled.
-- +goose StatementBegin
CREATE FUNCTION emit_events(p_employer bigint[], p_mode text[], p_type text[], p_data text[], p_now timestamptz)
RETURNS TABLE (lane bigint, number bigint, event bigint, subscription bigint, delivery bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    -- In the order of the key, so that transactions with events of several employers never deadlock.
    INSERT INTO event_heads AS h (employer_id, mode, last)
    SELECT e.employer_id, e.mode, count(*) FROM unnest(p_employer, p_mode) AS e (employer_id, mode)
     GROUP BY e.employer_id, e.mode ORDER BY e.employer_id, e.mode
    ON CONFLICT (employer_id, mode) DO UPDATE SET last = h.last + excluded.last;

    RETURN QUERY
    WITH numbered AS (
        SELECT nextval('event_ids') AS id, o.employer_id, o.mode, o.type, o.data, o.seq, o.n
          FROM (SELECT i.employer_id, i.mode, i.type, i.data, i.n,
                       h.last - count(*) OVER (PARTITION BY i.employer_id, i.mode)
                              + row_number() OVER (PARTITION BY i.employer_id, i.mode ORDER BY i.n) AS seq
                  FROM unnest(p_employer, p_mode, p_type, p_data) WITH ORDINALITY AS i (employer_id, mode, type, data, n)
                  JOIN event_heads h ON h.employer_id = i.employer_id AND h.mode = i.mode
                 ORDER BY i.employer_id, i.mode, i.n) o
    ), stored AS (
        INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
        SELECT n.id, n.employer_id, n.mode, n.seq, n.type, p_now, n.data::json FROM numbered n
    ), asked AS (
        SELECT a.subscription_id, a.lane_id, a.dossiers, a.event_id, a.n, CASE WHEN a.active THEN nextval('delivery_ids') END AS id
          FROM (SELECT s.id AS subscription_id, s.lane_id, s.dossiers, s.status = 'Active' AS active, e.id AS event_id, e.n
                  FROM numbered e JOIN subscriptions s ON s.employer_id = e.employer_id AND s.mode = e.mode
                 WHERE s.deleted_at IS NULL AND (s.status = 'Active' OR s.dossiers) AND e.type = ANY (s.events)
                 ORDER BY e.id, s.id) a
    ), made AS (
        INSERT INTO deliveries (id, subscription_id, subject_id, created_at)
        SELECT a.id, a.subscription_id, a.event_id, p_now FROM asked a WHERE NOT a.dossiers
    ), queued AS (
        INSERT INTO delivery_queue (delivery_id, lane_id, subject_id, due_at, created_at, attempt, base)
        SELECT a.id, a.lane_id, a.event_id, p_now, p_now, 0, 0 FROM asked a WHERE NOT a.dossiers
    )
    SELECT DISTINCT a.lane_id, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint FROM asked a WHERE NOT a.dossiers
    UNION ALL
    SELECT a.lane_id, a.n, a.event_id, a.subscription_id, a.id FROM asked a WHERE a.dossiers;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION emit_events;
DROP TABLE certifications;
DROP TABLE inbox_requests;
DROP TABLE inboxes;
DROP TABLE replay_webhooks;
DROP TABLE replays;
DROP TABLE message_files;
DROP TABLE messages;
DROP TABLE delivery_hours;
DROP TABLE delivery_attempts;
DROP TABLE delivery_queue;
DROP TABLE deliveries;
DROP TABLE subscriptions;
DROP TABLE email_lanes;
DROP TABLE push_lanes;
DROP TABLE workers;
DROP TABLE lanes;
DROP TABLE event_dossiers;
DROP TABLE events;
DROP FUNCTION event_person;
DROP SEQUENCE delivery_ids;
DROP SEQUENCE event_ids;
DROP TABLE event_heads;
