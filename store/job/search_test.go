package job_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestJobsAreFoundByWhatPeopleLookFor(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := t.Context()
	tenant := fixture.Account(t, s, "find@northwind.example", 20)
	publish := func(title, city, country, description string, change func(*board.JobPatch)) board.Job {
		p := fixture.Complete(title)
		p.City, p.Country, p.Description = board.Set(city), board.Set(country), board.Set(description)
		p.RemoteType, p.Seniority, p.RequiredSkills = board.Clear[board.RemoteType](), board.Clear[board.Seniority](), board.Clear[[]string]()
		if change != nil {
			change(&p)
		}
		clock.Advance(time.Minute)
		return fixture.Public(t, s, tenant, p)
	}
	salary := func(low int64, currency string, period board.SalaryPeriod) board.Change[board.SalaryPatch] {
		return board.Set(board.SalaryPatch{Min: board.Set(low * 100), Currency: board.Set(currency), Period: board.Set(period)})
	}
	publish("DevOps Engineer", "London", "United Kingdom", "<p>Pipelines on Kubernetes.</p>", func(p *board.JobPatch) {
		p.Seniority, p.Salary = board.Set(board.Senior), salary(95_000, "GBP", board.PerYear)
	})
	publish("Head of IT", "Leeds", "United Kingdom", "<p>Run our service desk in a united team.</p>", func(p *board.JobPatch) {
		p.Salary = salary(400, "GBP", board.PerDay)
	})
	publish("Developer", "Berlin", "Germany", "<p>It is fun here.</p>", func(p *board.JobPatch) {
		p.RemoteType, p.RequiredSkills = board.Set(board.FullyRemote), board.Set([]string{"C#", ".NET"})
	})
	publish("Inge\u0301nieur syste\u0300me", "Bradford", "United Kingdom", "<p>C++</p>", func(p *board.JobPatch) { p.EmploymentType = board.Set(board.Contract) })
	gone := publish("DevOps Lead", "London", "United Kingdom", "<p>Kubernetes</p>", nil)
	if _, err := s.Jobs.Deactivate(ctx, tenant, gone.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}

	titles := func(q publication.Search) []string {
		t.Helper()
		q.Limit = 10
		page, err := s.Jobs.SearchJobs(ctx, q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		var list []string
		for _, l := range page.Listings {
			list = append(list, l.Job.Title)
		}
		if page.Total != len(list) || page.Capped {
			t.Errorf("%+v: total %d of %d, capped %t", q, page.Total, len(list), page.Capped)
		}
		slices.Sort(list)
		return list
	}
	for _, tc := range []struct {
		q    publication.Search
		want string
	}{
		{publication.Search{Q: "IT"}, "Head of IT"},
		{publication.Search{Q: "title:it"}, "Head of IT"},
		{publication.Search{Q: "skill:it OR title:kubernetes"}, ""},
		{publication.Search{Q: "title:engin* OR skill:c#"}, "DevOps Engineer Developer"},
		{publication.Search{Q: "northwind -title:engineer -skill:c#"}, "Head of IT Ingénieur système"},
		{publication.Search{Q: `title:"devops engineer" OR "devops engineers pipelines"`}, "DevOps Engineer"},
		{publication.Search{Q: `"service des*"`}, "Head of IT"},
		{publication.Search{Q: `"engineer northwind"`}, "DevOps Engineer"},
		{publication.Search{Q: `"desk service" OR "head it"`}, ""},
		{publication.Search{Q: "“desk service” | “united team”"}, "Head of IT"},
		{publication.Search{Q: `northwind -"service desk" -"head of" -title:developer`}, "DevOps Engineer Ingénieur système"},
		{publication.Search{Q: "kubernetes"}, "DevOps Engineer"},
		{publication.Search{Q: "k8s"}, "DevOps Engineer"},
		{publication.Search{Q: "remote"}, "Developer"},
		{publication.Search{Q: "devops london"}, "DevOps Engineer"},
		{publication.Search{Q: "c#"}, "Developer"},
		{publication.Search{Q: "C++"}, "Ingénieur système"},
		{publication.Search{Q: "ingenieur"}, "Ingénieur système"},
		{publication.Search{Q: "Ingénieur Système"}, "Ingénieur système"},
		{publication.Search{Q: "northwind –london –berlin !it"}, "Ingénieur système"},
		{publication.Search{Q: "devops | developer"}, "DevOps Engineer Developer"},
		{publication.Search{Q: "“service desk”"}, "Head of IT"},
		{publication.Search{Place: "Leeds", RadiusKm: 5}, "Head of IT"},
		{publication.Search{Place: "Leeds"}, "Head of IT Ingénieur système"},
		{publication.Search{Place: "Leeds, United Kingdom", RadiusKm: 100, Q: "engineer OR ingenieur"}, "Ingénieur système"},
		{publication.Search{Place: "Germany"}, "Developer"},
		{publication.Search{Place: "UK", EmploymentType: board.Contract}, "Ingénieur système"},
		{publication.Search{RemoteType: board.FullyRemote}, "Developer"},
		{publication.Search{Seniority: board.Senior}, "DevOps Engineer"},
		{publication.Search{SalaryStep: 5}, "DevOps Engineer Head of IT"},
		{publication.Search{SalaryStep: 6}, ""},
		{publication.Search{PostedWithin: 3 * time.Minute}, "Developer Ingénieur système"},
	} {
		if got := strings.Join(titles(tc.q), " "); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.q, got, tc.want)
		}
	}
	publish("Sr. Dev, Node.js", "Bad Zurzach", "Switzerland", "<p>Fine.</p>", nil)
	publish("Cloud Architect", "Muenchen", "Germany", "<p>Fine.</p>", func(p *board.JobPatch) { p.Seniority = board.Set(board.Junior) })
	clock.Advance(time.Hour)
	publish("Technical Architect", "Frankfurt a. M.", "Germany", "<p>Cloud architect, cloud architects, cloud, AWS architect, cloud.</p>", nil)
	for _, tc := range []struct {
		q    publication.Search
		want string
	}{
		{publication.Search{Q: "senior developer"}, "Sr. Dev, Node.js"},
		{publication.Search{Q: "sr. dev"}, "Sr. Dev, Node.js"},
		{publication.Search{Q: "node.js jobs in switzerland"}, "Sr. Dev, Node.js"},
		{publication.Search{Q: "architect in munich"}, "Cloud Architect"},
		{publication.Search{Q: "München"}, "Cloud Architect"},
		{publication.Search{Q: "entry level"}, "Cloud Architect"},
		{publication.Search{Place: "Munich"}, "Cloud Architect"},
		{publication.Search{Place: "Frankfurt/Main"}, "Technical Architect"},
		{publication.Search{Place: "bad zurzach"}, "Sr. Dev, Node.js"},
		{publication.Search{Place: "Bad Zurzach, Schweiz"}, "Sr. Dev, Node.js"},
		{publication.Search{Place: "Bad Zurzach, Switzerland", Q: "node.js"}, "Sr. Dev, Node.js"},
	} {
		if got := strings.Join(titles(tc.q), " "); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.q, got, tc.want)
		}
	}
	publish("Führungskraft", "Leeds", "United Kingdom", "<p>Aerztin</p>", nil)
	for q, want := range map[string]string{"Fuehrungskraft": "Führungskraft", "Führungskraftin": "Führungskra*", "Ärztin": "", "zylophonist": ""} {
		page, err := s.Jobs.SearchJobs(ctx, publication.Search{Q: q, Limit: 10})
		if found := q == "Ärztin"; err != nil || page.DidYouMean != want || (page.Total == 1) != found {
			t.Errorf("%s: %d jobs, did you mean %q, %v", q, page.Total, page.DidYouMean, err)
		}
	}
	if page, err := s.Jobs.SearchJobs(ctx, publication.Search{Q: "cloud architect", Limit: 10}); err != nil || len(page.Listings) != 2 || page.Listings[0].Job.Title != "Cloud Architect" {
		t.Errorf("cloud architect: %+v, %v", page.Listings, err)
	}
	for field, q := range map[string]publication.Search{"q": {Q: "devops ODER java"}, "place": {Place: "Zorblaxia"}} {
		_, err := s.Jobs.SearchJobs(ctx, q)
		e, ok := errors.AsType[*board.Error](err)
		if !ok || e.Code != board.CodeInvalidRequest || len(e.Fields) != 1 || e.Fields[0].Field != field {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if page, err := s.Jobs.SearchJobs(ctx, publication.Search{Q: "kuberntes", Limit: 10}); err != nil || page.Total != 0 || page.DidYouMean != "kubernetes" {
		t.Errorf("misspelt: %+v, %v", page, err)
	}
	if _, err := s.Accounts.UpdateEmployer(ctx, tenant.EmployerID, board.EmployerProfile{Name: "Contoso R"}); err != nil {
		t.Fatal(err)
	}
	if got := len(titles(publication.Search{Q: "contoso"})); got != 8 || len(titles(publication.Search{Q: "northwind"})) != 0 || len(titles(publication.Search{RemoteType: board.FullyRemote})) != 1 ||
		len(titles(publication.Search{Q: "r"})) != 8 || len(titles(publication.Search{Q: "it"})) != 1 {
		t.Errorf("%d jobs are found by the new name of the employer", got)
	}
	clock.Advance(31 * 24 * time.Hour)
	if _, err := s.Jobs.ExpireDue(ctx, 100); err != nil {
		t.Fatal(err)
	}
	if got := titles(publication.Search{Q: "contoso"}); len(got) != 0 {
		t.Errorf("found after their date: %v", got)
	}
}

func TestHitsAreRankedAndCounted(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "rank@northwind.example", 20)
	for i, title := range []string{"Terraform Engineer", "Platform Engineer", "Cloud Engineer"} {
		p := fixture.Complete(title)
		p.Description = board.Set("<p>Terraform is welcome.</p>")
		p.RequiredSkills = board.Set([]string{"Go"})
		if i == 1 {
			p.RequiredSkills, p.RemoteType = board.Set([]string{"Terraform"}), board.Set(board.FullyRemote)
			p.Salary = board.Set(board.SalaryPatch{Min: board.Set[int64](500_00), Currency: board.Set("GBP"), Period: board.Set(board.PerDay)})
		}
		clock.Advance(time.Hour)
		fixture.Public(t, s, tenant, p)
	}
	page, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Q: "terraform", Limit: 2})
	if err != nil || page.Total != 3 || len(page.Listings) != 2 || page.Listings[0].Job.Title != "Terraform Engineer" || page.Listings[1].Job.Title != "Platform Engineer" {
		t.Errorf("%+v, %v", page, err)
	}
	newest, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Q: "terraform", Sort: publication.SortNewest, Limit: 1})
	if err != nil || newest.Listings[0].Job.Title != "Cloud Engineer" {
		t.Errorf("the newest: %+v, %v", newest, err)
	}
	for q, want := range map[string]string{"": "Platform Engineer", "terraform": "Platform Engineer", "terraform -title:platform": "Cloud Engineer"} {
		paid, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Q: q, Sort: publication.SortSalary, Limit: 1})
		if err != nil || len(paid.Listings) != 1 || paid.Listings[0].Job.Title != want {
			t.Errorf("the best paid of %q: %+v, %v", q, paid, err)
		}
	}
	if last, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Sort: publication.SortSalary, Offset: 2, Limit: 1}); err != nil || last.Total != 3 || last.Listings[0].Job.Title != "Terraform Engineer" {
		t.Errorf("the worst paid: %+v, %v", last, err)
	}
	all, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, facets := range [][]publication.Facet{page.Facets, all.Facets} {
		for _, want := range []publication.Facet{{Filter: publication.FacetRemote, Value: "FullyRemote", Count: 1}, {Filter: publication.FacetEmployment, Value: "FullTime", Count: 3}, {Filter: publication.FacetPosted, Value: "1", Count: 3}} {
			if !slices.Contains(facets, want) {
				t.Errorf("no %+v in %+v", want, facets)
			}
		}
	}
	if diff := cmp.Diff(3, all.Total); diff != "" {
		t.Error(diff)
	}
}

