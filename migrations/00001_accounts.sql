-- store/account owns: employers, users, credit_accounts, credit_entries, api_keys, rate_limits, key_usage, sessions,
-- recovery_codes, passkeys, passkey_challenges, identities, links, attempts, sent_forms, api_requests, deprecated_calls, audit_heads, audit_entries, audit_forgotten,
-- platform_actions, contact_requests, proposals.
-- +goose Up

-- The form in which the words of a list are compared: small letters without accents, apostrophes and invisible characters, with one dash
-- for all, the same for every way in which Unicode can write them. The search by words of their own folds in the program (package cvquery), in
-- the same way.
--
-- Functions that generate columns are in PL/pgSQL: one in SQL is read and planned again by every statement that writes a row, one in PL/pgSQL
-- once in a session. A body in PL/pgSQL names nothing of ours, because a backup is restored without a search_path.
-- +goose StatementBegin
CREATE FUNCTION folded(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10 AS $$
BEGIN
    RETURN translate(replace(replace(replace(replace(
        regexp_replace(
            lower(normalize(translate(given, '‐‑‒–—―−﹘﹣－''`´’‘‛ʼʻʹ′＇', '----------'), NFKD)),
            '[\u00AD\u0300-\u036F\u0483-\u0489\u0591-\u05C7\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06ED\u1AB0-\u1AFF\u1DC0-\u1DFF\u200C-\u200F\u2060\u20D0-\u20FF\uFE00-\uFE0F\uFE20-\uFE2F\uFEFF]',
            '', 'g'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øđðłıħŧŋς', 'oddlihtnσ');
END $$;
-- +goose StatementEnd

-- The employers. While contract_until is in the future the employer has an unlimited contract, and publishing costs
-- nothing. website, description and phone are what the employer says about itself.
CREATE TABLE employers (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text        NOT NULL CHECK (name <> ''),
    trusted        boolean     NOT NULL DEFAULT false,
    contract_until timestamptz,
    created_at     timestamptz NOT NULL,
    website        text,
    description    text,
    phone          text,
    -- When it was closed, by the people who run the platform or because nobody ever confirmed an address.
    closed_at      timestamptz
);
CREATE INDEX employers_age ON employers (created_at) WHERE closed_at IS NULL;

-- People who sign in. A platform reviewer belongs to no employer, every other user to exactly one. A user whose address is
-- not confirmed may have the address of somebody else, so confirmed addresses alone are unique. A user who was removed
-- keeps the row, for the audit log names it, and gives the address free. Since forgotten_at it has nothing of the person.
CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id   bigint REFERENCES employers (id),
    email         text        NOT NULL CHECK (email <> ''),
    name          text        NOT NULL DEFAULT '',
    role          text        NOT NULL CHECK (role IN ('EmployerAdmin', 'Recruiter', 'Viewer', 'PlatformReviewer')),
    password_hash text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    removed_at    timestamptz,
    forgotten_at  timestamptz,
    -- The second factor: the secret of an app that shows codes, in use since totp_at, and the last step of time whose code was
    -- used, so that no code works twice.
    totp_sealed   bytea,
    totp_at       timestamptz,
    totp_step     bigint      NOT NULL DEFAULT 0,
    -- What authenticators know the user by, random so that it tells nothing; made with the first passkey.
    passkey_handle bytea UNIQUE,
    -- Counts the changes of what signs the user in. Who has shown the former means, and has no session yet, gets none.
    means         bigint      NOT NULL DEFAULT 0,
    CHECK ((role = 'PlatformReviewer') = (employer_id IS NULL))
);
CREATE UNIQUE INDEX users_confirmed_email ON users (lower(email)) WHERE confirmed_at IS NOT NULL AND removed_at IS NULL;
CREATE UNIQUE INDEX users_team_email ON users (employer_id, lower(email)) WHERE removed_at IS NULL;
CREATE INDEX users_email ON users (lower(email), id) WHERE removed_at IS NULL;
CREATE INDEX users_removed ON users (removed_at) WHERE removed_at IS NOT NULL AND forgotten_at IS NULL;

-- The balance of each kind of credit. Spending locks the row. The ledger below says why the balance changed. low_mailed tells
-- that the admins know that few are left, by an email or because they bought few; it is forgotten when there are enough again.
CREATE TABLE credit_accounts (
    employer_id bigint NOT NULL REFERENCES employers (id),
    mode        text   NOT NULL CHECK (mode IN ('live', 'test')),
    kind        text   NOT NULL CHECK (kind IN ('JobPosting', 'CvSearch')),
    balance     bigint NOT NULL CHECK (balance >= 0),
    low_mailed  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (employer_id, mode, kind)
);

-- API keys: only the peppered hash is kept. key_id is public and names the key in logs and pages. refusal is why the platform
-- has refused a key, which is revoked then.
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
    -- What spends credits waits for a person's yes, and what cannot be undone is refused.
    propose_only boolean     NOT NULL DEFAULT false,
    status       text        NOT NULL CHECK (status IN ('Pending', 'Active', 'Revoked')),
    expires_at   timestamptz,
    created_at   timestamptz NOT NULL,
    approved_at  timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    refusal      text        NOT NULL DEFAULT '',
    -- The networks that the key may be used from; empty for everywhere.
    allowed      cidr[]      NOT NULL DEFAULT '{}',
    -- The key that was made to take its place, which works beside it until expires_at.
    replaced_by  bigint REFERENCES api_keys (id),
    -- From when on the admins are to be told that the key expires; null when they were, and for a key that nobody is told of.
    expiry_notice_at timestamptz,
    -- Changes with every change of the key and of its employer's limits, see api_keys_version.
    version      bigint      NOT NULL DEFAULT 1
);
CREATE INDEX api_keys_employer ON api_keys (employer_id, id);
CREATE INDEX api_keys_pending ON api_keys (id) WHERE status = 'Pending';
CREATE INDEX api_keys_expiry_notice ON api_keys (expiry_notice_at) WHERE expiry_notice_at IS NOT NULL;

-- A higher limit by agreement; without a row the default of the family holds.
CREATE TABLE rate_limits (
    employer_id bigint  NOT NULL REFERENCES employers (id),
    family      text    NOT NULL CHECK (family IN ('jobs', 'search', 'candidate', 'readonly')),
    per_minute  integer NOT NULL CHECK (per_minute BETWEEN 1 AND 1000000),
    PRIMARY KEY (employer_id, family)
);

-- The times at which requests of one key in one family were admitted, oldest first. Above 1,000 per minute one time
-- stands for a group of several admissions (a grain); grain_part counts those of the last group.
-- The table is UNLOGGED and has no index on a column that changes, so that an admission is one HOT update without WAL: a
-- crash of the server loses at most the current minute. last_used_at is copied to api_keys every few seconds.
CREATE UNLOGGED TABLE key_usage (
    key_id       bigint        NOT NULL,
    family       text          NOT NULL,
    grain_part   integer       NOT NULL DEFAULT 0,
    last_used_at timestamptz,
    admitted_at  timestamptz[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (key_id, family)
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
ALTER TABLE key_usage ALTER COLUMN admitted_at SET STORAGE MAIN;

-- admit counts requests of keys against the limits of their families: p_wanted[i] requests of the key p_keys[i] in the family
-- p_families[i], whose limit is p_per_minute[i]; 0 counts nothing. It returns four numbers for each: how many of the requests are
-- admitted, how many more are allowed now, the microseconds until the oldest admission leaves the window, and the microseconds until
-- the next request can be admitted, if not all are. The first number is -1 if there is no window yet, which p_new makes, and -2 if
-- the version of the key is not p_versions[i]; nothing is counted then.
--
-- The limit is a sliding window: in any 60 seconds there are never more admissions than the limit, and while there are
-- fewer, the next request is admitted. The row lock puts the requests of all copies of the program in one order, and the
-- clock is read after the lock is held. Callers give the keys in the order of (key, family), so that two calls do not wait for each
-- other; windows are made before any lock is taken, in the same order. A loop over one function's statements is the fastest that was
-- found for one key, and not much slower than a join for many: PostgreSQL initializes every expression of a plan for each
-- execution, but those of a function once. It returns an array because rows take a third longer.
-- +goose StatementBegin
CREATE FUNCTION admit(p_keys bigint[], p_families text[], p_versions bigint[], p_per_minute integer[], p_wanted integer[],
                      p_now timestamptz, p_new boolean)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_now     timestamptz;
    v_latest  timestamptz;
    v_place   tid;
    v_version bigint;
    v_times   timestamptz[];
    v_part    integer;
    v_gone    integer;
    v_left    integer;
    v_total   integer;
    v_ok      integer;
    v_rest    integer;
    -- Above 1,000 per minute one time stands for several admissions, and is the time of the latest: that can refuse a
    -- little too long, but never admit too many.
    v_grain   integer;
    v_reset   bigint;
    v_retry   bigint;
    v_answer  bigint[] := '{}';
BEGIN
    IF p_new THEN
        INSERT INTO key_usage (key_id, family)
        SELECT n.key_id, n.family FROM unnest(p_keys, p_families) n (key_id, family) ORDER BY 1, 2 ON CONFLICT DO NOTHING;
    END IF;
    FOR i IN 1 .. cardinality(p_keys) LOOP
        SELECT u.ctid, u.admitted_at, u.grain_part, k.version INTO v_place, v_times, v_part, v_version
          FROM key_usage u LEFT JOIN api_keys k ON k.id = u.key_id
         WHERE u.key_id = p_keys[i] AND u.family = p_families[i] FOR UPDATE OF u;
        IF v_place IS NULL THEN
            v_answer := v_answer || '{-1, 0, 0, 0}'::bigint[];
            CONTINUE;
        ELSIF v_version IS DISTINCT FROM p_versions[i] THEN
            v_answer := v_answer || '{-2, 0, 0, 0}'::bigint[];
            CONTINUE;
        END IF;
        v_now := coalesce(p_now, clock_timestamp());
        v_grain := (p_per_minute[i] + 999) / 1000;
        v_left := cardinality(v_times);
        -- A clock that was ahead and is set right leaves admissions in the future: they count as made now, or their key would wait
        -- until the clock is there again.
        IF v_times[v_left] > v_now + interval '60 seconds' THEN
            v_times := ARRAY(SELECT least(t, v_now) FROM unnest(v_times) t ORDER BY 1);
            UPDATE key_usage u SET admitted_at = v_times WHERE u.ctid = v_place RETURNING u.ctid INTO v_place;
        END IF;
        v_total := 0;
        IF v_left > 0 THEN
            v_gone := width_bucket(v_now - interval '60 seconds', v_times);
            IF v_gone > 0 THEN
                v_times := v_times[v_gone + 1:];
                v_left := v_left - v_gone;
            END IF;
            IF v_left > 0 THEN
                v_total := (v_left - 1) * v_grain + least(v_part, v_grain);
            END IF;
        END IF;
        v_ok := greatest(least(p_wanted[i], p_per_minute[i] - v_total), 0);
        IF v_ok > 0 THEN
            v_total := v_total + v_ok;
            v_rest := v_ok;
            -- The clock of a machine can step back; the window must not.
            v_latest := greatest(v_now, v_times[v_left]);
            IF v_left > 0 AND v_part < v_grain THEN
                v_times[v_left] := v_latest;
                v_rest := greatest(v_ok - (v_grain - v_part), 0);
                v_part := v_part + v_ok - v_rest;
            END IF;
            WHILE v_rest > 0 LOOP
                v_left := v_left + 1;
                v_times[v_left] := v_latest;
                v_part := least(v_rest, v_grain);
                v_rest := v_rest - v_part;
            END LOOP;
            UPDATE key_usage u SET admitted_at = v_times, grain_part = v_part, last_used_at = v_now WHERE u.ctid = v_place;
        END IF;
        v_reset := 0;
        v_retry := 0;
        IF v_ok < p_wanted[i] THEN
            -- The time until enough old admissions have left the window; the limit may have been lowered meanwhile.
            v_retry := extract(epoch FROM v_times[1 + (v_total - p_per_minute[i]) / v_grain] - v_now) * 1000000 + 60000000;
        END IF;
        IF v_left > 0 THEN
            v_reset := extract(epoch FROM v_times[1] - v_now) * 1000000 + 60000000;
        END IF;
        v_answer := v_answer || ARRAY[v_ok::bigint, greatest(p_per_minute[i] - v_total, 0), v_reset, v_retry];
    END LOOP;
    RETURN v_answer;
END $$;
-- +goose StatementEnd

-- Copies of the program keep what they have read of a key, and admit holds its version against it: every change of a key gives it
-- another version, its last use excepted.
-- +goose StatementBegin
CREATE FUNCTION api_keys_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_before api_keys := OLD;
BEGIN
    v_before.last_used_at := NEW.last_used_at;
    v_before.expiry_notice_at := NEW.expiry_notice_at;
    IF v_before IS DISTINCT FROM NEW THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER api_keys_version BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION api_keys_version();

-- What was agreed about an employer's limits is kept with each of its keys.
-- +goose StatementBegin
CREATE FUNCTION rate_limits_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM api_keys WHERE employer_id = coalesce(NEW.employer_id, OLD.employer_id) ORDER BY id FOR NO KEY UPDATE;
    UPDATE api_keys SET version = version + 1 WHERE employer_id = coalesce(NEW.employer_id, OLD.employer_id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER rate_limits_version AFTER INSERT OR UPDATE OR DELETE ON rate_limits FOR EACH ROW EXECUTE FUNCTION rate_limits_version();

-- The ledger: one row for each change of a balance, never updated and never deleted. The unique constraints make sure,
-- even against a fault in the program, that a publication is charged at most once and that an unlock of a CV profile is
-- charged at most once and refunded at most once. The numbers of unlocks and candidates outlive the person. An order is
-- credited at most once for each kind. note is what the platform has said about a grant or a correction.
CREATE TABLE credit_entries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id   bigint      NOT NULL REFERENCES employers (id),
    mode          text        NOT NULL CHECK (mode IN ('live', 'test')),
    kind          text        NOT NULL CHECK (kind IN ('JobPosting', 'CvSearch')),
    delta         bigint      NOT NULL CHECK (delta <> 0),
    balance_after bigint      NOT NULL CHECK (balance_after >= 0),
    reason        text        NOT NULL CHECK (reason IN ('Grant', 'Order', 'Correction', 'Publish', 'Unlock', 'Refund')),
    job_id        bigint,
    publication   integer,
    key_id        bigint REFERENCES api_keys (id),
    created_at    timestamptz NOT NULL,
    unlock_id     bigint,
    candidate_id  bigint,
    order_id      bigint,
    note          text        NOT NULL DEFAULT '',
    UNIQUE (job_id, publication),
    CONSTRAINT credit_entries_order_once UNIQUE (order_id, kind),
    CHECK ((reason = 'Order') = (order_id IS NOT NULL)),
    CHECK ((reason = 'Publish') = (job_id IS NOT NULL AND publication IS NOT NULL)),
    CONSTRAINT credit_entries_unlock_once UNIQUE (unlock_id, reason),
    CONSTRAINT credit_entries_unlock CHECK ((reason IN ('Unlock', 'Refund')) = (unlock_id IS NOT NULL AND candidate_id IS NOT NULL))
);
CREATE INDEX credit_entries_account ON credit_entries (employer_id, mode, kind, id);

-- +goose StatementBegin
CREATE FUNCTION credit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the credit ledger is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER credit_entries_append_only BEFORE UPDATE OR DELETE ON credit_entries
    FOR EACH ROW EXECUTE FUNCTION credit_entries_append_only();

-- Codes for somebody who has lost the second factor, each for one time. Only hashes are kept: a code has 80 random bits.
CREATE TABLE recovery_codes (
    user_id   bigint NOT NULL REFERENCES users (id),
    code_hash bytea  NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- Passkeys: public keys of authenticators (W3C Web Authentication Level 3). A user who has one is asked for a second factor, and
-- can sign in with the passkey alone. sign_count is the last one that the authenticator told, backup_eligible whether it keeps
-- the key on several devices, which it may not change.
CREATE TABLE passkeys (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         bigint      NOT NULL REFERENCES users (id),
    credential_id   bytea       NOT NULL UNIQUE,
    public_key      bytea       NOT NULL,
    sign_count      bigint      NOT NULL CHECK (sign_count >= 0),
    backup_eligible boolean     NOT NULL,
    transports      text[]      NOT NULL,
    name            text        NOT NULL CHECK (name <> ''),
    created_at      timestamptz NOT NULL,
    used_at         timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id, id);

-- Challenges that browsers are asked to have signed, each for one answer. user_id is whose passkey it is for; empty for
-- anybody's. data is what the answer is held against.
CREATE TABLE passkey_challenges (
    challenge  text PRIMARY KEY,
    ceremony   text        NOT NULL CHECK (ceremony IN ('Create', 'Use')),
    user_id    bigint REFERENCES users (id),
    data       jsonb       NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at);

-- Whom a provider of sign-ins (OpenID Connect) knows as whom: a subject of an issuer is one user.
CREATE TABLE identities (
    issuer     text        NOT NULL CHECK (issuer <> ''),
    subject    text        NOT NULL CHECK (subject <> ''),
    user_id    bigint      NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- Sessions of the portal. token is the hash of the token in the cookie. A session that was ended keeps its row, without
-- data, until it would have expired, so that a request that was running when it ended can't restore it. device is the
-- browser in words, address the network address that the session was last used from. In a session that is half open user_id is
-- who has shown a first factor and has a second one to show: it is nobody's to use, and ends with what the first factor has opened.
CREATE TABLE sessions (
    token      text PRIMARY KEY,
    id         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    data       bytea       NOT NULL,
    expiry     timestamptz NOT NULL,
    user_id    bigint REFERENCES users (id),
    half_open  boolean     NOT NULL DEFAULT false,
    device     text        NOT NULL,
    address    text        NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);
CREATE INDEX sessions_user ON sessions (user_id) WHERE user_id IS NOT NULL;

-- Links in emails: what opens one is a token of which only a hash is kept. A user has one open link of each purpose. email
-- is the new address of a user who changes it. A link without a user leads nowhere: an address that nobody has is answered
-- with the same work as one that somebody has.
CREATE TABLE links (
    token_hash bytea PRIMARY KEY,
    user_id    bigint REFERENCES users (id),
    purpose    text        NOT NULL CHECK (purpose IN ('Join', 'JoinShown', 'Confirm', 'Reset', 'Address')),
    email      text        NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (user_id, purpose)
);
CREATE INDEX links_expiry ON links (expires_at);

-- Attempts at what is limited: to sign in, counted before the password is checked, to sign up, to have a link sent. subject
-- is a keyed hash of an email address, a network address or both, so that this table holds no personal data.
CREATE TABLE attempts (
    subject     bytea PRIMARY KEY,
    attempts    integer     NOT NULL CHECK (attempts >= 0),
    window_ends timestamptz NOT NULL
);
CREATE INDEX attempts_age ON attempts (window_ends);

-- Forms that were submitted, so that submitting the same one again (a double click, a reload) does nothing.
CREATE TABLE sent_forms (
    user_id bigint      NOT NULL REFERENCES users (id),
    form    text        NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, form)
);
CREATE INDEX sent_forms_age ON sent_forms (sent_at);

-- What reviewers of the platform have done, never updated and never deleted. employer_id is whom it concerns, if anybody.
CREATE TABLE platform_actions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint      NOT NULL REFERENCES users (id),
    action      text        NOT NULL,
    employer_id bigint REFERENCES employers (id),
    subject     text        NOT NULL,
    detail      text        NOT NULL,
    address     text        NOT NULL,
    created_at  timestamptz NOT NULL
);
-- +goose StatementBegin
CREATE FUNCTION platform_actions_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The network address alone goes, after a year.
    IF TG_OP = 'UPDATE' AND NEW.address = ''
       AND (NEW.id, NEW.user_id, NEW.action, NEW.subject, NEW.detail, NEW.created_at) = (OLD.id, OLD.user_id, OLD.action, OLD.subject, OLD.detail, OLD.created_at)
       AND NEW.employer_id IS NOT DISTINCT FROM OLD.employer_id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log of platform actions is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER platform_actions_append_only BEFORE UPDATE OR DELETE ON platform_actions
    FOR EACH ROW EXECUTE FUNCTION platform_actions_append_only();
CREATE INDEX platform_actions_address ON platform_actions (created_at) WHERE address <> '';

-- What people have written to the platform. The id is the number of their ticket.
CREATE TABLE contact_requests (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL,
    email      text        NOT NULL,
    company    text        NOT NULL,
    message    text        NOT NULL,
    created_at timestamptz NOT NULL,
    closed_at  timestamptz
);
ALTER TABLE contact_requests ALTER COLUMN name SET STATISTICS 0, ALTER COLUMN email SET STATISTICS 0,
    ALTER COLUMN company SET STATISTICS 0, ALTER COLUMN message SET STATISTICS 0;
CREATE INDEX contact_requests_age ON contact_requests (created_at);

-- What keys that only propose have asked for. Expired follows from the clock: a proposal that is Pending after expires_at was not
-- decided. operation is that of the contract, cost what it would take of its kind of credits. A candidate's number goes with an
-- erasure, and what was proposed about them with it.
CREATE TABLE proposals (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id  bigint      NOT NULL REFERENCES employers (id),
    mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
    key_id       bigint      NOT NULL REFERENCES api_keys (id),
    operation    text        NOT NULL CHECK (operation IN ('publishJob', 'unlockCandidate')),
    job_id       bigint,
    candidate_id bigint,
    expiry_date  timestamptz,
    cost         bigint      NOT NULL CHECK (cost >= 0),
    status       text        NOT NULL DEFAULT 'Pending' CHECK (status IN ('Pending', 'Approved', 'Refused')),
    reason       text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    decided_at   timestamptz,
    decided_by   bigint REFERENCES users (id),
    CHECK ((operation = 'publishJob') = (job_id IS NOT NULL)),
    CHECK ((operation = 'unlockCandidate') = (candidate_id IS NOT NULL)),
    CHECK ((status = 'Pending') = (decided_at IS NULL))
);
CREATE INDEX proposals_list ON proposals (employer_id, mode, id);
CREATE INDEX proposals_waiting ON proposals (employer_id, mode, expires_at) WHERE status = 'Pending';
CREATE INDEX proposals_candidate ON proposals (candidate_id) WHERE candidate_id IS NOT NULL;
CREATE INDEX proposals_age ON proposals (created_at);

-- The audit log: who did what, when and from where. Each entry has the hash of the one before in its own, so that one that is
-- changed or taken away shows. The head has the number and the hash of the last entry; its lock puts entries in one order.
--
-- A network address is personal data and goes after a year, while the chain stays: the hash is made from a digest of salt and address. As
-- long as the address is there, its seal is the salt; afterwards it is the digest, which without the salt tells of no address. Up to which
-- number the addresses of an employer's entries are gone stands in audit_forgotten.
CREATE TABLE audit_heads (
    employer_id bigint PRIMARY KEY REFERENCES employers (id),
    last        bigint NOT NULL,
    hash        bytea  NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);
CREATE TABLE audit_entries (
    employer_id bigint      NOT NULL REFERENCES employers (id),
    number      bigint      NOT NULL,
    at          timestamptz NOT NULL,
    mode        text        NOT NULL CHECK (mode IN ('', 'live', 'test')),
    actor       text        NOT NULL CHECK (actor IN ('User', 'Key', 'Operator')),
    actor_id    bigint      NOT NULL,
    action      text        NOT NULL CHECK (action <> ''),
    objects     text[]      NOT NULL,
    address     text        NOT NULL,
    seal        bytea       NOT NULL,
    hash        bytea       NOT NULL,
    PRIMARY KEY (employer_id, number)
);
CREATE TABLE audit_forgotten (
    employer_id bigint PRIMARY KEY REFERENCES employers (id),
    number      bigint NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.address = '' AND OLD.address <> '' AND NEW.seal = sha256(OLD.seal || convert_to(OLD.address, 'UTF8'))
       AND (NEW.employer_id, NEW.number, NEW.at, NEW.mode, NEW.actor, NEW.actor_id, NEW.action, NEW.objects, NEW.hash)
         = (OLD.employer_id, OLD.number, OLD.at, OLD.mode, OLD.actor, OLD.actor_id, OLD.action, OLD.objects, OLD.hash) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only();

-- append_audit writes entries, each as the next of its employer; those of one employer stand together. An element of p_lines is all
-- of an entry as one text, which its hash is made from, and one of p_objects is an array as a literal.
-- +goose StatementBegin
CREATE FUNCTION append_audit(p_at timestamptz, p_employers bigint[], p_modes text[], p_actors text[], p_actor_ids bigint[], p_actions text[],
                             p_objects text[], p_addresses text[], p_seals bytea[], p_lines text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_employer bigint;
    v_number   bigint;
    v_hash     bytea;
    v_numbers  bigint[];
    v_hashes   bytea[];
BEGIN
    FOR i IN 1 .. cardinality(p_employers) LOOP
        IF v_employer IS DISTINCT FROM p_employers[i] THEN
            v_employer := p_employers[i];
            SELECT last, hash INTO v_number, v_hash FROM audit_heads WHERE employer_id = v_employer FOR NO KEY UPDATE;
            IF NOT FOUND THEN
                INSERT INTO audit_heads AS h (employer_id, last, hash) VALUES (v_employer, 0, '')
                ON CONFLICT (employer_id) DO UPDATE SET last = h.last
                RETURNING last, hash INTO v_number, v_hash;
            END IF;
        END IF;
        v_number := v_number + 1;
        v_hash := sha256(v_hash || convert_to(v_number || E'\n' || p_lines[i], 'UTF8'));
        v_numbers[i] := v_number;
        v_hashes[i] := v_hash;
        IF p_employers[i + 1] IS DISTINCT FROM v_employer THEN
            UPDATE audit_heads SET last = v_number, hash = v_hash WHERE employer_id = v_employer;
        END IF;
    END LOOP;
    -- By one statement: one for each entry takes twice as long.
    INSERT INTO audit_entries (employer_id, number, at, mode, actor, actor_id, action, objects, address, seal, hash)
    SELECT e.employer_id, e.number, p_at, e.mode, e.actor, e.actor_id, e.action, e.objects::text[], e.address, e.seal, e.hash
      FROM unnest(p_employers, v_numbers, p_modes, p_actors, p_actor_ids, p_actions, p_objects, p_addresses, p_seals, v_hashes)
           AS e (employer_id, number, mode, actor, actor_id, action, objects, address, seal, hash);
END $$;
-- +goose StatementEnd

-- The log of the requests that keys have made, for their owners: what was asked by route and how it ended, never a body, a
-- query or an address. It is written in batches beside the requests, and each day is dropped as a whole. There are no
-- foreign keys, because a day is kept however its key ends.
CREATE SEQUENCE api_request_ids;
CREATE TABLE api_requests (
    id          bigint      NOT NULL,
    employer_id bigint      NOT NULL,
    mode        text        NOT NULL,
    key_id      bigint      NOT NULL,
    request_id  text        NOT NULL,
    method      text        NOT NULL,
    route       text        NOT NULL,
    status      smallint    NOT NULL,
    code        text        NOT NULL,
    took_us     integer     NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX api_requests_tenant ON api_requests (employer_id, mode, id);
CREATE INDEX api_requests_failed ON api_requests (employer_id, mode, id) WHERE status >= 400;
CREATE INDEX api_requests_request ON api_requests (employer_id, request_id);
CREATE TABLE api_requests_default PARTITION OF api_requests DEFAULT;

-- How often keys have called operations that are deprecated, by day (UTC), for those who must change something.
CREATE TABLE deprecated_calls (
    employer_id bigint      NOT NULL,
    mode        text        NOT NULL,
    key_id      bigint      NOT NULL,
    operation   text        NOT NULL,
    day         date        NOT NULL,
    calls       bigint      NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (key_id, operation, day)
);
CREATE INDEX deprecated_calls_age ON deprecated_calls (day);

-- +goose Down
DROP TABLE deprecated_calls;
DROP TABLE api_requests;
DROP SEQUENCE api_request_ids;
DROP TABLE proposals;
DROP TABLE contact_requests;
DROP TABLE platform_actions;
DROP FUNCTION platform_actions_append_only;
DROP FUNCTION append_audit;
DROP TABLE audit_forgotten;
DROP TABLE audit_entries;
DROP FUNCTION audit_entries_append_only;
DROP TABLE audit_heads;
DROP TABLE sent_forms;
DROP TABLE attempts;
DROP TABLE links;
DROP TABLE sessions;
DROP TABLE identities;
DROP TABLE passkey_challenges;
DROP TABLE passkeys;
DROP TABLE recovery_codes;
DROP TABLE credit_entries;
DROP FUNCTION credit_entries_append_only;
DROP FUNCTION admit;
DROP TABLE key_usage;
DROP TABLE rate_limits;
DROP FUNCTION rate_limits_version;
DROP TABLE api_keys;
DROP FUNCTION api_keys_version;
DROP TABLE credit_accounts;
DROP TABLE users;
DROP TABLE employers;
DROP FUNCTION folded;
