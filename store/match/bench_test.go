package match_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/taxonomy"
)

// BenchmarkMatches compares jobs with a CV database of a million people, and people who arrive with 200 jobs. The floor
// is a bare scan of the people's table in the same run. With -short it takes few of both.
func BenchmarkMatches(b *testing.B) {
	people, arrived, jobs := 1_000_000, 10_000, 200
	if testing.Short() {
		people, arrived, jobs = 1000, 100, 5
	}
	url := storetest.URL(b)
	options := storetest.Options(storetest.NewClock())
	options.Now = time.Now
	s := storetest.Open(b, url, options)
	db, err := sql.Open("postgres", url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	manyPeople(b, db, people)
	began := time.Now()
	compute(b, s)
	indexed := float64(people) / time.Since(began).Seconds()
	if _, err := db.ExecContext(b.Context(), `VACUUM ANALYZE`); err != nil {
		b.Fatal(err)
	}
	tenant := benchTenant(b, s)

	b.Run("one-job-against-1M", func(b *testing.B) {
		for b.Loop() {
			floor := scan(b, db)
			times := make([]time.Duration, 0, jobs)
			for i := range jobs {
				publishLike(b, s, tenant, i)
				began := time.Now()
				compute(b, s)
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[jobs/2].Milliseconds()), "p50-ms")
			b.ReportMetric(float64(times[jobs-2].Milliseconds()), "p99-ms")
			b.ReportMetric(float64(floor.Milliseconds()), "scan-ms")
			b.ReportMetric(float64(times[jobs/2])/float64(floor), "p50-of-scan")
			b.ReportMetric(float64(times[jobs-2])/float64(floor), "p99-of-scan")
			b.ReportMetric(indexed, "indexed/s")
		}
	})
	b.Run("people-against-200-jobs", func(b *testing.B) {
		for b.Loop() {
			floor := scan(b, db)
			manyPeople(b, db, arrived)
			began := time.Now()
			compute(b, s)
			took := time.Since(began)
			b.ReportMetric(float64(arrived)/took.Seconds(), "people/s")
			b.ReportMetric(float64(took)/float64(floor), "of-scan")
		}
	})
}

func compute(tb testing.TB, s *store.Store) {
	tb.Helper()
	for {
		n, err := s.Matches.Compute(tb.Context(), 1000)
		if err != nil {
			tb.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func scan(b *testing.B, db *sql.DB) time.Duration {
	b.Helper()
	began := time.Now()
	var n int
	if err := db.QueryRowContext(b.Context(), `SELECT count(*) FROM cv_candidates WHERE visibility = 'Visible'`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// manyPeople adds people to the CV database, each with most of the skills that go with a title, and a few others.
func manyPeople(b *testing.B, db *sql.DB, n int) {
	b.Helper()
	var titles, skills, cities, countries pq.StringArray
	var latitudes, longitudes pq.Float64Array
	for _, t := range taxonomy.Titles() {
		titles, skills = append(titles, t.Name), append(skills, strings.Join(t.Skills, "|"))
	}
	for _, c := range taxonomy.Cities() {
		cities, countries = append(cities, c.Name), append(countries, c.Country)
		latitudes, longitudes = append(latitudes, c.Latitude), append(longitudes, c.Longitude)
	}
	_, err := db.ExecContext(b.Context(), `
WITH made AS (
    INSERT INTO cv_candidates (mode, version, first_name, last_name, email, title, skills, experience, seniority, city, country, latitude, longitude,
           remote_type, salary_min, salary_currency, salary_period, languages, shown_text, visibility, consents, content_hash, retain_until, created_at, updated_at)
    SELECT 'live', 1, 'A', 'B', gen_random_uuid() || '@example.com', ($2::text[])[1 + p.title],
           ARRAY(SELECT k FROM unnest(string_to_array(($3::text[])[1 + p.title], '|')) k WHERE random() < 0.7 AND p.n > 0)
           || ARRAY(SELECT k FROM unnest(string_to_array(($3::text[])[1 + p.other], '|')) k WHERE random() < 0.3 AND p.n > 0),
           '[]', ('{Junior,Mid,Mid,Senior,Senior,Senior,Lead,Manager,Director,Executive}'::text[])[1 + (random() * 9)::int],
           ($4::text[])[1 + p.city], ($5::text[])[1 + p.city], ($6::float[])[1 + p.city], ($7::float[])[1 + p.city],
           ('{OnSite,HybridRemote,FullyRemote}'::text[])[1 + (random() * 3)::int],
           CASE WHEN random() < 0.6 THEN 3000000 + (random() * 9000000)::bigint END, 'GBP', 'Year', '{}', '', 'Visible', '[]', '', now() + interval '1 year',
           now(), now() - random() * interval '600 days'
      FROM (SELECT n, floor(random() * cardinality($2::text[]))::int AS title, floor(random() * cardinality($2::text[]))::int AS other,
                   floor(random() * cardinality($4::text[]))::int AS city FROM generate_series(1, $1) n) p
    RETURNING id)
INSERT INTO match_work (kind, subject_id) SELECT 'cv_candidate', id FROM made ORDER BY id`,
		n, titles, skills, cities, countries, latitudes, longitudes)
	if err != nil {
		b.Fatal(err)
	}
}

func benchTenant(b *testing.B, s *store.Store) board.Tenant {
	b.Helper()
	id, _, err := s.Accounts.CreateEmployer(b.Context(), account.NewEmployer{Name: "Northwind", Email: "bench@northwind.example"})
	if err != nil {
		b.Fatal(err)
	}
	t := board.Tenant{EmployerID: id, Mode: board.ModeLive}
	if _, err := s.Accounts.GrantCredits(b.Context(), t, account.Credits{JobPosting: 10_000}); err != nil {
		b.Fatal(err)
	}
	return t
}

// publishLike publishes one of a series of jobs of all kinds: with many skills, one, and none at all.
func publishLike(b *testing.B, s *store.Store, t board.Tenant, i int) {
	b.Helper()
	titles, cities := taxonomy.Titles(), taxonomy.Cities()
	title, city := titles[i*7%len(titles)], cities[i*3%len(cities)]
	required := min(len(title.Skills), []int{5, 1, 8, 3, 0}[i%5])
	p := fixture.Complete(title.Name)
	p.City, p.Country = board.Set(city.Name), board.Set(city.Country)
	p.RemoteType = board.Set(board.AllRemoteTypes()[i%3])
	p.RequiredSkills, p.OptionalSkills = board.Set(title.Skills[:required]), board.Set(title.Skills[required:min(len(title.Skills), required+i%4)])
	p.Seniority = board.Set(board.AllSeniorities()[i%5])
	p.Reference = board.Set(fmt.Sprintf("bench-%d-%d", i, time.Now().UnixNano()))
	job, err := s.Jobs.CreateJob(b.Context(), t, p)
	if err == nil {
		_, err = s.Jobs.Publish(b.Context(), account.Principal{Tenant: t}, job.ID, nil, board.Precondition{})
	}
	if err != nil {
		b.Fatal(err)
	}
}
