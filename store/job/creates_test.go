package job_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// creator creates jobs of one tenant while the head of its events is held, so that they go together.
type creator struct {
	s      *store.Store
	raw    *sql.DB
	tenant board.Tenant
	made   []<-chan outcome
}

// outcome is what somebody who creates a job is told.
type outcome struct {
	job board.Job
	err error
}

// newCreator has a tenant with one job.
func newCreator(t *testing.T) *creator {
	t.Helper()
	url := storetest.URL(t)
	c := &creator{s: storetest.Open(t, url, storetest.Options(storetest.NewClock())), raw: fixture.Raw(t, url)}
	c.tenant = fixture.Account(t, c.s, "together@northwind.example", 1)
	fixture.Create(t, c.s, c.tenant, board.JobPatch{Title: board.Set("The first"), Reference: board.Set("TAKEN")})
	return c
}

func (c *creator) create(ctx context.Context, p board.JobPatch) {
	told := make(chan outcome, 1)
	c.made = append(c.made, told)
	go func() {
		job, err := c.s.Jobs.CreateJob(ctx, c.tenant, p)
		told <- outcome{job, err}
	}()
}

// together creates jobs, all but the first in one transaction, each by a key whose number is that of its place.
func (c *creator) together(t *testing.T, patches ...board.JobPatch) []outcome {
	t.Helper()
	open := c.hold(t)
	for i, p := range patches {
		c.create(account.Acting(t.Context(), c.act(i)), p)
		c.queued(t, i)
	}
	open()
	var all []outcome
	for _, told := range c.made {
		all = append(all, <-told)
	}
	return all
}

func (c *creator) act(i int) board.Act {
	return board.Act{EmployerID: c.tenant.EmployerID, Mode: c.tenant.Mode, Actor: board.AuditKey, ActorID: int64(i), Action: "createJob", Address: "192.0.2.1"}
}

