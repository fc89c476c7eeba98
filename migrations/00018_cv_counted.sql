-- +goose Up
-- When the people of each segment of cv_index were counted last: one copy of the program counts them once an hour.
ALTER TABLE cv_slots ADD COLUMN counted_at timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00';

-- +goose Down
ALTER TABLE cv_slots DROP COLUMN counted_at;
