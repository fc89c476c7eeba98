-- store owns: installation, idempotent_replies.
-- +goose Up

-- One row for the installation: a fingerprint of the SECRET_KEY under which its keys and secrets were made.
CREATE TABLE installation (
    id                     integer PRIMARY KEY CHECK (id = 1),
    secret_key_fingerprint bytea   NOT NULL
);

-- Recorded answers by API key and Idempotency-Key, written in the transaction of the change that they answer. content is sealed, and
-- erased tells that it was removed; candidate_ids are the candidates that the answer tells of, so that an erasure finds it.
CREATE TABLE idempotent_replies (
    employer_id   bigint      NOT NULL REFERENCES employers (id),
    mode          text        NOT NULL CHECK (mode IN ('live', 'test')),
    api_key_id    bigint      NOT NULL,
    key           text        NOT NULL,
    fingerprint   bytea       NOT NULL,
    content       bytea       NOT NULL,
    erased        boolean     NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    candidate_ids bigint[]  NOT NULL DEFAULT '{}',
    PRIMARY KEY (employer_id, mode, api_key_id, key)
);
CREATE INDEX idempotent_replies_age ON idempotent_replies (created_at);
ALTER TABLE idempotent_replies ALTER COLUMN content SET STATISTICS 0;

-- +goose Down
DROP TABLE idempotent_replies;
DROP TABLE installation;
