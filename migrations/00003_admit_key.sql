-- +goose Up

-- admit_key is authentication in one statement and one round trip: it finds the key, checks that it is usable now,
-- counts the request and notes the use. It answers no row for a key that is unknown, pending, revoked or expired.
--
-- The limit is a sliding window: of the admissions in any 60 seconds there are never more than the limit, and as long
-- as there are fewer the next is admitted. The row lock puts the requests of all copies of the program in one order,
-- and the clock is read after the lock is held. A function, because the same as one statement of SQL takes three times
-- as long: PostgreSQL prepares every expression of a plan for each execution, and those of a function only once.
-- +goose StatementBegin
CREATE FUNCTION admit_key(
    p_hash bytea, p_scope text, p_family text, p_default_limit integer, p_readonly_limit integer,
    p_is_write boolean, p_now timestamptz,
    OUT id bigint, OUT employer_id bigint, OUT mode text, OUT key_id text, OUT name text, OUT scopes text[],
    OUT read_only boolean, OUT expires_at timestamptz, OUT permitted boolean, OUT admitted boolean,
    OUT per_minute integer, OUT remaining integer, OUT reset_after_us bigint, OUT retry_after_us bigint
) RETURNS SETOF record LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
    c_window CONSTANT interval := '60 seconds';
    v_now    timestamptz;
    v_place  tid;
    v_times  timestamptz[];
    v_part   integer;
    v_gone   integer;
    v_left   integer;
    v_total  integer := 0;
    v_grain  integer;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT k.id, k.employer_id, k.mode, k.key_id, k.name, k.scopes, k.read_only, k.expires_at, l.per_minute,
               u.ctid, u.admitted_at, u.grain_part
          INTO id, employer_id, mode, key_id, name, scopes, read_only, expires_at, per_minute, v_place, v_times, v_part
          FROM api_keys k
          JOIN key_usage u ON u.key_id = k.id AND u.family = CASE WHEN k.read_only THEN 'readonly' ELSE p_family END
          LEFT JOIN rate_limits l ON l.employer_id = k.employer_id AND l.family = u.family
         WHERE k.hash = p_hash AND k.status = 'Active'
           FOR UPDATE OF u;
        EXIT WHEN FOUND;
        -- The first use of a key in a family, the first after a crash of the database, or no key at all.
        INSERT INTO key_usage (key_id, family)
        SELECT k.id, CASE WHEN k.read_only THEN 'readonly' ELSE p_family END FROM api_keys k WHERE k.hash = p_hash AND k.status = 'Active'
        ON CONFLICT DO NOTHING;
    END LOOP;
    v_now := coalesce(p_now, clock_timestamp());
    IF id IS NULL OR expires_at <= v_now THEN
        RETURN;
    END IF;
    permitted := (p_scope = '' OR p_scope = ANY (scopes)) AND NOT (read_only AND p_is_write);
    per_minute := coalesce(per_minute, CASE WHEN read_only THEN p_readonly_limit ELSE p_default_limit END);
    -- Above 1,000 per minute one time stands for a grain of several admissions, and is that of the latest: that can
    -- only refuse a little longer, never admit too many.
    v_grain := (per_minute + 999) / 1000;

    v_left := cardinality(v_times);
    IF v_left > 0 THEN
        v_gone := width_bucket(v_now - c_window, v_times);
        IF v_gone > 0 THEN
            v_times := v_times[v_gone + 1:];
            v_left := v_left - v_gone;
        END IF;
        IF v_left > 0 THEN
            v_total := (v_left - 1) * v_grain + least(v_part, v_grain);
        END IF;
    END IF;

    admitted := permitted AND v_total < per_minute;
    retry_after_us := 0;
    IF admitted THEN
        v_total := v_total + 1;
        IF v_left > 0 AND v_part < v_grain THEN
            v_part := v_part + 1;
        ELSE
            v_part := 1;
            v_left := v_left + 1;
        END IF;
        -- The clock of a machine can step back; the window must not.
        v_times[v_left] := greatest(v_now, v_times[v_left], v_times[v_left - 1]);
        UPDATE key_usage u SET admitted_at = v_times, grain_part = v_part, last_used_at = v_now WHERE u.ctid = v_place;
    ELSIF permitted THEN
        -- Until so many old admissions have left that one more fits; the limit may have been lowered meanwhile.
        retry_after_us := extract(epoch FROM v_times[1 + (v_total - per_minute) / v_grain] + c_window - v_now) * 1000000;
    END IF;
    remaining := greatest(per_minute - v_total, 0);
    reset_after_us := CASE WHEN v_left > 0 THEN extract(epoch FROM v_times[1] + c_window - v_now) * 1000000 ELSE 0 END;
    RETURN NEXT;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION admit_key;
