package account

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// RequestRetention is how long the log of API requests is kept.
const RequestRetention = 7 * 24 * time.Hour

// APIRequest is a request that a key has made, without anything that it said: no body, no query and no address.
type APIRequest struct {
	board.Tenant

	KeyID int64
	// RequestID is what the answer has as X-Request-Id; a caller may have chosen it.
	RequestID string
	Method    string
	// Route is the template of the path, such as /api/v1/jobs/:id.
	Route string
	// Status is that of the answer, and Code its error code, empty for none.
	Status int
	Code   string
	Took   time.Duration
	At     time.Time
	// Deprecated is the operation, when it is deprecated in the contract; empty for every other.
	Deprecated string
}

// LoggedRequest is an entry of the log.
type LoggedRequest struct {
	APIRequest

	// ID rises in the order of writing, which is about that of the requests.
	ID int64
	// KeyName and PublicKeyID are those of the key now.
	KeyName, PublicKeyID string
}

// LogRequests writes a batch of requests in one statement. It is not called on the path of a request, and what a crash of the
// database takes of the last moments is lost.
func (s *Store) LogRequests(ctx context.Context, batch []APIRequest) error {
	if len(batch) == 0 {
		return nil
	}
	ints := func(of func(APIRequest) int64) pq.Int64Array { return pg.Column[pq.Int64Array](batch, of) }
	texts := func(of func(APIRequest) string) pq.StringArray {
		return pg.Column[pq.StringArray](batch, func(r APIRequest) string { return pg.Storable(of(r)) })
	}
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
INSERT INTO api_requests (id, employer_id, mode, key_id, request_id, method, route, status, code, took_us, created_at)
SELECT nextval('api_request_ids'), r.employer_id, r.mode, r.key_id, r.request_id, r.method, r.route, r.status, r.code, r.took_us, r.created_at
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[], $10::timestamptz[])
       AS r (employer_id, mode, key_id, request_id, method, route, status, code, took_us, created_at)`,
			ints(func(r APIRequest) int64 { return r.EmployerID }), texts(func(r APIRequest) string { return string(r.Mode) }),
			ints(func(r APIRequest) int64 { return r.KeyID }), texts(func(r APIRequest) string { return r.RequestID }),
			texts(func(r APIRequest) string { return r.Method }), texts(func(r APIRequest) string { return r.Route }),
			ints(func(r APIRequest) int64 { return int64(r.Status) }), texts(func(r APIRequest) string { return r.Code }),
			ints(func(r APIRequest) int64 { return min(r.Took, time.Hour/2).Microseconds() }),
			texts(func(r APIRequest) string { return pg.Timestamp(r.At) }))
		if err != nil {
			return err
		}
		return countDeprecated(ctx, tx, batch)
	})
	if err != nil {
		return fmt.Errorf("log requests: %w", err)
	}
	return nil
}

// RequestFilter narrows the log of requests of a tenant. Fields that are zero narrow nothing.
type RequestFilter struct {
	KeyID     int64
	RequestID string
	Route     string
	Method    string
	// StatusClass is the first digit of the status, such as 4. Failed selects all from 400 on.
	StatusClass int
	Failed      bool
	Since       time.Time
	// Before is the last entry of the previous page; 0 for the first page.
	Before int64
	Limit  int
}

type requestRow struct {
	ID          int64      `db:"id"`
	EmployerID  int64      `db:"employer_id"`
	Mode        board.Mode `db:"mode"`
	KeyID       int64      `db:"key_id"`
	RequestID   string     `db:"request_id"`
	Method      string     `db:"method"`
	Route       string     `db:"route"`
	Status      int        `db:"status"`
	Code        string     `db:"code"`
	Took        int64      `db:"took_us"`
	CreatedAt   time.Time  `db:"created_at"`
	KeyName     string     `db:"key_name"`
	PublicKeyID string     `db:"public_key_id"`
}

func (r requestRow) request() LoggedRequest {
	return LoggedRequest{
		APIRequest: APIRequest{
			Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, KeyID: r.KeyID, RequestID: r.RequestID, Method: r.Method, Route: r.Route,
			Status: r.Status, Code: r.Code, Took: time.Duration(r.Took) * time.Microsecond, At: r.CreatedAt.UTC(),
		},
		ID: r.ID, KeyName: r.KeyName, PublicKeyID: r.PublicKeyID,
	}
}

// requestSQL reads requests; $1 and $2 are the tenant.
func requestSQL(where string) string {
	return `
SELECT r.id, r.employer_id, r.mode, r.key_id, r.request_id, r.method, r.route, r.status, r.code, r.took_us, r.created_at,
       k.name AS key_name, k.key_id AS public_key_id
  FROM api_requests r JOIN api_keys k ON k.id = r.key_id
 WHERE r.employer_id = $1 AND r.mode = $2` + where
}

// Requests reads a page of the log of a tenant, the newest first, and whether there are more. It counts nothing: a count would
// read the whole log.
func (s *Store) Requests(ctx context.Context, t board.Tenant, f RequestFilter) (page []LoggedRequest, more bool, err error) {
	where, args := ` AND r.created_at >= $3`, []any{t.EmployerID, t.Mode, f.Since}
	if oldest := s.db.Now().Add(-RequestRetention); f.Since.Before(oldest) {
		args[2] = oldest
	}
	and := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if f.KeyID != 0 {
		and("r.key_id = $%d", f.KeyID)
	}
	if f.RequestID != "" {
		and("r.request_id = $%d", f.RequestID)
	}
	if f.Route != "" {
		and("r.route = $%d", f.Route)
	}
	if f.Method != "" {
		and("r.method = $%d", f.Method)
	}
	if f.StatusClass != 0 {
		and("r.status / 100 = $%d", f.StatusClass)
	}
	if f.Failed || f.StatusClass >= 4 {
		where += " AND r.status >= 400" // as the index of failures has it
	}
	if f.Before != 0 {
		and("r.id < $%d", f.Before)
	}
	args = append(args, f.Limit+1)
	var rows []requestRow
	err = s.db.Reader(ctx).List(ctx, &rows, requestSQL(where)+fmt.Sprintf(" ORDER BY r.id DESC LIMIT $%d", len(args)), args...)
	if err != nil {
		return nil, false, fmt.Errorf("read the log of requests: %w", err)
	}
	return pg.Column[[]LoggedRequest](rows[:min(len(rows), f.Limit)], requestRow.request), len(rows) > f.Limit, nil
}

// Request reads one entry of the log of a tenant. Errors: not_found.
func (s *Store) Request(ctx context.Context, t board.Tenant, id int64) (LoggedRequest, error) {
	var rows []requestRow
	if err := s.db.Reader(ctx).List(ctx, &rows, requestSQL(` AND r.id = $3`), t.EmployerID, t.Mode, id); err != nil {
		return LoggedRequest{}, fmt.Errorf("read a request: %w", err)
	}
	if len(rows) == 0 {
		return LoggedRequest{}, board.Errorf(board.CodeNotFound, "There is no such request. Requests are kept for 7 days.")
	}
	return rows[0].request(), nil
}

// MaintainPartitions makes the partitions of the log of requests for the coming days, and drops what is older than
// RequestRetention. It is called at the start and every hour.
func (s *Store) MaintainPartitions(ctx context.Context) error {
	return s.db.MaintainPartitions(ctx, []pg.Partitioned{{Table: "api_requests"}}, RequestRetention, func(context.Context, *pg.Tx, time.Time) error { return nil })
}
