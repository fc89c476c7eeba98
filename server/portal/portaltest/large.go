package portaltest

import (
	"database/sql"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Large is a portal whose first employer, with the admin ada@northwind.example, has so many live jobs and ten times as many
// applications, and what belongs to them: events with their deliveries, requests, interviews, a ledger and an audit log. Rows are
// written beside the store: through it, they would take an hour.
func Large(t testing.TB, jobs int) (*Browser, *sql.DB) {
	t.Helper()
	url, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	site := NewOver(t, s, clock)
	b := site.Browser().SignUp("Northwind", "ada@northwind.example")
	b.AddWebhook("https://ats.example/hook", "application.submitted", "job.published")
	b.Post("/employer/keys", b.KeyForm("Bullhorn"))
	db := fixture.Raw(t, url)
	pastPartitions(t, url, clock)
	for _, statement := range largeEmployer {
		fixture.MustExec(t, db, statement, jobs, clock.Now())
		fixture.MustExec(t, db, `ANALYZE`)
	}
	fixture.ImportAll(t, s, fixture.People(t, 1, max(10, jobs/10)))
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	return b, db
}

// Fill adds so many live jobs to the first employer, with all that belongs to them, as Large does. The employer has a webhook and a key.
func (s *Site) Fill(jobs int) {
	s.T.Helper()
	for _, statement := range largeEmployer {
		fixture.MustExec(s.T, s.db, statement, jobs, s.Clock.Now())
	}
}

// day is 24 hours.
const day = 24 * time.Hour

// pastPartitions makes the partitions of the days behind, as a program would have that has run so long.
func pastPartitions(t testing.TB, url string, clock *storetest.Clock) {
	t.Helper()
	now := clock.Now()
	options := storetest.Options(clock)
	for at := now.Add(-board.EventRetention + day); at.Before(now); at = at.Add(day) {
		options.Now = func() time.Time { return at }
		s, err := store.Open(url, options)
		if err == nil {
			err = s.Outbox.MaintainPartitions(t.Context())
		}
		if err == nil && now.Sub(at) <= 7*day {
			err = s.Accounts.MaintainPartitions(t.Context())
		}
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// largeEmployer fills the tables of employer 1. Every statement takes the number of jobs and the time. A quarter of the
// applications are for the 25 newest jobs, which are on the first page of a list; more than half are new.
var largeEmployer = []string{
	`INSERT INTO jobs (employer_id, mode, status, version, title, reference, description, city, country_code, employment_type, remote_type, seniority,
       apply_method, salary_min, salary_max, salary_currency, salary_period, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date)
SELECT 1, 'live', CASE WHEN n % 20 = 0 THEN 'Draft' WHEN n % 10 < 6 THEN 'Active' WHEN n % 10 < 9 THEN 'Expired' ELSE 'Deactivated' END, 1,
       'IT Manager ' || n, 'REF-' || n, repeat('<p>Lead the team and the budget.</p>', 40), (ARRAY['Leeds', 'London', 'Bristol'])[1 + n % 3], 'GB', 'FullTime',
       'HybridRemote', 'Manager', 'DirectApply', 70000, 90000, 'GBP', 'Year', '{ITIL,Azure}', '{}', 1, x.at AS created_at, x.at AS updated_at, x.at AS posted_date, $2::timestamptz + n % 60 * interval '1 day'
  FROM generate_series(1, $1) n, LATERAL (SELECT $2::timestamptz - ($1 - n) * interval '1 minute' AS at) x`,
	`INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, email, source, created_at, updated_at, title, skills, city, country, years_experience)
SELECT 1, 'live', 'New', 1, (ARRAY['Grace', 'Bob', 'Carol', 'Dan', 'Erin'])[1 + n % 5], 'Hopper ' || n, 'person' || n || '@people.example', 'Form', $2::timestamptz - ($1 * 5 - n) * interval '10 seconds',
       $2::timestamptz - ($1 * 5 - n) * interval '10 seconds', 'IT Manager', ARRAY['ITIL', (ARRAY['Azure', 'AWS', 'Cisco'])[1 + n % 3]], 'Leeds', 'GB', n % 30
  FROM generate_series(1, $1 * 5) n`,
	`INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, cover_letter, applied_at, updated_at, rating)
SELECT 1, 'live', j.id, c.id, 'DirectApply', CASE WHEN n % 5 < 3 THEN 'New' ELSE (ARRAY['Screened', 'Interviewed', 'Offered', 'Hired', 'Rejected', 'Withdrawn'])[1 + n / 5 % 6] END,
       1, c.first_name, c.last_name, c.email, repeat('I have run IT for ten years. ', 20), x.at AS applied_at, x.at AS updated_at, nullif(n % 6, 0)
  FROM generate_series(1, $1 * 10) n
  JOIN jobs j ON j.id = (SELECT max(id) FROM jobs) - CASE WHEN n % 4 = 0 THEN n / 4 % least(25, $1) ELSE n % $1 END
  JOIN candidates c ON c.id = (SELECT max(id) FROM candidates) - CASE WHEN n % 4 = 0 THEN n / 4 ELSE (n + n / ($1 * 5)) % ($1 * 5) END,
       LATERAL (SELECT $2::timestamptz - ($1 * 10 - n) * interval '5 seconds' AS at) x
 ORDER BY n ON CONFLICT DO NOTHING`,
	`INSERT INTO application_history (application_id, to_status, reason, actor_kind, created_at) SELECT id, 'New', '', 'candidate', applied_at FROM applications WHERE $1 > 0 AND applied_at <= $2`,
	`INSERT INTO interviews (employer_id, mode, candidate_id, job_id, status, version, sequence, starts_at, duration_minutes, time_zone, location, meeting_url, notes, interviewers, calendar_uid, organizer, created_at, updated_at)
SELECT 1, 'live', candidate_id, job_id, 'Scheduled', 1, 0, $2::timestamptz + (id - $1 / 2) * interval '20 minutes', 45, 'Europe/London', 'Room 5', '', '', '[]', 'uid-' || id, 'jobs@northwind.example', applied_at, applied_at
  FROM applications WHERE employer_id = 1 ORDER BY id LIMIT $1`,
	`WITH head AS (UPDATE event_heads SET last = last + $1 * 10 WHERE employer_id = 1 AND mode = 'live' RETURNING last - $1 * 10 AS last),
     made AS (INSERT INTO events (id, employer_id, mode, seq, type, created_at, data)
       SELECT nextval('event_ids'), 1, 'live', coalesce((SELECT last FROM head), 0) + n, CASE WHEN n % 10 = 0 THEN 'job.published' ELSE 'application.submitted' END,
              $2::timestamptz - ($1 * 10 - n) * interval '20 seconds', json_build_object('jobId', 1 + n % $1, 'applicationId', n)
         FROM generate_series(1, $1 * 10) n RETURNING id, created_at)
INSERT INTO deliveries (id, subscription_id, subject_id, created_at) SELECT nextval('delivery_ids'), 1, id, created_at FROM made`,
	`INSERT INTO event_heads (employer_id, mode, last) SELECT 1, 'live', max(seq) FROM events WHERE employer_id = 1 AND mode = 'live' AND $1 > 0 AND created_at <= $2
    ON CONFLICT DO NOTHING`,
	`INSERT INTO delivery_attempts (delivery_id, created_at, subscription_id, subject_id, started_at, number, status, dns_us, connect_us, tls_us, first_byte_us, total_us, outcome, stage, error, excerpt)
SELECT id, created_at, 1, subject_id, created_at, 1, 200, 0, 10, 10, 300, 400, CASE WHEN id % 500 = 0 THEN 'DeadLetter' ELSE 'Delivered' END, '', '', 'ok' FROM deliveries WHERE subscription_id = 1 AND $1 > 0 AND created_at <= $2
    ON CONFLICT DO NOTHING`,
	`INSERT INTO delivery_hours (subscription_id, hour, delivered, failed)
SELECT 1, date_trunc('hour', created_at), count(*), 0 FROM deliveries WHERE subscription_id = 1 AND $1 > 0 AND created_at <= $2 GROUP BY 2 ON CONFLICT DO NOTHING`,
	`INSERT INTO api_requests (id, employer_id, mode, key_id, request_id, method, route, status, code, took_us, created_at)
SELECT nextval('api_request_ids'), 1, 'live', 1, 'req-' || n, 'GET', '/api/v1/jobs', CASE WHEN n % 50 = 0 THEN 404 ELSE 200 END, '', 900, $2::timestamptz - ($1 * 10 - n) * interval '5 seconds'
  FROM generate_series(1, $1 * 10) n`,
	`INSERT INTO credit_entries (employer_id, mode, kind, delta, balance_after, reason, job_id, publication, created_at)
SELECT 1, 'live', 'JobPosting', -1, $1, 'Publish', id, 1, created_at FROM jobs WHERE employer_id = 1 AND created_at <= $2 ORDER BY id ON CONFLICT DO NOTHING`,
	`INSERT INTO audit_entries (employer_id, number, at, mode, actor, actor_id, action, objects, address, hash)
SELECT 1, h.last + n, $2::timestamptz, 'live', 'User', 1, 'publishJob', ARRAY['jobs/' || n], '192.0.2.1', sha256(convert_to(n::text, 'UTF8')) FROM audit_heads h, generate_series(1, $1) n WHERE h.employer_id = 1`,
	`UPDATE audit_heads SET last = last + $1 WHERE employer_id = 1 AND $2::timestamptz IS NOT NULL`,
}
