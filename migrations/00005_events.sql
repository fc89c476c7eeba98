-- +goose Up

-- What happened last to each half of an employer's data. Whoever emits locks the row until the end of its
-- transaction, so that numbers are dense and in the order of commits: a reader that has seen number n will
-- never find a lower one later. Updated for each event and never on an indexed column.
CREATE TABLE event_heads (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode        text   NOT NULL CHECK (mode IN ('live', 'test')),
    last        bigint NOT NULL,
    PRIMARY KEY (employer_id, mode)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

CREATE SEQUENCE event_ids;
CREATE SEQUENCE delivery_ids;

-- The log of events, immutable. seq numbers the events of one employer and mode; a test event, which is meant for one
-- subscription and is not part of the log, has none. There are no foreign keys here: days are dropped as a whole.
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
-- The net under the partitions that are made ahead, one for each day.
CREATE TABLE events_default PARTITION OF events DEFAULT;

-- A lane is a row of deliveries that one copy of the program at a time works on: each subscription has its own, emails
-- share a few. owner is a row of workers; epoch counts the owners and fences what a former one still writes. A paused
-- lane wants no owner, but keeps the one it has until that has nothing in flight.
CREATE TABLE lanes (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text    NOT NULL CHECK (kind IN ('webhook', 'email')),
    owner    bigint,
    epoch    bigint  NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    paused   boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
CREATE INDEX lanes_free ON lanes (id) WHERE owner IS NULL AND NOT paused;
-- There is none on owner: all lanes of an owner are read at once, and then the whole table is no more than a few.
INSERT INTO lanes (kind) SELECT 'email' FROM generate_series(1, 4);

-- The copies of the program that deliver. Renewing its one row renews all lanes of a copy.
CREATE TABLE workers (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    lease_until timestamptz NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

-- Where events are sent. Profile and secret are for life (a next secret becomes the secret in two steps). disabled_seq
-- is the last event before the subscription was disabled. A deleted subscription keeps its row for the delivery log,
-- and has no lane any more.
CREATE TABLE subscriptions (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id        bigint      NOT NULL REFERENCES employers (id),
    mode               text        NOT NULL CHECK (mode IN ('live', 'test')),
    lane_id            bigint      UNIQUE REFERENCES lanes (id),
    url                text        NOT NULL,
    events             text[]      NOT NULL,
    profile            text        NOT NULL,
    description        text,
    secret_sealed      bytea       NOT NULL,
    next_secret_sealed bytea,
    status             text        NOT NULL CHECK (status IN ('Active', 'Disabled')),
    disabled_reason    text,
    disabled_at        timestamptz,
    disabled_seq       bigint,
    version            bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    deleted_at         timestamptz,
    CHECK ((status = 'Disabled') = (disabled_at IS NOT NULL AND disabled_seq IS NOT NULL AND disabled_reason IS NOT NULL)),
    CHECK ((lane_id IS NULL) = (deleted_at IS NOT NULL))
);
CREATE INDEX subscriptions_tenant ON subscriptions (employer_id, mode, id) WHERE deleted_at IS NULL;

-- +goose Down
DROP TABLE subscriptions;
DROP TABLE workers;
DROP TABLE lanes;
DROP TABLE events;
DROP SEQUENCE delivery_ids;
DROP SEQUENCE event_ids;
DROP TABLE event_heads;
