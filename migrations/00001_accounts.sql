-- +goose Up

-- What holds for the whole installation: which SECRET_KEY its keys and secrets were made under.
CREATE TABLE installation (
    id                     integer PRIMARY KEY CHECK (id = 1),
    secret_key_fingerprint bytea   NOT NULL
);

-- The tenants. contract_until in the future means an unlimited contract: publishing costs nothing.
CREATE TABLE employers (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text        NOT NULL CHECK (name <> ''),
    trusted        boolean     NOT NULL DEFAULT false,
    contract_until timestamptz,
    created_at     timestamptz NOT NULL
);

-- People who sign in. A platform reviewer belongs to no employer; everybody else to exactly one.
CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id   bigint REFERENCES employers (id),
    email         text        NOT NULL CHECK (email <> ''),
    role          text        NOT NULL CHECK (role IN ('EmployerAdmin', 'Recruiter', 'Viewer', 'PlatformReviewer')),
    password_hash text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    CHECK ((role = 'PlatformReviewer') = (employer_id IS NULL))
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_employer ON users (employer_id);

-- What is for sale. Money is in hundredths of the currency unit.
CREATE TABLE packages (
    code        text    PRIMARY KEY,
    name        text    NOT NULL,
    job_posting bigint  NOT NULL CHECK (job_posting >= 0),
    cv_search   bigint  NOT NULL CHECK (cv_search >= 0),
    price_minor bigint  NOT NULL CHECK (price_minor >= 0),
    currency    char(3) NOT NULL,
    features    text[]  NOT NULL
);
INSERT INTO packages (code, name, job_posting, cv_search, price_minor, currency, features) VALUES
    ('starter', 'Starter', 1,  0,   14900,  'GBP', '{api,webhooks}'),
    ('team',    'Team',    5,  25,  59900,  'GBP', '{api,webhooks}'),
    ('agency',  'Agency',  25, 150, 249900, 'GBP', '{api,webhooks}');

-- The balance of each kind of credit. The row is locked by whatever spends from it; the ledger below says why it moved.
CREATE TABLE credit_accounts (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode        text   NOT NULL CHECK (mode IN ('live', 'test')),
    kind        text   NOT NULL CHECK (kind IN ('JobPosting', 'CvSearch')),
    balance     bigint NOT NULL CHECK (balance >= 0),
    PRIMARY KEY (employer_id, mode, kind)
);

-- API keys: only the peppered hash is kept. key_id is public and names the key in logs and pages.
CREATE TABLE api_keys (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id  bigint      NOT NULL REFERENCES employers (id),
    mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
    key_id       text        NOT NULL UNIQUE,
    name         text        NOT NULL,
    prefix       text        NOT NULL,
    last_four    text        NOT NULL,
    hash         bytea       NOT NULL UNIQUE,
    scopes       text[]      NOT NULL,
    read_only    boolean     NOT NULL,
    status       text        NOT NULL CHECK (status IN ('Pending', 'Active', 'Revoked')),
    expires_at   timestamptz,
    created_at   timestamptz NOT NULL,
    approved_at  timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_keys_employer ON api_keys (employer_id, id);
CREATE INDEX api_keys_pending ON api_keys (id) WHERE status = 'Pending';

-- A higher limit by agreement; without a row the default of the family holds.
CREATE TABLE rate_limits (
    employer_id bigint  NOT NULL REFERENCES employers (id),
    family      text    NOT NULL CHECK (family IN ('jobs', 'search', 'candidate', 'readonly')),
    per_minute  integer NOT NULL CHECK (per_minute BETWEEN 1 AND 1000000),
    PRIMARY KEY (employer_id, family)
);

-- The admissions of one key in one family: their times, oldest first. Above 1,000 per minute one time stands for a
-- grain of several; grain_part counts those of the last grain.
-- UNLOGGED and without an index on what changes, so that an admission is one HOT update without WAL: a crash of the
-- server forgets at most the running minute. last_used_at is copied to api_keys every few seconds.
CREATE UNLOGGED TABLE key_usage (
    key_id       bigint        NOT NULL,
    family       text          NOT NULL,
    grain_part   integer       NOT NULL DEFAULT 0,
    last_used_at timestamptz,
    admitted_at  timestamptz[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (key_id, family)
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
ALTER TABLE key_usage ALTER COLUMN admitted_at SET STORAGE MAIN;

-- +goose Down
DROP TABLE key_usage;
DROP TABLE rate_limits;
DROP TABLE api_keys;
DROP TABLE credit_accounts;
DROP TABLE packages;
DROP TABLE users;
DROP TABLE employers;
DROP TABLE installation;
