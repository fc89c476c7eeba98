package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/storetest/fixture"
)

// newPublisher has a tenant with drafts that can be published, and credits; the first draft has the id 2.
func newPublisher(t *testing.T, drafts int, credits int64) *creator {
	t.Helper()
	c := newCreator(t)
	for i := range drafts {
		fixture.Create(t, c.s, c.tenant, fixture.Complete(fmt.Sprintf("Draft %d", i+2)))
	}
	if credits > 1 { // it has one
		if _, err := c.s.Accounts.GrantCredits(t.Context(), c.tenant, account.Credits{JobPosting: credits - 1}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// publishTogether publishes jobs, all but the first in one transaction, each by a key whose number is that of its place.
func (c *creator) publishTogether(t *testing.T, ids ...int64) []outcome {
	t.Helper()
	open := c.hold(t)
	for i, id := range ids {
		told := make(chan outcome, 1)
		c.made = append(c.made, told)
		act := c.act(i)
		act.Action, act.Objects = "publishJob", []string{fmt.Sprintf("jobs/%d", id)}
		ctx := account.Acting(t.Context(), act)
		go func() {
			job, err := c.s.Jobs.Publish(ctx, account.Principal{Tenant: c.tenant}, id, nil, board.Precondition{})
			told <- outcome{job, err}
		}()
		c.queuedFor(t, i, c.s.Jobs.WaitingPublications)
	}
	open()
	var all []outcome
	for _, told := range c.made {
		all = append(all, <-told)
	}
	return all
}

func told(all []outcome) []string {
	var got []string
	for _, o := range all {
		if o.err != nil {
			got = append(got, string(fixture.CodeOf(o.err)))
		} else {
			got = append(got, fmt.Sprintf("%d %s %d", o.job.ID, o.job.Status, o.job.Publications))
		}
	}
	return got
}

// ledger lists what was paid for publications, as job: balance.
func (c *creator) ledger(t *testing.T) (lines []string) {
	t.Helper()
	rows, err := c.raw.QueryContext(t.Context(), `SELECT job_id || ': ' || balance_after FROM credit_entries WHERE reason = 'Publish' ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func (c *creator) balance(t *testing.T) int64 {
	t.Helper()
	credits, err := c.s.Accounts.Credits(t.Context(), c.tenant)
	if err != nil {
		t.Fatal(err)
	}
	return credits.JobPosting
}

func TestJobsThatArePublishedAtOnceGoTogether(t *testing.T) {
	t.Parallel()
	c := newPublisher(t, 6, 4)
	// 1 is not complete, 5 is published twice, 99 does not exist, and of 6, 3 and 7 the last two are not paid for, the one that is asked
	// for once more neither.
	got := told(c.publishTogether(t, 2, 5, 1, 5, 99, 4, 6, 3, 7, 3))
	want := []string{"2 Active 1", "5 Active 1", "invalid_request", "invalid_state", "not_found", "4 Active 1", "6 Active 1", "no_credits", "no_credits", "no_credits"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2: 3", "5: 2", "4: 1", "6: 0"}, c.ledger(t)); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	if n := c.balance(t); n != 0 {
		t.Errorf("%d credits are left", n)
	}
	if n := fixture.Count(t, c.raw, `SELECT count(DISTINCT xmin::text) FROM job_index`); n != 2 {
		t.Errorf("%d transactions, want one for the first job and one for the others", n)
	}
	if n := fixture.Count(t, c.raw, `SELECT count(*) FROM jobs WHERE status = 'Active'`); n != 4 {
		t.Errorf("%d jobs are Active, want 4", n)
	}
	var events []string
	for _, e := range fixture.Events(t, c.s, c.tenant).Events {
		var id int64
		if _, err := fmt.Sscanf(string(e.Data), `{"jobPostId":%d`, &id); err != nil {
			t.Fatal(err)
		}
		if e.Type == event.JobPublished {
			events = append(events, fmt.Sprintf("%d %d", e.Seq, id))
		}
	}
	if diff := cmp.Diff([]string{"8 2", "9 5", "10 4", "11 6"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	entries, _, err := c.s.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: c.tenant.EmployerID, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		acts = append(acts, fmt.Sprintf("%d key %d %v", e.Number, e.ActorID, e.Objects))
	}
	if diff := cmp.Diff([]string{"1 key 0 [jobs/2]", "2 key 1 [jobs/5]", "3 key 5 [jobs/4]", "4 key 6 [jobs/6]"}, acts); diff != "" {
		t.Errorf("audit log (-want +got):\n%s", diff)
	}
}

func TestAPublicationThatTheDatabaseRefusesIsRefusedAlone(t *testing.T) {
	t.Parallel()
	c := newPublisher(t, 4, 10)
	fixture.MustExec(t, c.raw, `ALTER TABLE jobs ADD CHECK (status <> 'Active' OR title <> 'Draft 4')`)
	for i, o := range c.publishTogether(t, 2, 3, 4, 5) {
		if refused := o.err != nil; refused != (i == 2) {
			t.Errorf("job %d: %v", i, o.err)
		}
	}
	if diff := cmp.Diff([]string{"2: 9", "3: 8", "5: 7"}, c.ledger(t)); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

// What is done inside another transaction goes with it, and waits for nobody.
func TestAPublicationOfATransactionIsUndoneWithIt(t *testing.T) {
	t.Parallel()
	c := newPublisher(t, 1, 1)
	undone := errors.New("undone")
	err := c.s.WithTx(account.Acting(t.Context(), c.act(1)), func(ctx context.Context) error {
		if _, err := c.s.Jobs.Publish(ctx, account.Principal{Tenant: c.tenant}, 2, nil, board.Precondition{}); err != nil {
			return err
		}
		return undone
	})
	if n := c.balance(t); !errors.Is(err, undone) || n != 1 {
		t.Errorf("%d credits are left: %v", n, err)
	}
}

// TestCreditsAreExactOverTwoCopies publishes the same jobs on two copies, each of them several times, with fewer credits than jobs.
func TestCreditsAreExactOverTwoCopies(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	const jobs, credits, each = 30, 20, 4
	tenant := fixture.Account(t, a, "copies@northwind.example", credits)
	var ids []int64
	for i := range jobs {
		ids = append(ids, fixture.Create(t, a, tenant, fixture.Complete(fmt.Sprintf("Job %d", i))).ID)
	}
	var published atomic.Int64
	var wg sync.WaitGroup
	for i := range jobs * each {
		wg.Go(func() {
			_, err := []*store.Store{a, b}[i%2].Jobs.Publish(t.Context(), account.Principal{Tenant: tenant}, ids[(i*7)%jobs], nil, board.Precondition{})
			switch code := fixture.CodeOf(err); {
			case err == nil:
				published.Add(1)
			case code != board.CodeInvalidState && code != board.CodeNoCredits:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	left, err := a.Accounts.Credits(t.Context(), tenant)
	if n := published.Load(); err != nil || n != credits || left.JobPosting != 0 {
		t.Errorf("%d jobs were published with %d credits, and %d are left: %v", n, credits, left.JobPosting, err)
	}
	var numbers []int64
	for _, e := range fixture.Events(t, a, tenant).Events {
		numbers = append(numbers, e.Seq)
	}
	for i, n := range numbers {
		if n != int64(i+1) {
			t.Fatalf("events are numbered %v", numbers)
		}
	}
	if len(numbers) != jobs+credits {
		t.Errorf("%d events, want %d", len(numbers), jobs+credits)
	}
}
