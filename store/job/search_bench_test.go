package job_test

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/storetest"
)

// BenchmarkSearchOf100000Jobs says how long searches of the public page take with so many open jobs.
func BenchmarkSearchOf100000Jobs(b *testing.B) {
	jobs := 100_000
	if testing.Short() {
		jobs = 2000
	}
	url := storetest.URL(b)
	s := storetest.Open(b, url, storetest.Options(storetest.NewClock()))
	employer, _, err := s.Accounts.CreateEmployer(b.Context(), account.NewEmployer{Name: "Northwind", Email: "many@northwind.example"})
	if err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("postgres", url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	// Which words come together differs from job to job.
	words := `(ARRAY['kubernetes','terraform','python','java','csharp','aws','azure','linux','security','network','scrum','sap','react','golang','data'])[1 + (n * 7 + k * (1 + n % 6) + n / 11) % 15]`
	epoch := storetest.Epoch.Format(time.RFC3339)
	for _, statement := range []string{
		`INSERT INTO jobs (employer_id, mode, status, version, title, reference, description, city, country_code, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date)
SELECT ` + strconv.FormatInt(employer, 10) + `, 'live', 'Active', 1, 'Engineer ' || n, 'R' || n, repeat('Run the platform. ', 60), 'Leeds', 'GB', '{}', ARRAY[]::text[], 1, t, a.t, t, a.t + interval '400 days'
  FROM generate_series(1, ` + strconv.Itoa(jobs) + `) n, LATERAL (SELECT timestamptz '` + epoch + `' - n * interval '25 seconds' AS t) a`,
		`INSERT INTO job_index (job_id, posted_date, expiry_date, employment_type, remote_type, seniority, salary_step, salary_year, latitude, longitude, terms)
SELECT j.id, j.posted_date, j.expiry_date, 'FullTime', (ARRAY['OnSite','HybridRemote','FullyRemote'])[1 + n % 3], 'Senior', n % 7, n * 7919 % 150 * 1000, 50 + n % 10, n % 9,
       setweight(to_tsvector('cv', 'engineer ' || CASE WHEN n % 50 = 6 THEN 'go ' ELSE '' END || (ARRAY['manager','lead','developer','architect'])[1 + n % 4]), 'A')
       || setweight(to_tsvector('cv', (SELECT string_agg(` + words + `, ' ') FROM generate_series(1, 4) k)), 'B')
       || to_tsvector('cv', (SELECT string_agg('w' || (n * 31 + k * k * 17) % 5000, ' ') FROM generate_series(1, 220) k) || ' leeds team work')
       || ('''~r:' || (ARRAY['OnSite','HybridRemote','FullyRemote'])[1 + n % 3] || ''':1 ''~g:' || (50 + n % 10) || ' ' || (n % 9) || ''':1 ''~e:FullTime'':1 ''~l:Senior'':1')::tsvector
       || to_tsvector('cv', CASE n % 40 WHEN 0 THEN 'go to market' ELSE '' END || CASE n % 997 WHEN 5 THEN ' night shift' ELSE '' END)
  FROM (SELECT id, posted_date, expiry_date, row_number() OVER (ORDER BY id) AS n FROM jobs) j`,
		// The second one of the index marks what the first could not, because others were reading.
		`VACUUM ANALYZE jobs`, `VACUUM ANALYZE job_index`, `VACUUM job_index`,
	} {
		if _, err := db.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	for name, q := range map[string]publication.Search{
		"all":               {},
		"the last page":     {Offset: jobs - 20},
		"a common word":     {Q: "engineer"},
		"a tenth":           {Q: "kubernetes"},
		"a few":             {Q: "kubernetes terraform manager"},
		"a rare word":       {Q: "w4711"},
		"nobody":            {Q: "zorblax"},
		"without":           {Q: "kubernetes –java"},
		"two filters":       {RemoteType: board.FullyRemote, SalaryStep: 0, Q: "python OR golang"},
		"a place":           {Place: "Brussels", RadiusKm: 80},
		"a place, a word":   {Place: "Brussels", RadiusKm: 150, Q: "kubernetes"},
		"a filter":          {RemoteType: board.FullyRemote},
		"a week":            {PostedWithin: 7 * 24 * time.Hour, Q: "sap"},
		"two words":         {Q: "kubernetes engineer"},
		"near, a word":      {Place: "Frankfurt", RadiusKm: 60, Q: "kubernetes"},
		"three filters":     {RemoteType: board.FullyRemote, EmploymentType: board.FullTime, Seniority: board.Senior, Q: "engineer"},
		"a phrase, NOT":     {Q: `"engineer lead" NOT java`},
		"a rare phrase":     {Q: `"night shift"`},
		"an everyday word":  {Q: "go developer"},
		"the newest":        {Q: "kubernetes OR terraform", Sort: publication.SortNewest},
		"the best paid":     {Sort: publication.SortSalary, Q: "engineer"},
		"the best paid few": {Sort: publication.SortSalary, Q: `"night shift" OR w4711`},
		"all, best paid":    {Sort: publication.SortSalary, Offset: jobs / 2},
		"a title":           {Q: "title:architect skill:sap"},
		"page 10":           {Q: "kubernetes", Offset: 180},
		"misspelt":          {Q: "kuberntes"},
	} {
		b.Run(name, func(b *testing.B) {
			q.Limit = 20
			var took []time.Duration
			var total int
			for b.Loop() {
				began := time.Now()
				page, err := s.Jobs.SearchJobs(context.Background(), q)
				if err != nil {
					b.Fatal(err)
				}
				total, took = page.Total, append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(total), "hits")
			if total == 0 && !testing.Short() && name != "nobody" && name != "misspelt" {
				b.Error("finds nothing, so its time says nothing")
			}
		})
	}
}
