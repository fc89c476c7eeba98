package benchtest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// hiring is a rig with drafts to publish, and applications that can be moved to and fro.
type hiring struct {
	*bench

	open                     board.Job
	drafts                   []int64
	moved                    []int64
	people, published, moves atomic.Int64
	beside                   *httptest.Server // the floor of these writes
}

// most is how many drafts there are, and movable how many applications.
func most() (drafts, movable int) {
	if testing.Short() {
		return 4_000, 40
	}
	return 30_000, 600
}

func setUpHiring(b *testing.B, r rig) *hiring {
	b.Helper()
	h := &hiring{bench: setUp(b, r)}
	h.open = h.api.OpenJob(b, h.tenant)
	drafts, movable := most()
	made, err := h.api.Store.Jobs.CreateJob(b.Context(), h.tenant, board.JobPatch{
		Title: board.Set("IT Manager"), Description: board.Set("<p>Run the team.</p>"), City: board.Set("Leeds"), Country: board.Set("United Kingdom"),
		EmploymentType: board.Set(board.FullTime), ApplyMethod: board.Set(board.ApplyByEmail), ApplyEmailAddress: board.Set("jobs@northwind.example"),
	})
	if err != nil {
		b.Fatal(err)
	}
	err = h.db.SelectContext(b.Context(), &h.drafts, `
INSERT INTO jobs (employer_id, mode, status, version, title, description, city, country_code, employment_type, apply_method, apply_email_address,
       required_skills, optional_skills, publications, created_at, updated_at)
SELECT employer_id, mode, status, version, title, description, city, country_code, employment_type, apply_method, apply_email_address,
       required_skills, optional_skills, publications, created_at, updated_at
  FROM jobs, generate_series(1, $2) WHERE id = $1 RETURNING id`, made.ID, drafts)
	if err != nil {
		b.Fatal(err)
	}
	for range movable {
		id, err := h.apply(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.api.Store.Pipeline.MoveApplication(b.Context(), h.tenant, id, pipeline.Move{To: board.ApplicationScreened, Actor: pipeline.Actor{Kind: board.ActorSystem}}); err != nil {
			b.Fatal(err)
		}
		h.moved = append(h.moved, id)
	}
	h.beside = httptest.NewServer(h.hiringFloor(b))
	// What autovacuum does within a minute: plans of foreign keys that were made for empty tables read them from end to end.
	if _, err := h.db.ExecContext(b.Context(), `ANALYZE`); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(h.beside.Close)
	return h
}

// apply is an application of a new person, with all that the store does for one and no file.
func (h *hiring) apply(ctx context.Context) (int64, error) {
	a, err := h.api.Store.Pipeline.Apply(ctx, pipeline.ApplyParams{Mode: h.open.Mode, JobID: h.open.ID, Source: board.SourceForm, Applicant: board.Applicant{
		FirstName: "Ada", LastName: "Lovelace", Email: fmt.Sprintf("ada.%d@example.com", h.people.Add(1)),
	}})
	return a.ID, err
}

// transaction runs prepared statements in one transaction, and hands each the id that the first has returned.
func transaction(ctx context.Context, db *sqlx.DB, first *sqlx.Stmt, args []any, then func(tx *sqlx.Tx, id int64) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var id int64
	if err := tx.StmtxContext(ctx, first).GetContext(ctx, &id, args...); err != nil {
		return err
	}
	if err := then(tx, id); err != nil {
		return err
	}
	return tx.Commit()
}

// hiringFloor is what these writes are measured against: the rows that each cannot do without, in one transaction of prepared
// statements, for an employer of its own. "/ours/apply" is the store's whole application, which people reach by a form and not by the API.
func (h *hiring) hiringFloor(b *testing.B) http.Handler {
	b.Helper()
	db := sqlx.MustOpen("postgres", h.url)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	b.Cleanup(func() { _ = db.Close() })
	one := func(query string, args ...any) (id int64) {
		b.Helper()
		if err := db.GetContext(b.Context(), &id, query, args...); err != nil {
			b.Fatal(err)
		}
		return id
	}
	prepare := func(query string) *sqlx.Stmt {
		b.Helper()
		stmt, err := db.Preparex(query)
		if err != nil {
			b.Fatal(err)
		}
		return stmt
	}
	employer := one(`INSERT INTO employers (name, created_at) VALUES ('Floor of hiring', now()) RETURNING id`)
	job := one(`
INSERT INTO jobs (employer_id, mode, status, version, title, description, city, country_code, employment_type, apply_method, required_skills, optional_skills, publications, created_at, updated_at)
VALUES ($1, 'live', 'Draft', 1, 'IT Manager', '<p>Run the team.</p>', 'Leeds', 'GB', 'FullTime', 'DirectApply', '{}', '{}', 0, now(), now()) RETURNING id`, employer)
	drafts, movable := most()
	// Rows of their own, so that no two requests wait for one another.
	first := one(`
WITH made AS (
INSERT INTO jobs (employer_id, mode, status, version, title, description, city, country_code, employment_type, apply_method, required_skills, optional_skills, publications, created_at, updated_at)
SELECT $1, 'live', 'Draft', 1, 'IT Manager', '<p>Run the team.</p>', 'Leeds', 'GB', 'FullTime', 'DirectApply', '{}', '{}', 0, now(), now() FROM generate_series(1, $2) RETURNING id)
SELECT min(id) FROM made`, employer, drafts)
	person := prepare(`
INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, email, source, created_at, updated_at)
VALUES ($1, 'live', 'New', 1, 'Ada', 'Lovelace', $2, 'Form', $3, $3) RETURNING id`)
	application := prepare(`
INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, applied_at, updated_at)
VALUES ($1, 'live', $2, $3, 'DirectApply', 'New', 1, 'Ada', 'Lovelace', $4, $5, $5) RETURNING id`)
	history := prepare(`INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, created_at) VALUES ($1, $2, $3, '', 'candidate', $4)`)
	event := prepare(`INSERT INTO events (id, employer_id, mode, seq, type, created_at, data) VALUES (nextval('event_ids'), $1, 'live', currval('event_ids'), $2, $3, $4)`)
	publish := prepare(`
UPDATE jobs SET status = 'Active', version = version + 1, publications = publications + 1, posted_date = $2, expiry_date = $3, updated_at = $2 WHERE id = $1 RETURNING id`)
	move := prepare(`UPDATE applications SET status = $2, version = version + 1, updated_at = $3 WHERE id = $1 RETURNING id`)
	emit := func(ctx context.Context, tx *sqlx.Tx, kind string, now time.Time, id int64) error {
		_, err := tx.StmtxContext(ctx, event).ExecContext(ctx, employer, kind, now, fmt.Sprintf(`{"jobPostId":%d,"jobTitle":"IT Manager","status":"Active","createdAt":"2026-03-02T09:30:00Z"}`, id))
		return err
	}
	note := func(ctx context.Context, tx *sqlx.Tx, id int64, from any, to board.ApplicationStatus, now time.Time) error {
		_, err := tx.StmtxContext(ctx, history).ExecContext(ctx, id, from, to, now)
		return err
	}
	var people, published, moves atomic.Int64
	apply := func(ctx context.Context) (made int64, err error) {
		now, email := time.Now(), fmt.Sprintf("ada.%d@example.com", people.Add(1))
		return made, transaction(ctx, db, person, []any{employer, email, now}, func(tx *sqlx.Tx, id int64) error {
			if err := tx.StmtxContext(ctx, application).GetContext(ctx, &made, employer, job, id, email, now); err != nil {
				return err
			}
			if err := note(ctx, tx, made, nil, board.ApplicationNew, now); err != nil {
				return err
			}
			return emit(ctx, tx, "application.submitted", now, made)
		})
	}
	var moved []int64
	for range movable {
		id, err := apply(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		moved = append(moved, id)
	}
	done := func(c echo.Context, err error) error {
		if err != nil {
			return err
		}
		return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
	}
	e := echo.New()
	e.POST("/publish", func(c echo.Context) error {
		ctx, now := c.Request().Context(), time.Now()
		return done(c, transaction(ctx, db, publish, []any{first + published.Add(1)%int64(drafts), now, now.AddDate(0, 0, 30)}, func(tx *sqlx.Tx, id int64) error {
			return emit(ctx, tx, "job.published", now, id)
		}))
	})
	e.POST("/move", func(c echo.Context) error {
		ctx, now := c.Request().Context(), time.Now()
		id, from, to := next(moves.Add(1), moved)
		return done(c, transaction(ctx, db, move, []any{id, to, now}, func(tx *sqlx.Tx, id int64) error {
			if err := note(ctx, tx, id, from, to, now); err != nil {
				return err
			}
			return emit(ctx, tx, "application.status_changed", now, id)
		}))
	})
	e.POST("/apply", func(c echo.Context) error {
		_, err := apply(c.Request().Context())
		return done(c, err)
	})
	e.POST("/ours/apply", func(c echo.Context) error {
		_, err := h.apply(c.Request().Context())
		return done(c, err)
	})
	return e
}

// next says which application the nth move is of, and between which stages: each goes to and fro.
func next(n int64, moved []int64) (id int64, from, to board.ApplicationStatus) {
	from, to = board.ApplicationScreened, board.ApplicationInterviewed
	if n/int64(len(moved))%2 == 1 {
		from, to = to, from
	}
	return moved[n%int64(len(moved))], from, to
}

// BenchmarkHiring measures the other writes that there are many of, each against Echo and one transaction with the rows that it cannot do
// without.
func BenchmarkHiring(b *testing.B) {
	post := func(h *hiring, path string) *http.Request {
		r, err := http.NewRequest(http.MethodPost, h.beside.URL+path, nil)
		if err != nil {
			panic(err)
		}
		return r
	}
	for _, kind := range []struct {
		name string
		rig  rig
	}{{"fsync=off", rig{tenants: 1, keys: 64}}, {"fsync=on", rig{tenants: 1, keys: 64, durable: true}}} {
		b.Run(kind.name, func(b *testing.B) {
			h := setUpHiring(b, kind.rig)
			for _, write := range []struct {
				name string
				ours func(n int64) *http.Request
			}{
				{"publish", func(n int64) *http.Request {
					draft := h.published.Add(1) - 1
					if draft >= int64(len(h.drafts)) {
						panic("no draft is left to publish: there must be more for a run of this length")
					}
					return h.request(http.MethodPost, fmt.Sprintf("/api/v1/jobs/%d/publish", h.drafts[draft]), n, nil)
				}},
				{"move", func(n int64) *http.Request {
					id, _, to := next(h.moves.Add(1), h.moved)
					return h.request(http.MethodPost, fmt.Sprintf("/api/v1/applications/%d/status", id), n, []byte(`{"status":"`+string(to)+`"}`))
				}},
				{"apply", func(int64) *http.Request { return post(h, "/ours/apply") }},
			} {
				floor := func(int64) *http.Request { return post(h, "/"+write.name) }
				// A session plans a statement once in its life, which is no part of what a write costs.
				for range 3 {
					h.load(b, 32, http.StatusOK, write.ours)
					h.load(b, 32, http.StatusOK, floor)
				}
				for _, clients := range []int{1, 8, 32} {
					b.Run(fmt.Sprintf("%s/clients=%d", write.name, clients), func(b *testing.B) {
						h.against(b, clients, http.StatusOK, write.ours, floor)
					})
				}
			}
		})
	}
}
