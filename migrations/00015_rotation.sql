-- +goose Up

-- The version of its subscription that every delivery on its way from the lane is signed by, or a later one; told by
-- the owner while a secret is rotated.
ALTER TABLE lanes ADD COLUMN settings_seen bigint NOT NULL DEFAULT 0;

-- The secret before the last activation, which goes on signing for a while.
ALTER TABLE subscriptions ADD COLUMN previous_secret_sealed bytea, ADD COLUMN previous_secret_until timestamptz,
    ADD CONSTRAINT subscriptions_previous_secret CHECK ((previous_secret_sealed IS NULL) = (previous_secret_until IS NULL));

-- +goose Down
ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_previous_secret, DROP COLUMN previous_secret_sealed, DROP COLUMN previous_secret_until;
ALTER TABLE lanes DROP COLUMN settings_seen;
