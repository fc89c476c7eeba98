package pipeline_test

import (
	"context"
	"database/sql"
	"errors"
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

// desk reads CVs as a test says: until it is opened it takes too long to read anything, and afterwards the text of a file is its
// content, but for what ends says.
type desk struct {
	mu    sync.Mutex
	opens bool
	ends  map[string]board.CVReading
	read  []string
}

func (d *desk) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opens = true
}

// taken are the files that were read since it was open, in their order.
func (d *desk) taken() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.read...)
}

func (d *desk) ReadText(_ context.Context, cv board.CV, _ time.Duration) board.CVReading {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opens {
		return board.CVReading{End: board.ReadingNotBegun}
	}
	content := string(cv.Bytes)
	d.read = append(d.read, content)
	if end, found := d.ends[content]; found {
		return end
	}
	return board.CVReading{Text: content}
}

// withDesk is a copy of the program whose CVs the desk reads.
func withDesk(t *testing.T, url string, clock *storetest.Clock, d *desk) *store.Store {
	t.Helper()
	o := storetest.Options(clock)
	o.ReadText = d.ReadText
	return storetest.Open(t, url, o)
}

// queueing is a tenant with a job, whose applicants' CVs wait.
type queueing struct {
	*store.Store

	desk   *desk
	url    string
	clock  *storetest.Clock
	db     *sql.DB
	tenant board.Tenant
	job    board.Job
}

func newQueueing(t *testing.T) *queueing {
	t.Helper()
	q := &queueing{desk: &desk{ends: map[string]board.CVReading{}}, url: storetest.URL(t), clock: storetest.NewClock()}
	q.Store, q.db = withDesk(t, q.url, q.clock, q.desk), fixture.Raw(t, q.url)
	q.tenant = fixture.Account(t, q.Store, "queue@northwind.example", 5)
	q.job = fixture.Active(t, q.Store, q.tenant, func(p *board.JobPatch) {
		p.ApplyMethod, p.ApplyEmailAddress = board.Set(board.ApplyDirect), board.Clear[string]()
	})
	return q
}

// from is an application of somebody whose CV has a content.
func (q *queueing) from(network, content string) pipeline.ApplyParams {
	p := fixture.Ada(q.job)
	p.Applicant.Email = strings.ReplaceAll(content, " ", ".") + "@example.com"
	p.CV, p.Network = &board.Upload{Name: "cv.txt", Bytes: []byte(content)}, network
	return p
}

func (q *queueing) readAll(t *testing.T, s *store.Store) {
	t.Helper()
	for _, hard := range []bool{false, true} {
		if err := s.Pipeline.ReadWaitingCVs(t.Context(), hard); err != nil {
			t.Fatal(err)
		}
	}
}

