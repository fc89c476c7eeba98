-- +goose Up

-- What has changed and is to be matched anew, written in the transaction of the change. Rows are not unique: one that is
-- being worked off must not swallow the next change.
CREATE TABLE match_work (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text   NOT NULL CHECK (kind IN ('job', 'candidate', 'cv_candidate')),
    subject_id bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
CREATE INDEX match_work_jobs ON match_work (seq) WHERE kind = 'job';

-- Pairs that fit. candidate_id is of candidates or of cv_candidates, who share their numbers. A job has the best of the
-- CV database alone.
CREATE TABLE matches (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    job_id        bigint      NOT NULL REFERENCES jobs (id),
    candidate_id  bigint      NOT NULL,
    employer_id   bigint      NOT NULL REFERENCES employers (id),
    mode          text        NOT NULL CHECK (mode IN ('live', 'test')),
    population    text        NOT NULL CHECK (population IN ('Pipeline', 'CvDatabase')),
    score         smallint    NOT NULL CHECK (score BETWEEN 0 AND 100),
    score_version smallint    NOT NULL,
    components    jsonb       NOT NULL,
    computed_at   timestamptz NOT NULL,
    PRIMARY KEY (job_id, candidate_id)
);
-- What names a skill or place of a person is no sample for the statistics.
ALTER TABLE matches ALTER COLUMN components SET STATISTICS 0;
-- Each is read in its order.
CREATE INDEX matches_list ON matches (employer_id, mode, score DESC, id);
CREATE INDEX matches_job ON matches (job_id, score DESC, id);
CREATE INDEX matches_candidate ON matches (candidate_id, employer_id, mode, score DESC, id);

-- Of which pairs the employer was told: once for each version of the score, also when the pair goes and comes back.
CREATE TABLE match_notices (
    job_id        bigint      NOT NULL REFERENCES jobs (id),
    candidate_id  bigint      NOT NULL,
    score_version smallint    NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (job_id, candidate_id, score_version)
);
CREATE INDEX match_notices_candidate ON match_notices (candidate_id);

-- The jobs that have their matches. Everybody of the CV database above floor is among them; below, some were left out.
CREATE TABLE match_jobs (
    job_id      bigint PRIMARY KEY REFERENCES jobs (id),
    floor       smallint    NOT NULL,
    computed_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The index of the CV database that a new job is compared with: for each feature that counts (a token is its hash) and
-- each 8192 numbers of candidates, one bit for everybody who has it. One job reads some forty tokens.
CREATE TABLE match_bits (
    token integer NOT NULL,
    chunk integer NOT NULL,
    bits  bytea   NOT NULL CHECK (octet_length(bits) = 1024),
    PRIMARY KEY (token, chunk)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
ALTER TABLE match_bits ALTER COLUMN bits SET STORAGE PLAIN, ALTER COLUMN bits SET STATISTICS 0;

-- The tokens under which somebody stands in that index.
CREATE TABLE match_profiles (
    candidate_id bigint PRIMARY KEY,
    tokens       integer[] NOT NULL
);
ALTER TABLE match_profiles ALTER COLUMN tokens SET STATISTICS 0;

-- What is there already.
INSERT INTO match_work (kind, subject_id) SELECT 'job', id FROM jobs WHERE status = 'Active' ORDER BY id;
INSERT INTO match_work (kind, subject_id) SELECT 'candidate', id FROM candidates WHERE erased_at IS NULL ORDER BY id;

-- +goose Down
DROP TABLE match_profiles;
DROP TABLE match_bits;
DROP TABLE match_jobs;
DROP TABLE match_notices;
DROP TABLE matches;
DROP TABLE match_work;
