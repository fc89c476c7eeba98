-- +goose Up

-- One delivery for each event and subscription, or message, immutable: the id stays on retries, resends and replays.
-- subject_id is the event of a webhook and the message of an email. created_at is that of the subject, so that the
-- unique constraint holds over all partitions and a day goes as a whole with its events, deliveries and attempts.
CREATE TABLE deliveries (
    id              bigint      NOT NULL,
    subscription_id bigint,
    subject_id      bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (id, created_at),
    UNIQUE (subscription_id, subject_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE deliveries_default PARTITION OF deliveries DEFAULT;

-- What is still to be delivered: narrow and short-lived. attempt counts the attempts that are recorded, base those of
-- earlier rounds: a resend restarts the schedule. Rows come and go all the time, so it is vacuumed eagerly.
CREATE TABLE delivery_queue (
    delivery_id bigint      PRIMARY KEY,
    lane_id     bigint      NOT NULL,
    subject_id  bigint      NOT NULL,
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    attempt     smallint    NOT NULL,
    base        smallint    NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.1, autovacuum_analyze_threshold = 1000);
-- In the order of the subjects, not of delivery_id: by that a row must be found with the primary key and nothing else.
CREATE INDEX delivery_queue_due ON delivery_queue (lane_id, due_at, subject_id);

-- The log of attempts, immutable. What is not in the queue has the outcome of its last attempt. Times are in
-- microseconds; created_at is that of the delivery.
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
-- The few deliveries that were given up are found without walking past all the others.
CREATE INDEX delivery_attempts_given_up ON delivery_attempts (subscription_id, subject_id) WHERE outcome IN ('DeadLetter', 'Cancelled');
CREATE TABLE delivery_attempts_default PARTITION OF delivery_attempts DEFAULT;

-- Emails, kept for as long as the events.
CREATE TABLE messages (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id bigint REFERENCES employers (id),
    recipient   text        NOT NULL,
    subject     text        NOT NULL,
    body_text   text        NOT NULL,
    body_html   text        NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX messages_age ON messages (created_at);

-- emit_events writes events with a delivery for every subscription that asks for them, and answers the lanes that have
-- work now. It is one round trip, yet two statements on purpose: the second takes its snapshot after the head is
-- locked, so that it sees whether a subscription was enabled or disabled at exactly this place in the log.
-- +goose StatementBegin
CREATE FUNCTION emit_events(p_employer bigint[], p_mode text[], p_type text[], p_data text[], p_now timestamptz)
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

-- +goose Down
DROP FUNCTION emit_events;
DROP TABLE messages;
DROP TABLE delivery_attempts;
DROP TABLE delivery_queue;
DROP TABLE deliveries;