// Of many jobs the newest are looked at first; a search with fewer hits than are ranked finds them in all of them.
func TestASearchOfManyJobs(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := fixture.Account(t, s, "many@northwind.example", 20)
	const jobs = 10_400
	fixture.MustExec(t, fixture.Raw(t, url), `
WITH made AS (
  INSERT INTO jobs (employer_id, mode, status, version, title, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date)
  SELECT $1, 'live', 'Active', 1, 'Job ' || n, '{}', '{}', 1, a, b, c, c + interval '1 year'
    FROM generate_series(1, $2::int) n, LATERAL (SELECT $3::timestamptz - n * interval '1 minute' AS a) x, LATERAL (SELECT a AS b, a AS c) y
  RETURNING id, title, posted_date, expiry_date)
INSERT INTO job_index (job_id, posted_date, expiry_date, employment_type, remote_type, seniority, salary_step, salary_year, terms)
SELECT id, posted_date, expiry_date, '', '', '', 0, substr(title, 5)::int % 10300 * 10,
       to_tsvector('cv', title || ' common word' || CASE WHEN substr(title, 5)::int > $2 - 10 THEN ' old phrase' WHEN substr(title, 5)::int % 20 = 0 THEN ' phrase old' ELSE '' END)
  FROM made`, tenant.EmployerID, jobs, storetest.Epoch)
	for i, tc := range []struct {
		q      string
		within time.Duration
		total  int
		capped bool
		first  string
	}{
		{"common", 0, 500, true, "Job 1"},
		{`"common word"`, 0, 500, true, "Job 1"},
		{`"word common"`, 0, 0, false, ""},
		{"old", 0, 500, true, "Job 20"},
		{`"phrase old"`, 0, 500, true, "Job 20"},
		{`"old phrase"`, 0, 10, false, "Job 10391"},
		{"old NOT common", 0, 0, false, ""},
		{`common NOT "phrase old"`, 0, 500, true, "Job 1"},
		{`"phrase old"`, 3 * time.Hour, 8, false, "Job 20"},
		{`"phrase old"`, 8 * 24 * time.Hour, 500, true, "Job 20"},
		{"common", 24 * time.Hour, 500, true, "Job 1"},
		{"common", 0, 500, true, "Job 10299"},
		{`"phrase old"`, 0, 500, true, "Job 10280"},
		{`"old phrase"`, 0, 10, false, "Job 10400"},
		{`"old phrase" OR "phrase old"`, 0, 500, true, "Job 10280"},
		{`"word common"`, 0, 0, false, ""},
		{`"phrase old"`, 3 * time.Hour, 8, false, "Job 160"},
	} {
		order := publication.SortNewest
		if i >= 11 {
			order = publication.SortSalary
		}
		page, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Q: tc.q, PostedWithin: tc.within, Sort: order, Limit: 1})
		first := ""
		if len(page.Listings) > 0 {
			first = page.Listings[0].Job.Title
		}
		if err != nil || page.Total != tc.total || page.Capped != tc.capped || first != tc.first {
			t.Errorf("%s within %v: %d, %t, %q, %v", tc.q, tc.within, page.Total, page.Capped, first, err)
		}
	}
}

