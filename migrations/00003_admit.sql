-- +goose Up

-- admit counts one request of a key against the limit of its family and notes the use. It answers whether the request is
-- admitted (1 or 0), how many are left now, in how many microseconds the oldest admission leaves the window, and in how
-- many there is room again. A request that is not permitted is neither counted nor noted.
--
-- The limit is a sliding window: of the admissions in any 60 seconds there are never more than the limit, and as long as
-- there are fewer the next is admitted. The row lock puts the requests of all copies of the program in one order, and
-- the clock is read after the lock is held. A function, because the same as one statement of SQL takes twice as long:
-- PostgreSQL prepares every expression of a plan for each execution, and those of a function once. Numbers in an array,
-- because a row of results costs another third.
-- +goose StatementBegin
CREATE FUNCTION admit(p_key bigint, p_family text, p_per_minute integer, p_permitted boolean, p_now timestamptz)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_now    timestamptz;
    v_place  tid;
    v_times  timestamptz[];
    v_part   integer;
    v_gone   integer;
    v_left   integer;
    v_total  integer := 0;
    -- Above 1,000 per minute one time stands for a grain of several admissions, and is that of the latest: that can
    -- only refuse a little longer, never admit too many.
    v_grain  integer := (p_per_minute + 999) / 1000;
    v_ok     boolean;
    v_reset  bigint := 0;
    v_retry  bigint := 0;
BEGIN
    SELECT u.ctid, u.admitted_at, u.grain_part INTO v_place, v_times, v_part
      FROM key_usage u WHERE u.key_id = p_key AND u.family = p_family FOR UPDATE;
    IF v_place IS NULL THEN
        -- The first use of the key in this family, or the first after a crash of the database.
        INSERT INTO key_usage (key_id, family) VALUES (p_key, p_family) ON CONFLICT DO NOTHING;
        SELECT u.ctid, u.admitted_at, u.grain_part INTO v_place, v_times, v_part
          FROM key_usage u WHERE u.key_id = p_key AND u.family = p_family FOR UPDATE;
    END IF;
    v_now := coalesce(p_now, clock_timestamp());
    v_left := cardinality(v_times);
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
    v_ok := p_permitted AND v_total < p_per_minute;
    IF v_ok THEN
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
    ELSIF p_permitted THEN
        -- Until so many old admissions have left that one more fits; the limit may have been lowered meanwhile.
        v_retry := extract(epoch FROM v_times[1 + (v_total - p_per_minute) / v_grain] - v_now) * 1000000 + 60000000;
    END IF;
    IF v_left > 0 THEN
        v_reset := extract(epoch FROM v_times[1] - v_now) * 1000000 + 60000000;
    END IF;
    RETURN ARRAY[v_ok::integer, greatest(p_per_minute - v_total, 0), v_reset, v_retry];
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION admit;