// hold locks the head of the tenant's events, until the function that it returns is called.
func (c *creator) hold(t *testing.T) (open func()) {
	t.Helper()
	tx, err := c.raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT FROM event_heads WHERE employer_id = $1 FOR UPDATE`, c.tenant.EmployerID); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

// queued returns when a transaction waits for the head, and n jobs for that transaction.
func (c *creator) queued(t *testing.T, n int) {
	t.Helper()
	c.queuedFor(t, n, c.s.Jobs.WaitingCreations)
}

func (c *creator) queuedFor(t *testing.T, n int, waiting func(board.Tenant) int) {
	t.Helper()
	fixture.UntilWaiting(t, c.raw, 1)
	late := time.Now().Add(time.Minute)
	for waiting(c.tenant) != n {
		if time.Now().After(late) {
			t.Fatalf("%d wait, want %d", waiting(c.tenant), n)
		}
	}
}

// transactions counts those that have made the jobs.
func (c *creator) transactions(t *testing.T) int {
	t.Helper()
	return fixture.Count(t, c.raw, `SELECT count(DISTINCT xmin::text) FROM jobs WHERE employer_id = $1`, c.tenant.EmployerID)
}

func titled(title string) board.JobPatch { return board.JobPatch{Title: board.Set(title)} }

func referenced(title, reference string) board.JobPatch {
	return board.JobPatch{Title: board.Set(title), Reference: board.Set(reference)}
}

func TestAJobThatIsInvalidWaitsForNobody(t *testing.T) {
	t.Parallel()
	c := newCreator(t)
	open := c.hold(t)
	c.create(t.Context(), titled("A"))
	c.queued(t, 0)
	if _, err := c.s.Jobs.CreateJob(t.Context(), c.tenant, board.JobPatch{}); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("a job without a title: %v", err)
	}
	open()
	if o := <-c.made[0]; o.err != nil {
		t.Error(o.err)
	}
}

func TestJobsThatAreCreatedAtOnceGoTogether(t *testing.T) {
	t.Parallel()
	c := newCreator(t)
	all := c.together(t, titled("Alone"), titled("B"), referenced("C", "R"), referenced("D", "R"), referenced("E", "TAKEN"), titled("F"))
	var got []string
	for _, o := range all {
		switch fault, ok := errors.AsType[*board.Error](o.err); {
		case o.err == nil:
			got = append(got, fmt.Sprintf("%d %s", o.job.ID, o.job.Title))
		case ok && fault.Code == board.CodeConflict:
			got = append(got, fault.Message)
		default:
			got = append(got, string(fixture.CodeOf(o.err)))
		}
	}
	conflict := func(reference string, id int64) string {
		fault, _ := errors.AsType[*board.Error](board.ReferenceTaken(reference, id))
		return fault.Message
	}
	want := []string{"2 Alone", "3 B", "4 C", conflict("R", 4), conflict("TAKEN", 1), "7 F"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if n := c.transactions(t); n != 3 {
		t.Errorf("%d transactions, want one for the first job, one for that which was alone, and one for the others", n)
	}

	var events []string
	for _, e := range fixture.Events(t, c.s, c.tenant).Events {
		var id int64
		if _, err := fmt.Sscanf(string(e.Data), `{"jobPostId":%d`, &id); err != nil {
			t.Fatal(err)
		}
		events = append(events, fmt.Sprintf("%d %s %d", e.Seq, e.Type, id))
	}
	if diff := cmp.Diff([]string{"1 job.created 1", "2 job.created 2", "3 job.created 3", "4 job.created 4", "5 job.created 7"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	entries, _, err := c.s.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: c.tenant.EmployerID, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		acts = append(acts, fmt.Sprintf("%d key %d %s %v", e.Number, e.ActorID, e.Action, e.Objects))
	}
	if diff := cmp.Diff([]string{"1 key 0 createJob [jobs/2]", "2 key 1 createJob [jobs/3]", "3 key 2 createJob [jobs/4]", "4 key 5 createJob [jobs/7]"}, acts); diff != "" {
		t.Errorf("audit log (-want +got):\n%s", diff)
	}
	if n, faults, err := c.s.Accounts.VerifyAudit(t.Context()); n != 4 || len(faults) != 0 || err != nil {
		t.Errorf("verified %d entries: %v, %v", n, faults, err)
	}
}

func TestAJobThatTheDatabaseRefusesIsRefusedAlone(t *testing.T) {
	t.Parallel()
	c := newCreator(t)
	fixture.MustExec(t, c.raw, `ALTER TABLE jobs ADD CHECK (title <> 'Refused')`)
	all := c.together(t, titled("A"), titled("B"), titled("Refused"), titled("C"))
	for i, o := range all {
		if refused := o.err != nil; refused != (i == 2) {
			t.Errorf("job %d: %v", i, o.err)
		}
	}
	if n := len(fixture.Events(t, c.s, c.tenant).Events); n != 4 {
		t.Errorf("%d events, want 4", n)
	}
}

// What a commit has done whose answer is lost nobody knows: to create the jobs again could create them twice.
func TestNothingIsCreatedAgainAfterACommitThatBroke(t *testing.T) {
	t.Parallel()
	c := newCreator(t)
	fixture.MustExec(t, c.raw, `CREATE SEQUENCE commits`)
	fixture.MustExec(t, c.raw, `
CREATE FUNCTION break_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('commits'), pg_terminate_backend(pg_backend_pid());
    RETURN NULL;
END $$`)
	fixture.MustExec(t, c.raw, `
CREATE CONSTRAINT TRIGGER break_commit AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
   WHEN (NEW.title = 'Broken') EXECUTE FUNCTION break_commit()`)
	all := c.together(t, titled("A"), titled("B"), titled("Broken"), titled("C"))
	for i, o := range all {
		if failed := o.err != nil; failed != (i > 0) {
			t.Errorf("job %d: %v", i, o.err)
		}
	}
	if n := fixture.Count(t, c.raw, `SELECT last_value FROM commits`); n != 1 {
		t.Errorf("%d commits were tried", n)
	}
	if n := len(fixture.Events(t, c.s, c.tenant).Events); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
	fixture.Create(t, c.s, c.tenant, titled("Later"))
}

func TestWhoLeavesBeforeTheTransactionCreatesNothing(t *testing.T) {
	t.Parallel()
	c := newCreator(t)
	open := c.hold(t)
	c.create(t.Context(), titled("A"))
	c.queued(t, 0)
	gone, leave := context.WithCancel(t.Context())
	c.create(gone, titled("Gone"))
	c.queued(t, 1)
	c.create(t.Context(), titled("B"))
	c.queued(t, 2)
	leave()
	if o := <-c.made[1]; !errors.Is(o.err, context.Canceled) {
		t.Errorf("who left: %+v", o)
	}
	open()
	for _, i := range []int{0, 2} {
		if o := <-c.made[i]; o.err != nil {
			t.Errorf("who stayed: %v", o.err)
		}
	}
	if n := len(fixture.Events(t, c.s, c.tenant).Events); n != 3 {
		t.Errorf("%d events, want 3", n)
	}
}

// What is done inside another transaction goes with it, and waits for nobody.
func TestAJobOfATransactionIsCreatedInIt(t *testing.T) {
	t.Parallel()
	c := newCreator(t)
	undone := errors.New("undone")
	err := c.s.WithTx(account.Acting(t.Context(), c.act(1)), func(ctx context.Context) error {
		if _, err := c.s.Jobs.CreateJob(ctx, c.tenant, titled("Undone")); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Error(err)
	}
	if n := len(fixture.Events(t, c.s, c.tenant).Events); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestOneReferenceIsCreatedOnceOverTwoCopies(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "copies@northwind.example", 1)
	const references, each = 10, 10
	var mu sync.Mutex
	made := map[string]int{}
	var wg sync.WaitGroup
	for i := range references * each {
		wg.Go(func() {
			reference := fmt.Sprintf("R%d", (i*7)%references)
			_, err := []*store.Store{a, b}[i%2].Jobs.CreateJob(t.Context(), tenant, referenced("One", reference))
			if err != nil && fixture.CodeOf(err) != board.CodeConflict {
				t.Errorf("%s: %v", reference, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made[reference]++
			}
		})
	}
	wg.Wait()
	for r, n := range made {
		if n != 1 {
			t.Errorf("%s was created %d times", r, n)
		}
	}
	var numbers []int64
	for _, e := range fixture.Events(t, a, tenant).Events {
		numbers = append(numbers, e.Seq)
	}
	if len(made) != references || !slices.Equal(numbers, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Errorf("created %v, events %v", made, numbers)
	}
}
