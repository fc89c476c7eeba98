-- +goose Up

-- Applications that were sent by the public form, counted before they are looked at. subject is a keyed hash of a network
-- address, so that this table names nobody. sent_at holds the times within the window, the oldest first.
CREATE TABLE apply_attempts (
    subject   bytea PRIMARY KEY,
    sent_at   timestamptz[] NOT NULL,
    last_sent timestamptz   NOT NULL
);
CREATE INDEX apply_attempts_age ON apply_attempts (last_sent);

-- +goose Down
DROP TABLE apply_attempts;
