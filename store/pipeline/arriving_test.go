package pipeline_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// arriveTogether sends applications for a job while the head of its events is held: all but the first in one transaction. It returns what
// becomes of each, and of those that a second transaction takes by themselves no order is known.
func arriveTogether(t *testing.T, s *store.Store, raw *sql.DB, job board.Job, all ...pipeline.ApplyParams) []string {
	t.Helper()
	tx, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT FROM event_heads WHERE employer_id = $1 FOR UPDATE`, job.EmployerID); err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(all))
	var wg sync.WaitGroup
	for i, p := range all {
		wg.Go(func() { got[i] = outcome(s.Pipeline.Apply(t.Context(), p)) })
		fixture.UntilWaiting(t, raw, 1)
		for late := time.Now().Add(time.Minute); s.Pipeline.WaitingArrivals(job) != i; {
			if time.Now().After(late) {
				t.Fatalf("%d wait, want %d", s.Pipeline.WaitingArrivals(job), i)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	return got
}

func outcome(a pipeline.Application, err error) string {
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%d of %s, candidate %d, %s %s", a.ID, a.Applicant.Email, a.CandidateID, a.Type, a.Status)
	if a.CV != nil {
		text += " with " + a.CV.Name
	}
	return text
}

// people are applications of new people in the order of their addresses, with and without what an application may have.
func people(job board.Job) []pipeline.ApplyParams {
	all := make([]pipeline.ApplyParams, 6)
	for i := range all {
		all[i] = fixture.Ada(job)
		all[i].Applicant.Email = fmt.Sprintf("ada.%d@example.com", i)
	}
	all[1].CV, all[1].Applicant.Phone, all[1].Applicant.CoverLetter, all[1].Trace = nil, "", "", board.Trace{}
	all[2].CV = &board.Upload{Name: "cv.txt", Bytes: []byte("Head of Platform Engineering\nManchester, United Kingdom\nSkills: Kubernetes, Go\n12 years of experience")}
	all[3].Applicant.FirstName, all[3].Applicant.Email = `Zoë "Z" <b>`, "Ada.3@Example.com"
	all[4].Source, all[4].Unread = board.SourceEmail, []board.UnreadFile{{Name: "letter.pages", Reason: "It is no document."}}
	all[5].Country = "GB"
	return all
}

// written is all that applications have written, row by row.
func written(t *testing.T, db *sql.DB) []string {
	t.Helper()
	var all []string
	for _, table := range []string{"candidates", "candidate_history", "applications", "application_history", "files", "file_bytes", "events", "messages", "deliveries", "match_work"} {
		rows, err := db.QueryContext(t.Context(), `SELECT to_jsonb(t)::text FROM `+table+` t ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var row string
			if err := rows.Scan(&row); err != nil {
				t.Fatal(err)
			}
			all = append(all, table+" "+row)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestApplicationsThatComeInAtOnceAreStoredAsEachAlone(t *testing.T) {
	t.Parallel()
	var got [2][]string
	var results [2][]string
	for i := range got {
		url := storetest.URL(t)
		s, raw := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
		job := fixture.Active(t, s, fixture.Account(t, s, "arriving@northwind.example", 9), nil)
		if i == 0 {
			for _, p := range people(job) {
				results[i] = append(results[i], outcome(s.Pipeline.Apply(t.Context(), p)))
			}
		} else {
			results[i] = arriveTogether(t, s, raw, job, people(job)...)
		}
		got[i] = written(t, raw)
	}
	if diff := cmp.Diff(results[0], results[1]); diff != "" {
		t.Errorf("results (-alone +together):\n%s", diff)
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("rows (-alone +together):\n%s", diff)
	}
	if !strings.Contains(strings.Join(got[1], "\n"), `"skills": ["`) {
		t.Error("no CV has told a skill")
	}
}

func TestEachOfTheApplicationsThatComeInAtOnceIsTakenOrRefusedForItself(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, raw := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "each@northwind.example", 9)
	job := fixture.Active(t, s, tenant, nil)
	known := applyAs(t, s, fixture.Active(t, s, tenant, nil), "bob@example.com")
	if _, err := s.Jobs.SetRegions(t.Context(), tenant, job.ID, []string{"GB"}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	of := func(email, country string) pipeline.ApplyParams {
		p := fixture.Ada(job)
		p.CV, p.Applicant.Email, p.Country = nil, email, country
		return p
	}
	fixture.MustExec(t, raw, `ALTER SEQUENCE applications_id_seq RESTART 100`)
	got := arriveTogether(t, s, raw, job,
		of("ada@example.com", "GB"), of("eve@example.com", "FR"), of("bob@example.com", "GB"), of("Cleo@example.com", ""), of("cleo@example.com", "GB"), of("dan@example.com", "GB"))
	again, region := board.ErrAlreadyApplied.Error(), board.ErrRegionNotAccepted.Error()
	if diff := cmp.Diff([]string{
		"100 of ada@example.com, candidate 2, EmailApply New", region, fmt.Sprintf("103 of bob@example.com, candidate %d, EmailApply New", known.CandidateID),
		"101 of Cleo@example.com, candidate 4, EmailApply New", again, "102 of dan@example.com, candidate 5, EmailApply New",
	}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if n := fixture.Count(t, raw, `SELECT count(*) FROM messages WHERE lower(recipient) = 'cleo@example.com'`); n != 2 {
		t.Errorf("%d emails for who has applied twice, want the confirmation and the one that tells so", n)
	}
	if n := fixture.Count(t, raw, `SELECT count(*) FROM candidates WHERE lower(email) = 'eve@example.com'`); n != 0 {
		t.Error("who was refused is a candidate")
	}
}

func TestAnApplicationThatTheDatabaseRefusesIsRefusedAlone(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, raw := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "alone@northwind.example", 9)
	job := fixture.Active(t, s, tenant, nil)
	fixture.MustExec(t, raw, `ALTER TABLE applications ADD CHECK (email <> 'Ada.3@Example.com')`)
	for i, got := range arriveTogether(t, s, raw, job, people(job)...) {
		if taken := strings.Contains(got, "candidate"); taken == (i == 3) {
			t.Errorf("application %d: %s", i, got)
		}
	}
	for i, e := range fixture.Events(t, s, tenant).Events { // without a gap where a transaction was rolled back
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has the number %d", i+1, e.Seq)
		}
	}
}

