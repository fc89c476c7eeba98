-- +goose Up

-- What the public sees: the list in its order, the feed in its own with what its state is made of, and when any of it
-- last changed. Drafts, which are most writes, are in none of them.
CREATE INDEX jobs_public_list ON jobs (posted_date, id) INCLUDE (expiry_date) WHERE mode = 'live' AND status = 'Active';
CREATE INDEX jobs_public_feed ON jobs (id) INCLUDE (version, expiry_date) WHERE mode = 'live' AND status = 'Active';
CREATE INDEX jobs_public_changed ON jobs (updated_at) WHERE mode = 'live' AND status <> 'Draft';

-- +goose Down
DROP INDEX jobs_public_changed;
DROP INDEX jobs_public_feed;
DROP INDEX jobs_public_list;