func (q *queueing) application(t *testing.T, id int64) pipeline.Application {
	t.Helper()
	a, err := q.Pipeline.Application(t.Context(), q.tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (q *queueing) text(t *testing.T, id int64) string {
	t.Helper()
	text, err := q.Pipeline.CVText(t.Context(), q.tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (q *queueing) mailsTo(t *testing.T, address string) int {
	t.Helper()
	return fixture.Count(t, q.db, `SELECT count(*) FROM messages WHERE recipient = $1`, address)
}

func TestATextThatIsReadLaterDoesWhatOneDoesThatIsReadAtOnce(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	const text = "Ada Lovelace\nSenior Platform Engineer\nKubernetes, Go, Terraform\nLondon"
	p := q.from("192.0.2.1", text)
	p.Applicant.Email = "ada@example.com"
	a := fixture.Apply(t, q.Store, p)
	if !a.CV.TextPending || a.CV.TextProblem != "" || len(a.UnreadFiles) > 0 || a.Version != 1 {
		t.Errorf("applied: %+v, %+v", a, a.CV)
	}
	before, err := q.Pipeline.Candidate(t.Context(), q.tenant, a.CandidateID)
	if err != nil || before.Title != "" {
		t.Errorf("%+v, %v", before.Profile, err)
	}
	q.desk.open()
	q.clock.Advance(time.Minute)
	q.readAll(t, q.Store)
	read := q.application(t, a.ID)
	if read.CV.TextPending || read.CV.TextProblem != "" || read.Version != 2 || !read.UpdatedAt.Equal(q.clock.Now()) || q.text(t, a.ID) != text {
		t.Errorf("read: %+v, %+v, %q", read, read.CV, q.text(t, a.ID))
	}
	after, err := q.Pipeline.Candidate(t.Context(), q.tenant, a.CandidateID)
	if err != nil || len(after.Skills) == 0 || after.City != "London" || after.Version <= before.Version {
		t.Errorf("candidate %+v, %v", after, err)
	}
	if diff := cmp.Diff([]string{"candidate.registered", "application.submitted", "candidate.profile_updated"}, fixture.TypesOf(t, q.Store, q.tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := fixture.Count(t, q.db, `SELECT count(*) FROM match_work WHERE kind = 'candidate' AND subject_id = $1`, a.CandidateID); n < 2 {
		t.Errorf("matching was asked for %d times", n)
	}
	if n := q.mailsTo(t, "ada@example.com"); n != 1 {
		t.Errorf("%d mails, want the confirmation alone", n)
	}
}

// TestTheNewestTextIsTheProfile reads the CV of an older application after that of a newer one.
func TestTheNewestTextIsTheProfile(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	p := q.from("192.0.2.1", "Ada Lovelace\nLives in London\nKubernetes")
	p.Applicant.Email = "ada@example.com"
	old := fixture.Apply(t, q.Store, p)
	q.desk.open()
	q.job = fixture.Active(t, q.Store, q.tenant, nil)
	p = q.from("192.0.2.2", "Ada Lovelace\nLives in Paris\nTerraform")
	p.Applicant.Email = "ada@example.com"
	fixture.Apply(t, q.Store, p)
	q.readAll(t, q.Store)
	c, err := q.Pipeline.Candidate(t.Context(), q.tenant, old.CandidateID)
	if err != nil || c.City != "Paris" {
		t.Errorf("%+v, %v, want the newer city", c.Profile, err)
	}
	if got := q.text(t, old.ID); !strings.Contains(got, "London") {
		t.Errorf("the older text is %q", got)
	}
}

func TestNetworksTakeTurns(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	for i := range 12 {
		fixture.Apply(t, q.Store, q.from("192.0.2.1", fmt.Sprintf("crowd %d", i)))
	}
	for i := range 2 {
		fixture.Apply(t, q.Store, q.from("198.51.100.7", fmt.Sprintf("honest %d", i)))
	}
	fixture.Apply(t, q.Store, q.from("", "mail 0"))
	q.desk.open()
	q.readAll(t, q.Store)
	if diff := cmp.Diff([]string{"crowd 0", "honest 0", "mail 0", "crowd 1", "honest 1", "crowd 2"}, q.desk.taken()[:6]); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if n := len(q.desk.taken()); n != 15 {
		t.Errorf("%d files were read, want 15", n)
	}
}

// TestWhatIsHardToReadGoesBehind has files that take too long and that end their readers.
func TestWhatIsHardToReadGoesBehind(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	q.desk.ends["slow"] = board.CVReading{End: board.ReadingSlow, Problem: "The file took too long to read."}
	q.desk.ends["crash"] = board.CVReading{End: board.ReadingCrashed, Problem: "The file is damaged and could not be read."}
	ids := map[string]int64{}
	for _, content := range []string{"slow", "crash", "good 1", "good 2"} {
		ids[content] = fixture.Apply(t, q.Store, q.from("192.0.2.1", content)).ID
	}
	q.desk.open()
	if err := q.Pipeline.ReadWaitingCVs(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"slow", "crash", "good 1", "good 2"}, q.desk.taken()); diff != "" {
		t.Errorf("read without the hard ones (-want +got):\n%s", diff)
	}
	fixture.Apply(t, q.Store, q.from("192.0.2.1", "good 3")) // at once
	for range 3 {
		q.readAll(t, q.Store)
	}
	if diff := cmp.Diff([]string{"slow", "crash", "good 1", "good 2", "good 3", "slow", "crash"}, q.desk.taken()); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	for content, problem := range map[string]string{"slow": "took too long", "crash": "damaged"} {
		a := q.application(t, ids[content])
		if a.CV.TextPending || !strings.Contains(a.CV.TextProblem, problem) || len(a.UnreadFiles) != 1 || a.Version != 2 {
			t.Errorf("%s: %+v, %+v", content, a, a.CV)
		}
		if n := q.mailsTo(t, content+"@example.com"); n != 2 {
			t.Errorf("%s: %d mails, want the confirmation and one that says that it could not be read", content, n)
		}
	}
	if n := q.mailsTo(t, "good.1@example.com"); n != 1 {
		t.Errorf("%d mails about a file that was read", n)
	}
}

// TestAFileIsReadAlthoughTheClockWasSetBack: one that waited, and one that a copy had which has died, were due an hour ahead from then on.
// One that was claimed just now stays with its copy.
func TestAFileIsReadAlthoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	for i, ahead := range []string{"1 hour", "1 hour 1 minute", "1 minute"} {
		id := fixture.Apply(t, q.Store, q.from(fmt.Sprintf("192.0.2.%d", i), fmt.Sprintf("cv %d", i))).ID
		fixture.MustExec(t, q.db, `UPDATE waiting_cvs SET due_at = clock_timestamp() + $2::interval, reading = $3, begun = 1 WHERE application_id = $1`, id, ahead, i > 0)
	}
	q.desk.open()
	q.readAll(t, q.Store)
	if diff := cmp.Diff([]string{"cv 0", "cv 1"}, q.desk.taken()); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// TestReadingsThatBeginAreBounded has a file whose reader never starts, and one whose copies are killed.
func TestReadingsThatBeginAreBounded(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	q.desk.ends["failing"] = board.CVReading{End: board.ReadingFailed, Problem: board.ProblemUnread}
	failing := fixture.Apply(t, q.Store, q.from("192.0.2.1", "failing"))
	killed := fixture.Apply(t, q.Store, q.from("192.0.2.2", "killed"))
	fixture.MustExec(t, q.db, `UPDATE waiting_cvs SET reading = true, begun = $2 WHERE application_id = $1`, killed.ID, board.MaxCVReadings)
	q.desk.open()
	for range board.MaxCVReadings {
		q.readAll(t, q.Store)
		fixture.MustExec(t, q.db, `UPDATE waiting_cvs SET due_at = clock_timestamp()`)
	}
	for _, id := range []int64{failing.ID, killed.ID} {
		if a := q.application(t, id); a.CV.TextPending || a.CV.TextProblem != board.ProblemUnread {
			t.Errorf("%+v", a.CV)
		}
	}
	if diff := cmp.Diff([]string{"failing", "failing", "failing"}, q.desk.taken()); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// TestEachWaitingTextIsThereOnceOverCopies has two copies, one of which stops while it has a file, and comes back when another has
// read it.
func TestEachWaitingTextIsThereOnceOverCopies(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	const n = 20
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = fixture.Apply(t, q.Store, q.from(fmt.Sprintf("192.0.2.%d", i%4), fmt.Sprintf("cv %d", i))).ID
	}
	stops, goesOn := make(chan struct{}), make(chan struct{})
	o := storetest.Options(q.clock)
	o.ReadText = func(context.Context, board.CV, time.Duration) board.CVReading {
		close(stops)
		<-goesOn
		return board.CVReading{Text: "of the copy that stopped"}
	}
	stopped := storetest.Open(t, q.url, o)
	ended := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { ended <- stopped.Pipeline.ReadWaitingCVs(ctx, false) }()
	<-stops
	q.desk.open()
	other := withDesk(t, q.url, q.clock, q.desk)
	both := func() {
		var wg sync.WaitGroup
		for _, s := range []*store.Store{q.Store, other} {
			for _, hard := range []bool{false, true} {
				wg.Go(func() {
					if err := s.Pipeline.ReadWaitingCVs(t.Context(), hard); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
	}
	for range n {
		both()
	}
	if got := len(q.desk.taken()); got != n-1 {
		t.Errorf("%d files were read beside the one that the stopped copy has, want %d", got, n-1)
	}
	fixture.MustExec(t, q.db, `UPDATE waiting_cvs SET due_at = clock_timestamp()`) // its lease is over
	both()
	close(goesOn)
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	events := 0
	for _, e := range fixture.TypesOf(t, q.Store, q.tenant) {
		if e == "candidate.profile_updated" {
			events++
		}
	}
	for i, id := range ids {
		if a := q.application(t, id); q.text(t, id) != fmt.Sprintf("cv %d", i) || a.CV.TextPending || a.Version != 2 {
			t.Errorf("%d: %q, version %d", i, q.text(t, id), a.Version)
		}
	}
	if events != n || len(q.desk.taken()) != n || fixture.Count(t, q.db, `SELECT count(*) FROM waiting_cvs`) != 0 {
		t.Errorf("%d events and %d readings of %d files", events, len(q.desk.taken()), n)
	}
}

// heldReader is a copy of the program that is stopped while it reads: it says that it has begun, and ends as it is told.
func heldReader(t *testing.T, q *queueing, hard bool) (begun <-chan struct{}, end func(board.CVReading)) {
	t.Helper()
	begins, ends, done := make(chan struct{}), make(chan board.CVReading), make(chan error, 1)
	o := storetest.Options(q.clock)
	o.ReadText = func(context.Context, board.CV, time.Duration) board.CVReading {
		close(begins)
		return <-ends
	}
	s := storetest.Open(t, q.url, o)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- s.Pipeline.ReadWaitingCVs(ctx, hard) }()
	return begins, func(r board.CVReading) {
		t.Helper()
		cancel() // it reads no other
		ends <- r
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestALateReaderChangesNothing stops a copy past its lease, until another has its file: what it then has to say of the file counts
// no more, be it a text or that it was not read.
func TestALateReaderChangesNothing(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]board.CVReading{
		"with a text": {Text: "of the late reader"},
		"with none":   {End: board.ReadingSlow},
		"in vain":     {End: board.ReadingFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := newQueueing(t)
			id := fixture.Apply(t, q.Store, q.from("192.0.2.1", "cv")).ID
			firstBegun, endFirst := heldReader(t, q, false)
			<-firstBegun
			fixture.MustExec(t, q.db, `UPDATE waiting_cvs SET due_at = clock_timestamp()`) // its lease is over
			secondBegun, endSecond := heldReader(t, q, true)
			<-secondBegun
			state := func() (row string) {
				t.Helper()
				if err := q.db.QueryRowContext(t.Context(), `SELECT waiting_cvs::text FROM waiting_cvs`).Scan(&row); err != nil {
					t.Errorf("the file waits no more: %v", err)
				}
				return row
			}
			before := state()
			endFirst(late)
			if diff := cmp.Diff(before, state()); diff != "" {
				t.Errorf("the file that the second reader has (-before the first ended +after):\n%s", diff)
			}
			if a := q.application(t, id); !a.CV.TextPending || a.Version != 1 {
				t.Errorf("the late reader has written: %+v, version %d", a.CV, a.Version)
			}
			endSecond(board.CVReading{Text: "of the reader that has the file"})
			if a := q.application(t, id); a.CV.TextPending || a.Version != 2 || q.text(t, id) != "of the reader that has the file" {
				t.Errorf("the text is %q, version %d", q.text(t, id), a.Version)
			}
		})
	}
}

func TestTheQueueOfCVsIsBounded(t *testing.T) {
	t.Parallel()
	q := newQueueing(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for i := range 30 {
		wg.Go(func() {
			_, err := q.Pipeline.Apply(t.Context(), q.from("192.0.2.1", fmt.Sprintf("crowd %d", i)))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				got["taken"]++
			case errors.Is(err, board.ErrNetworkWaits):
				got["the network waits"]++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[string]int{"taken": 20, "the network waits": 10}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := fixture.Count(t, q.db, `SELECT count(*) FROM applications`); n != 20 {
		t.Errorf("%d applications, want those that were taken", n)
	}
	fixture.Apply(t, q.Store, q.from("192.0.2.2", "another network"))
	// As if many others waited.
	fixture.MustExec(t, q.db, `
WITH f AS (INSERT INTO files (employer_id, mode, name, media_type, size, sha256, text, text_problem, text_pending, created_at)
           SELECT $1, 'live', 'cv.txt', 'text/plain', 1, '', '', '', true, now() FROM generate_series(1, $2) RETURNING id),
     a AS (INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, cv_file_id, applied_at, updated_at)
           SELECT $1, 'live', $3, (SELECT min(id) FROM candidates), 'DirectApply', 'Withdrawn', 1, '', '', '', id, now(), now() FROM f RETURNING id, cv_file_id)
INSERT INTO waiting_cvs (file_id, employer_id, mode, application_id, network, turn, hard) SELECT cv_file_id, $1, 'live', id, id::text::bytea, 0, true FROM a`,
		q.tenant.EmployerID, board.MaxWaitingCVs-21, q.job.ID)
	for _, network := range []string{"192.0.2.3", ""} {
		if _, err := q.Pipeline.Apply(t.Context(), q.from(network, "one too many")); !errors.Is(err, board.ErrCVsWait) {
			t.Errorf("from %q: %v", network, err)
		}
	}
	q.desk.open()
	fixture.Apply(t, q.Store, q.from("192.0.2.3", "read at once"))
}