// The counts of all jobs are counted for those who come later: who comes when they are old sees the old ones.
func TestNobodyWaitsForTheCountsOfAllJobs(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	tenant := fixture.Account(t, s, "counts@northwind.example", 20)
	db := fixture.Raw(t, url)
	add := func(jobs int) {
		fixture.MustExec(t, db, `
INSERT INTO jobs (employer_id, mode, status, version, title, required_skills, optional_skills, publications, created_at, updated_at, posted_date, expiry_date)
SELECT $1, 'live', 'Active', 1, 'Job ' || n, '{}', '{}', 1, a, b, c, c + interval '1 year' FROM generate_series(1, $2::int) n, (SELECT $3::timestamptz AS a, $3::timestamptz AS b, $3::timestamptz AS c) x`,
			tenant.EmployerID, jobs, storetest.Epoch)
	}
	total := func() int {
		page, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	add(1001)
	want := func(when string, n int) {
		if got := total(); got != n {
			t.Fatalf("%s: %d jobs, want %d", when, got, n)
		}
	}
	want("at first", 1001)
	add(1)
	want("while the counts are kept", 1001)
	clock.Advance(time.Minute)
	want("when they are old", 1001)
	for began := time.Now(); total() != 1002; {
		if time.Since(began) > time.Minute {
			t.Fatal("the counts were not counted within a minute")
		}
	}
	add(1)
	clock.Advance(time.Hour)
	want("when they are too old", 1003)
}

// A job that is published while its employer gets another name is written before the name is there, and committed after it was looked for.
func TestAJobIsFoundByTheNameThatItsEmployerGetsMeanwhile(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "renamed@northwind.example", 1)
	draft := fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	renamed := make(chan error, 1)
	err := s.WithTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, draft.ID, nil, board.Precondition{}); err != nil {
			return err
		}
		go func() {
			_, err := s.Accounts.UpdateEmployer(t.Context(), tenant.EmployerID, board.EmployerProfile{Name: "Zephyrine"})
			renamed <- err
		}()
		for len(renamed) == 0 && fixture.Count(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0 {
		}
		return nil
	})
	if err = errors.Join(err, <-renamed); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"Zephyrine": 1, "Northwind": 0} {
		found, err := s.Jobs.SearchJobs(t.Context(), publication.Search{Q: name, Limit: 10})
		if err != nil || found.Total != want {
			t.Errorf("%d jobs are found by %s, %v; want %d", found.Total, name, err, want)
		}
	}
}

