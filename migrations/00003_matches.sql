-- store/match owns: match_work, matches, match_notices, match_jobs, match_bits, match_profiles.
-- +goose Up

-- The queue of matching: what changed and must be matched again, written in the transaction of the change. Rows are not
-- unique, because a row that is being processed must not hide the next change; a batch takes all that it sees of a subject at once.
CREATE TABLE match_work (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text   NOT NULL CHECK (kind IN ('job', 'candidate', 'cv_candidate')),
    subject_id  bigint NOT NULL,
    -- Whose turn it is in: 0 for people of the CV database, who are nobody's.
    employer_id bigint NOT NULL DEFAULT 0,
    -- Of a job: the candidates of its employer up to this id have been compared with it, and the CV database.
    after_id    bigint NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
CREATE INDEX match_work_jobs ON match_work (employer_id, seq) WHERE kind = 'job';
CREATE INDEX match_work_people ON match_work (employer_id, seq) WHERE kind <> 'job';
CREATE INDEX match_work_subject ON match_work (subject_id) WHERE after_id = 0;

-- Pairs of a job and a candidate that match. candidate_id refers to candidates or cv_candidates, which share one sequence
-- of ids. Of the CV database a job keeps only its best matches.
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
-- Statistics keep samples of values, which an erasure does not reach: none for columns with personal data.
ALTER TABLE matches ALTER COLUMN components SET STATISTICS 0;
-- One index for each order in which matches are read.
CREATE INDEX matches_list ON matches (employer_id, mode, score DESC, id);
CREATE INDEX matches_job ON matches (job_id, score DESC, id);
CREATE INDEX matches_candidate ON matches (candidate_id, employer_id, mode, score DESC, id);

-- The pairs for which candidate.matched was emitted: once for each version of the score, even when a match disappears
-- and comes back.
CREATE TABLE match_notices (
    job_id        bigint      NOT NULL REFERENCES jobs (id),
    candidate_id  bigint      NOT NULL,
    score_version smallint    NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (job_id, candidate_id, score_version)
);
CREATE INDEX match_notices_candidate ON match_notices (candidate_id);

-- The jobs whose matches have been computed. All people of the CV database with a score above floor are among their
-- matches; of those at or below it some were left out. skills are hashes of those that a job requires, by one of which somebody of the CV
-- database finds it; a job that requires none has that of nothing.
CREATE TABLE match_jobs (
    job_id      bigint PRIMARY KEY REFERENCES jobs (id),
    floor       smallint    NOT NULL,
    skills      integer[]   NOT NULL,
    computed_at timestamptz NOT NULL
) WITH (fillfactor = 50);
-- Every change of the CV database reads it, so nothing waits outside of its tree.
CREATE INDEX match_jobs_skills ON match_jobs USING gin (skills) WITH (fastupdate = off);

-- The bitmap index of the CV database that a new job is compared with: for each feature (a token is its hash) and each
-- range of 8192 candidate ids, one bit for each candidate that has the feature. One job reads about forty tokens.
CREATE TABLE match_bits (
    token integer NOT NULL,
    chunk integer NOT NULL,
    bits  bytea   NOT NULL CHECK (octet_length(bits) = 1024),
    PRIMARY KEY (token, chunk)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
ALTER TABLE match_bits ALTER COLUMN bits SET STORAGE PLAIN, ALTER COLUMN bits SET STATISTICS 0;

-- The tokens of each candidate in that index.
CREATE TABLE match_profiles (
    candidate_id bigint PRIMARY KEY,
    tokens       integer[] NOT NULL
);
ALTER TABLE match_profiles ALTER COLUMN tokens SET STATISTICS 0;

-- +goose Down
DROP TABLE match_profiles;
DROP TABLE match_bits;
DROP TABLE match_jobs;
DROP TABLE match_notices;
DROP TABLE matches;
DROP TABLE match_work;
