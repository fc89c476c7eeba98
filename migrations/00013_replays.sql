-- +goose Up

-- A replay sends events of the log once more. It goes through them in their order: those up to done_seq have been dealt
-- with, and last_seq is the end, which was there when it began. Of by-id replays seqs are the events; since and until
-- bound others by time. paced_at is the due time of the next delivery, and moves by the replay's own rate.
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

-- The webhooks of a replay, with the events that each of them asked for when it began, so that the total stays true.
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

-- +goose Down
DROP TABLE replay_webhooks;
DROP TABLE replays;
