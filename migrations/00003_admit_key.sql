-- +goose Up

-- admit_key is the whole of authentication in one statement and one round trip: it finds the key, checks that it
-- is usable now, counts the request against its limit and notes the use. It answers no row for a key that is
-- unknown, pending, revoked or expired.
--
-- The limit is a sliding window: of the admissions in any 60 seconds there are never more than the limit, and as
-- long as there are fewer the next is admitted. The row lock puts the requests of all copies of the program in one
-- order, and the clock is read after the lock is held. Up to 1,000 per minute every admission has its own time;
-- above that times are rounded UP to 60 s / 250, which can only refuse a little longer, never admit too many.
-- +goose StatementBegin
CREATE FUNCTION admit_key(
    p_hash bytea, p_scope text, p_family text, p_default_limit integer, p_readonly_limit integer,
    p_is_write boolean, p_now timestamptz,
    OUT id bigint, OUT employer_id bigint, OUT mode text, OUT key_id text, OUT name text, OUT scopes text[],
    OUT read_only boolean, OUT expires_at timestamptz, OUT permitted boolean, OUT admitted boolean,
    OUT per_minute integer, OUT remaining integer, OUT reset_after interval, OUT retry_after interval
) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    c_window  CONSTANT interval := '60 seconds';
    v_family  text;
    v_now     timestamptz;
    v_stamp   timestamptz;
    v_usage   key_usage%ROWTYPE;
    v_drop    integer := 0;
    v_len     integer;
BEGIN
    SELECT k.id, k.employer_id, k.mode, k.key_id, k.name, k.scopes, k.read_only, k.expires_at
      INTO id, employer_id, mode, key_id, name, scopes, read_only, expires_at
      FROM api_keys k
     WHERE k.hash = p_hash AND k.status = 'Active'
       AND (k.expires_at IS NULL OR k.expires_at > coalesce(p_now, clock_timestamp()));
    IF NOT FOUND THEN
        RETURN;
    END IF;
    permitted := (p_scope = '' OR p_scope = ANY (scopes)) AND NOT (read_only AND p_is_write);
    v_family := CASE WHEN read_only THEN 'readonly' ELSE p_family END;
    SELECT l.per_minute INTO per_minute FROM rate_limits l WHERE l.employer_id = admit_key.employer_id AND l.family = v_family;
    per_minute := coalesce(per_minute, CASE WHEN read_only THEN p_readonly_limit ELSE p_default_limit END);
    admitted := false;
    retry_after := '0';

    SELECT * INTO v_usage FROM key_usage u WHERE u.key_id = admit_key.id AND u.family = v_family FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO key_usage (key_id, family, admitted_at, admitted, total, last_used_at)
        VALUES (id, v_family, '{}', '{}', 0, '-infinity')
        ON CONFLICT DO NOTHING;
        SELECT * INTO v_usage FROM key_usage u WHERE u.key_id = admit_key.id AND u.family = v_family FOR UPDATE;
    END IF;
    v_now := coalesce(p_now, clock_timestamp());
    v_len := cardinality(v_usage.admitted_at);
    WHILE v_drop < v_len AND v_usage.admitted_at[v_drop + 1] <= v_now - c_window LOOP
        v_drop := v_drop + 1;
        v_usage.total := v_usage.total - v_usage.admitted[v_drop];
    END LOOP;
    IF v_drop > 0 THEN
        v_usage.admitted_at := v_usage.admitted_at[v_drop + 1:];
        v_usage.admitted := v_usage.admitted[v_drop + 1:];
        v_len := v_len - v_drop;
    END IF;

    IF NOT permitted THEN
        NULL; -- Neither counted nor noted; the caller still learns what is left.
    ELSIF v_usage.total < per_minute THEN
        admitted := true;
        -- The clock of a machine can step back; the window must not.
        v_stamp := greatest(v_now, v_usage.admitted_at[v_len]);
        IF per_minute > 1000 THEN
            v_stamp := greatest(date_bin('240 milliseconds', v_now, 'epoch') + interval '240 milliseconds', v_usage.admitted_at[v_len]);
        END IF;
        IF v_len > 0 AND v_usage.admitted_at[v_len] = v_stamp THEN
            v_usage.admitted[v_len] := v_usage.admitted[v_len] + 1;
        ELSE
            v_usage.admitted_at := v_usage.admitted_at || v_stamp;
            v_usage.admitted := v_usage.admitted || 1;
            v_len := v_len + 1;
        END IF;
        v_usage.total := v_usage.total + 1;
        UPDATE key_usage u
           SET admitted_at = v_usage.admitted_at, admitted = v_usage.admitted, total = v_usage.total, last_used_at = v_now
         WHERE u.key_id = admit_key.id AND u.family = v_family;
    ELSE
        -- The wait until so many old admissions have left that one more fits (the limit may have been lowered).
        v_drop := 0;
        WHILE v_drop < v_len AND v_usage.total >= per_minute LOOP
            v_drop := v_drop + 1;
            v_usage.total := v_usage.total - v_usage.admitted[v_drop];
        END LOOP;
        retry_after := v_usage.admitted_at[v_drop] + c_window - v_now;
        v_usage.total := per_minute;
    END IF;
    remaining := greatest(per_minute - v_usage.total, 0);
    reset_after := coalesce(v_usage.admitted_at[1] + c_window - v_now, '0');
    RETURN NEXT;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION admit_key;