func TestApplicationsThatArePushedOrComeTooLateAreSoTogetherToo(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, raw := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "pushes@northwind.example", 9)
	pushed := fixture.Active(t, s, tenant, fixture.Pushed)
	for _, got := range arriveTogether(t, s, raw, pushed, people(pushed)[:3]...) {
		if !strings.Contains(got, "HttpPushApply") {
			t.Errorf("an application for a job with an endpoint: %s", got)
		}
	}
	if n := fixture.Count(t, raw, `SELECT count(*) FROM deliveries WHERE application_id IS NOT NULL`); n != 3 {
		t.Errorf("%d pushes, want 3", n)
	}
	late := fixture.Active(t, s, tenant, nil)
	results := make(chan string, 3)
	tx, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `UPDATE jobs SET status = 'Deactivated' WHERE id = $1`, late.ID); err != nil {
		t.Fatal(err)
	}
	for i, p := range people(late)[:3] {
		p.CV = nil // which is read before the job is held
		go func() { results <- outcome(s.Pipeline.Apply(t.Context(), p)) }()
		for end := time.Now().Add(time.Minute); s.Pipeline.WaitingArrivals(late) != i; {
			if time.Now().After(end) {
				t.Fatalf("%d wait, want %d", s.Pipeline.WaitingArrivals(late), i)
			}
		}
		fixture.UntilWaiting(t, raw, 1)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := <-results; got != board.ErrJobClosed.Error() {
			t.Errorf("an application for a job that was closed meanwhile: %s", got)
		}
	}
}

// TestArrivalsAndMovesOverTwoCopiesNeverBlockEachOther has few people apply for several jobs, who all are moved at the same time.
func TestArrivalsAndMovesOverTwoCopiesNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	url, options := storetest.URL(t), storetest.Options(storetest.NewClock())
	a, b := storetest.Open(t, url, options), storetest.Open(t, url, options)
	tenant := fixture.Account(t, a, "both@northwind.example", 9)
	var jobs []board.Job
	for range 7 {
		jobs = append(jobs, fixture.Active(t, a, tenant, nil))
	}
	const persons = 20
	stages := []board.ApplicationStatus{board.ApplicationScreened, board.ApplicationInterviewed, board.ApplicationOffered}
	var wg sync.WaitGroup
	for i := range persons * len(jobs) {
		wg.Go(func() {
			p := fixture.Ada(jobs[i%len(jobs)])
			p.CV, p.Applicant.Email = nil, fmt.Sprintf("ada.%d@example.com", i*7%persons)
			s := []*store.Store{a, b}[i%2]
			made, err := s.Pipeline.Apply(t.Context(), p)
			if err != nil {
				t.Error(err)
				return
			}
			for _, to := range stages {
				if _, err := s.Pipeline.MoveApplication(t.Context(), tenant, made.ID, pipeline.Move{To: to, Actor: pipeline.Actor{Kind: board.ActorSystem}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// A transaction that was ended as the victim of a deadlock is tried again, application by application, and nobody is told.
	if n := fixture.Count(t, fixture.Raw(t, url), `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}
