package benchtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

// url is the address of the rig's database.
func (r rig) url(b *testing.B) string {
	b.Helper()
	if !r.durable {
		return storetest.URL(b)
	}
	server, err := embedded.Start(b.Context(), embedded.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Stop(); err != nil {
			b.Error(err)
		}
	})
	if _, err := pg.MigrateUp(b.Context(), server.URL()); err != nil {
		b.Fatal(err)
	}
	return server.URL()
}

// floorWrites adds what writes are measured against: one transaction with the statements that cannot be done without, for the row
// of the job and for that of its event, prepared, and nothing that makes them exact.
func floorWrites(b *testing.B, e *echo.Echo, db *sqlx.DB, tenant board.Tenant) {
	b.Helper()
	prepare := func(query string) *sqlx.Stmt {
		b.Helper()
		stmt, err := db.Preparex(query)
		if err != nil {
			b.Fatal(err)
		}
		return stmt
	}
	// An employer of its own, so that no number of an event is given twice.
	var employer int64
	if err := db.GetContext(b.Context(), &employer, `INSERT INTO employers (name, created_at) VALUES ('Floor', now()) RETURNING id`); err != nil {
		b.Fatal(err)
	}
	job := prepare(`
INSERT INTO jobs (employer_id, mode, status, version, title, description, city, country_code, employment_type, apply_method, apply_email_address,
                  required_skills, optional_skills, publications, created_at, updated_at)
VALUES ($1, $2, 'Draft', 1, $3, $4, 'Leeds', 'GB', 'FullTime', 'EmailApply', 'jobs@northwind.example', '{}', '{}', 0, $5, $5) RETURNING id`)
	event := prepare(`
INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
VALUES (nextval('event_ids'), $1, $2, currval('event_ids'), 'job.created', $3, $4)`)
	e.POST("/jobs", func(c echo.Context) error {
		ctx, now := c.Request().Context(), time.Now()
		tx, err := db.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		var id int64
		if err := tx.StmtxContext(ctx, job).GetContext(ctx, &id, employer, tenant.Mode, "IT Manager", "<p>Run the team.</p>", now); err != nil {
			return err
		}
		data := fmt.Sprintf(`{"jobPostId":%d,"jobTitle":"IT Manager","status":"Draft","createdAt":"2026-03-02T09:30:00Z"}`, id)
		if _, err := tx.StmtxContext(ctx, event).ExecContext(ctx, employer, tenant.Mode, now, data); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
	})
}

// BenchmarkCreateJob has the goal 0.6 of Echo with one transaction that inserts the rows of the job and of its event, and that
// many clients get no less done than few.
func BenchmarkCreateJob(b *testing.B) {
	body, err := json.Marshal(map[string]any{
		"title": "IT Manager", "description": "<p>Run the team.</p>", "city": "Leeds", "country": "United Kingdom",
		"employmentType": "FullTime", "applyMethod": "EmailApply", "applyEmailAddress": "jobs@northwind.example",
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []struct {
		name string
		rig  rig
	}{
		{"fsync=off", rig{tenants: 1, keys: 64}},
		{"fsync=on", rig{tenants: 1, keys: 64, durable: true}},
		{"fsync=on,hundred-tenants", rig{tenants: 100, keys: 100, durable: true}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			f := setUp(b, kind.rig)
			for _, clients := range []int{1, 8, 32, 128} {
				b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
					f.against(b, clients, http.StatusCreated,
						func(n int64) *http.Request { return f.request(http.MethodPost, "/api/v1/jobs", n, body) },
						func(int64) *http.Request { return f.floorPost("/jobs", body) })
				})
			}
		})
	}
}