// Each place on the rim of a circle is in one of its square degrees, up to the poles.
func TestTheSquareDegreesOfACircleHoldAllOfIt(t *testing.T) {
	t.Parallel()
	const earth, degree = 6371.0, math.Pi / 180
	for _, radius := range []float64{1, 50, publication.MaxRadiusKm} {
		for _, lat := range []float64{-89.9, -53.1, 0, 53.1, 69.6, 89.9} {
			for _, lon := range []float64{-179.99, 0.004, 3.4, 179.5} {
				cells := job.Cells(lat, lon, radius)
				for bearing := range 3600 {
					sin, cos := math.Sincos(float64(bearing) / 10 * degree)
					far := radius / earth
					at := math.Asin(math.Sin(lat*degree)*math.Cos(far) + math.Cos(lat*degree)*math.Sin(far)*cos)
					turned := math.Atan2(sin*math.Sin(far)*math.Cos(lat*degree), math.Cos(far)-math.Sin(lat*degree)*math.Sin(at))
					if there := job.Cell(at/degree, lon+turned/degree); !slices.Contains(cells, there) {
						t.Fatalf("%v km around %v, %v: the square degree %s is missing", radius, lat, lon, there)
					}
				}
			}
		}
	}
}

// A job is indexed anew for another name of its employer alone: that waits for all its jobs.
func TestAnEmployerWithTheSameNameLeavesItsJobsAlone(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "phone@northwind.example", 1)
	fixture.Public(t, s, tenant, fixture.Complete("IT Manager"))
	written := func() int { return fixture.Count(t, db, `SELECT max(xmin::text::bigint) FROM job_index`) }
	before := written()
	for _, p := range []board.EmployerProfile{{Name: "Northwind", Phone: "+44 20 7946 0000"}, {Name: "Zephyrine", Phone: "+44 20 7946 0000"}} {
		if _, err := s.Accounts.UpdateEmployer(t.Context(), tenant.EmployerID, p); err != nil {
			t.Fatal(err)
		}
		if again := written() != before; again != (p.Name != "Northwind") {
			t.Errorf("indexed anew as %s: %t", p.Name, again)
		}
	}
}
