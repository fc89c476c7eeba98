package account_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// gate holds the windows of keys in the database, so that admissions wait and batches fill.
type gate struct {
	raw  *sql.DB
	held *sql.Tx
}

// hold locks the windows of keys.
func hold(t *testing.T, raw *sql.DB, keys ...account.Key) *gate {
	t.Helper()
	held, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{raw, held}
	for _, k := range keys {
		if _, err := held.ExecContext(t.Context(), `SELECT FROM key_usage WHERE key_id = $1 FOR UPDATE`, k.ID); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// waits returns when n sessions wait for locks.
func (g *gate) waits(t *testing.T, n int) {
	t.Helper()
	until(t, fmt.Sprintf("%d sessions wait", n), func() bool {
		return fixture.Count(t, g.raw, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == n
	})
}

func (g *gate) open(t *testing.T) {
	t.Helper()
	if err := g.held.Commit(); err != nil {
		t.Fatal(err)
	}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !holds(); runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

// told is what came of an admission.
type told struct {
	account.Admission
	err error
}

// ask asks for an admission that will wait, as the nth of those that wait for a batch of the store; 0 for one that goes at once.
func ask(ctx context.Context, t *testing.T, s *store.Store, key string, need account.Need, nth int) <-chan told {
	t.Helper()
	answer := make(chan told, 1)
	go func() {
		a, err := s.Accounts.Admit(ctx, key, need)
		answer <- told{a, err}
	}()
	if nth > 0 {
		until(t, fmt.Sprintf("%d requests wait for a batch", nth), func() bool { return s.Accounts.WaitingAdmissions() == nth })
	}
	return answer
}

// copies are two copies of the program over one database, and the database.
func copies(t *testing.T) (a, b *store.Store, clock *storetest.Clock, raw *sql.DB) {
	t.Helper()
	clock = storetest.NewClock()
	url := storetest.URL(t)
	return storetest.Open(t, url, storetest.Options(clock)), storetest.Open(t, url, storetest.Options(clock)), clock, fixture.Raw(t, url)
}

func TestTheLimitIsExactOverBatchesOfTwoCopies(t *testing.T) {
	t.Parallel()
	a, b, clock, raw := copies(t)
	tenant := fixture.Account(t, a, "batches@northwind.example", 1)
	key, plain := mint(t, a, account.NewKey{Tenant: tenant})
	admit(t, a, plain, jobsNeed)
	admit(t, b, plain, jobsNeed)
	clock.Advance(board.LimitWindow)

	// Each copy sends one request, which waits, and then 70 in one batch.
	g := hold(t, raw, key)
	var answers []<-chan told
	for i, s := range []*store.Store{a, b} {
		answers = append(answers, ask(t.Context(), t, s, plain, jobsNeed, 0))
		g.waits(t, i+1)
		for n := range 70 {
			answers = append(answers, ask(t.Context(), t, s, plain, jobsNeed, n+1))
		}
	}
	before := a.RoundTrips() + b.RoundTrips()
	g.open(t)
	var left []int
	for _, answer := range answers {
		switch got := <-answer; {
		case got.err != nil:
			t.Errorf("admit: %v", got.err)
		case got.Admitted:
			left = append(left, got.Remaining)
		case got.RetryAfter != board.LimitWindow || got.Remaining != 0:
			t.Errorf("refused: %+v, want RetryAfter %s", got.Admission, board.LimitWindow)
		}
	}
	slices.Sort(left)
	want := make([]int, 100)
	for i := range want {
		want[i] = i
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("what was left after each of the requests that were admitted (-want +got):\n%s", diff)
	}
	if n := a.RoundTrips() + b.RoundTrips() - before; n != 2 {
		t.Errorf("140 requests took %d statements, want one for each copy", n)
	}
}

// One row is asked of for each key and family of a batch, in any order of its requests.
func TestABatchAnswersAsOneByOneDoes(t *testing.T) {
	t.Parallel()
	s, _, clock, raw := copies(t)
	blocked, blocker := mint(t, s, account.NewKey{Tenant: fixture.Account(t, s, "blocker@northwind.example", 1)})
	admit(t, s, blocker, jobsNeed)
	kinds := func(name string) (keys []string) {
		tenant := fixture.Account(t, s, name+"@northwind.example", 1)
		for family, limit := range map[board.LimitFamily]int{board.FamilyReadOnly: 2, board.FamilyCandidate: 3000} {
			if err := s.Accounts.SetLimit(t.Context(), tenant.EmployerID, family, limit); err != nil {
				t.Fatal(err)
			}
		}
		expiry := clock.Now().Add(time.Minute)
		for _, n := range []account.NewKey{
			{}, {ReadOnly: true}, {Allowed: []string{"203.0.113.0/24", "2001:db8::/32"}},
			{Scopes: []apikey.Scope{apikey.ScopeCVSearch}, Approve: true}, {ExpiresAt: &expiry, Approve: true},
		} {
			n.Tenant = tenant
			_, plain := mint(t, s, n)
			keys = append(keys, plain)
		}
		unknown, err := apikey.New(storetest.Predictable(), board.ModeLive, false)
		if err != nil {
			t.Fatal(err)
		}
		return append(keys, unknown, "nothing")
	}
	needs := []account.Need{
		jobsNeed, {Scope: apikey.ScopeJobPosting, Family: board.FamilyJobs, Write: true, Address: "203.0.113.7"},
		{Scope: apikey.ScopeCVSearch, Family: board.FamilyCandidate, Address: "2001:db8::1"}, {Family: board.FamilySearch, Address: "::ffff:203.0.113.9"},
		{Family: board.FamilyJobs, Address: "198.51.100.1"},
	}
	single, together := kinds("single"), kinds("together")
	type of struct{ key, need int }
	order := make([]of, 200)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range order {
		order[i] = of{r.IntN(len(single)), r.IntN(len(needs))}
	}
	// seen leaves out what differs between two employers.
	seen := func(a account.Admission, err error) told {
		a.EmployerID, a.KeyID, a.PublicKeyID = 0, 0, ""
		return told{a, err}
	}
	want := make([]told, len(order))
	for i, o := range order {
		want[i] = seen(s.Accounts.Admit(t.Context(), single[o.key], needs[o.need]))
	}
	g := hold(t, raw, blocked)
	first := ask(t.Context(), t, s, blocker, jobsNeed, 0)
	g.waits(t, 1)
	answers, waiting := make([]<-chan told, len(order)), 0
	for i, o := range order {
		if single[o.key] != "nothing" { // which is refused without asking
			waiting++
		}
		answers[i] = ask(t.Context(), t, s, together[o.key], needs[o.need], waiting)
	}
	before := s.RoundTrips()
	g.open(t)
	if got := <-first; !got.Admitted {
		t.Errorf("the one before: %+v", got)
	}
	for i, o := range order {
		a := <-answers[i]
		got := seen(a.Admission, a.err)
		if !want[i].Permitted {
			// It is not counted, and a batch looks at it after the others.
			got.Remaining, want[i].Remaining = 0, 0
			got.ResetAfter, want[i].ResetAfter = 0, 0
		}
		if diff := cmp.Diff(want[i].Admission, got.Admission); diff != "" || !errors.Is(got.err, want[i].err) {
			t.Errorf("request %d, key %d, need %d: %v, want %v (-want +got):\n%s", i, o.key, o.need, got.err, want[i].err, diff)
		}
	}
	// The keys are read, counted, their windows made, and counted then; those that are not usable are looked for each time.
	if n := s.RoundTrips() - before; n > 5 {
		t.Errorf("200 requests of new keys took %d statements, want 5 at most", n)
	}
}

// To count many requests at once leaves the same window as to count each by itself at the same time.
func TestCountingManyAtOnceIsCountingEachByItself(t *testing.T) {
	t.Parallel()
	raw := fixture.Raw(t, storetest.URL(t))
	// count asks n times for wanted requests, and returns how many are admitted in all, with the other numbers of the last answer.
	count := func(key int64, limit, n, wanted int, now time.Time) []int64 {
		rows, err := raw.QueryContext(t.Context(), `
SELECT admit(ARRAY[$1::bigint], '{jobs}', '{NULL}', ARRAY[$2::integer], ARRAY[$4::integer], $5, true) FROM generate_series(1, $3)`, key, limit, n, wanted, now)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var numbers pq.Int64Array
		admitted := int64(0)
		for rows.Next() {
			if err := rows.Scan(&numbers); err != nil {
				t.Fatal(err)
			}
			admitted += numbers[0]
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		numbers[0] = admitted
		return numbers
	}
	window := func(key int64) (text string) {
		err := raw.QueryRowContext(t.Context(), `SELECT (admitted_at, grain_part, last_used_at)::text FROM key_usage WHERE key_id = $1`, key).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i, limits := range [][]int{{1}, {3}, {100}, {999, 1000, 1001}, {1500}, {2500, 40}, {10000}, {3, 5000, 2}} {
		many, each := int64(2*i+1), int64(2*i+2)
		now := storetest.Epoch
		for range 20 {
			now = now.Add(time.Duration(r.IntN(20_000)) * time.Millisecond)
			limit := limits[r.IntN(len(limits))]
			wanted := 1 + r.IntN(1+min(limit/3, 300))
			alone, together := count(each, limit, wanted, 1, now), count(many, limit, 1, wanted, now)
			if diff := cmp.Diff(alone, together); diff != "" {
				t.Fatalf("limits %v, %d wanted of %d (-one by one +together):\n%s", limits, wanted, limit, diff)
			}
			if diff := cmp.Diff(window(each), window(many)); diff != "" {
				t.Fatalf("limits %v, window after %d wanted of %d (-one by one +together):\n%s", limits, wanted, limit, diff)
			}
		}
	}
}

func TestARevokedKeyInABatch(t *testing.T) {
	t.Parallel()
	a, b, _, raw := copies(t)
	tenant := fixture.Account(t, a, "revoked@northwind.example", 1)
	slow, slowKey := mint(t, a, account.NewKey{Tenant: tenant})
	revoked, revokedKey := mint(t, a, account.NewKey{Tenant: tenant})
	_, key := mint(t, a, account.NewKey{Tenant: tenant})
	for _, s := range []*store.Store{a, b} { // both copies know all keys
		for _, k := range []string{slowKey, revokedKey, key} {
			admit(t, s, k, jobsNeed)
		}
	}
	g := hold(t, raw, slow)
	lone := []<-chan told{ask(t.Context(), t, a, slowKey, jobsNeed, 0), ask(t.Context(), t, b, slowKey, jobsNeed, 0)}
	g.waits(t, 2)
	if _, err := a.Accounts.RevokeKey(t.Context(), revoked.ID, tenant.EmployerID); err != nil {
		t.Fatal(err)
	}
	var refused, admitted []<-chan told
	for _, s := range []*store.Store{a, b} {
		refused = append(refused, ask(t.Context(), t, s, revokedKey, jobsNeed, 1), ask(t.Context(), t, s, revokedKey, jobsNeed, 2))
		admitted = append(admitted, ask(t.Context(), t, s, key, jobsNeed, 3))
	}
	g.open(t)
	for _, answer := range append(lone, admitted...) {
		if got := <-answer; !got.Admitted {
			t.Errorf("another key: %+v", got)
		}
	}
	for _, answer := range refused {
		if got := <-answer; !errors.Is(got.err, account.ErrUnauthenticated) {
			t.Errorf("revoked: %+v", got)
		}
	}
}

func TestAHundredKeysOverTwoCopiesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	a, err := store.Open(url, storetest.Options(clock))
	if err != nil {
		t.Fatal(err)
	}
	b, err := store.Open(url, storetest.Options(clock))
	if err != nil {
		t.Fatal(err)
	}
	raw := fixture.Raw(t, url)
	tenant := fixture.Account(t, a, "hundred@northwind.example", 1)
	keys := make([]string, 100)
	for i := range keys {
		_, keys[i] = mint(t, a, account.NewKey{Tenant: tenant})
	}
	var admitted atomic.Int64
	for round := range 6 { // the first one makes all windows
		var wg sync.WaitGroup
		for i, s := range []*store.Store{a, b, a, b} {
			r := rand.New(rand.NewPCG(uint64(round), uint64(i)))
			for _, n := range r.Perm(len(keys)) {
				wg.Go(func() {
					got, err := s.Accounts.Admit(t.Context(), keys[n], jobsNeed)
					if err != nil || got.Permitted != true {
						t.Errorf("key %d: %+v, %v", n, got, err)
					}
					if got.Admitted {
						admitted.Add(1)
					}
				})
			}
		}
		wg.Wait()
	}
	if n := admitted.Load(); n != 6*400 {
		t.Errorf("%d admitted, want all of %d", n, 6*400)
	}
	for _, k := range keys {
		if got := admit(t, b, k, jobsNeed); got.Remaining != 100-6*4-1 {
			t.Errorf("%d left, want %d", got.Remaining, 100-6*4-1)
		}
	}
	// A batch that fails is asked for one by one, which would hide a deadlock; but PostgreSQL counts them, when the sessions end.
	for _, s := range []*store.Store{a, b} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the sessions have ended, or wait for the next test", func() bool {
		return fixture.Count(t, raw, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'waits for a test'`) == 1
	})
	if n := fixture.Count(t, raw, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// A limit that is agreed, and every change of a key, hold from the next request on, on a copy that has the key in memory too.
func TestAChangeReachesEveryCopy(t *testing.T) {
	t.Parallel()
	a, b, _, raw := copies(t)
	tenant := fixture.Account(t, a, "change@northwind.example", 1)
	key, plain := mint(t, a, account.NewKey{Tenant: tenant})
	admit(t, b, plain, jobsNeed)
	if err := a.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 7); err != nil {
		t.Fatal(err)
	}
	if got := admit(t, b, plain, jobsNeed); got.PerMinute != 7 || got.Remaining != 5 {
		t.Errorf("after an agreement: %+v", got)
	}
	fixture.MustExec(t, raw, `DELETE FROM rate_limits WHERE employer_id = $1`, tenant.EmployerID)
	if got := admit(t, b, plain, jobsNeed); got.PerMinute != 100 {
		t.Errorf("after its end: %+v", got)
	}
	fixture.MustExec(t, raw, `UPDATE api_keys SET name = 'renamed', allowed = '{198.51.100.0/24}' WHERE id = $1`, key.ID)
	if got := admit(t, b, plain, account.Need{Family: board.FamilyJobs, Address: "203.0.113.7"}); got.Name != "renamed" || !got.Elsewhere {
		t.Errorf("after a change: %+v", got)
	}
	// The last use changes all the time, and is no change of the key.
	if _, err := a.Accounts.FlushKeyUsage(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := b.RoundTrips()
	admit(t, b, plain, jobsNeed)
	if n := b.RoundTrips() - before; n != 1 {
		t.Errorf("an admission after the last use was kept took %d statements, want 1", n)
	}
	fixture.MustExec(t, raw, `TRUNCATE key_usage`) // as a crash of the database does
	if got := admit(t, b, plain, account.Need{Family: board.FamilyJobs, Address: "198.51.100.9"}); got.Remaining != 99 {
		t.Errorf("after a crash: %+v", got)
	}
	fixture.MustExec(t, raw, `DELETE FROM api_keys WHERE id = $1`, key.ID)
	if _, err := b.Accounts.Admit(t.Context(), plain, jobsNeed); !errors.Is(err, account.ErrUnauthenticated) {
		t.Errorf("a key that is not there any more: %v", err)
	}
}

// A pooler does not keep prepared statements apart; batches go without them too.
func TestABatchWithoutPreparedStatements(t *testing.T) {
	t.Parallel()
	url, options := storetest.URL(t), storetest.Options(storetest.NewClock())
	options.Unprepared = true
	s, raw := storetest.Open(t, url, options), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "pooler@northwind.example", 1)
	key, plain := mint(t, s, account.NewKey{Tenant: tenant, Allowed: []string{"203.0.113.0/24"}})
	need := account.Need{Scope: apikey.ScopeJobPosting, Family: board.FamilyJobs, Address: "203.0.113.7"}
	admit(t, s, plain, need)
	g := hold(t, raw, key)
	answers := []<-chan told{ask(t.Context(), t, s, plain, need, 0)}
	g.waits(t, 1)
	answers = append(answers, ask(t.Context(), t, s, plain, need, 1), ask(t.Context(), t, s, plain, need, 2))
	g.open(t)
	for i, answer := range answers {
		if got := <-answer; !got.Admitted || got.Remaining != 98-i {
			t.Errorf("request %d: %+v, want %d left", i, got, 98-i)
		}
	}
	made, err := s.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("CIO")})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Jobs.Job(t.Context(), tenant, made.ID); err != nil || got.Title != "CIO" {
		t.Errorf("read %q, %v", got.Title, err)
	}
}

// What looks at jobs waits when these are locked, and keeps no other request from its admission.
func TestLockedJobsHoldUpThoseAloneWhoReadThem(t *testing.T) {
	t.Parallel()
	a, _, _, raw := copies(t)
	tenant := fixture.Account(t, a, "locked@northwind.example", 1)
	_, plain := mint(t, a, account.NewKey{Tenant: tenant})
	admit(t, a, plain, jobsNeed)
	release := fixture.LockTable(t, raw, "jobs", "ACCESS EXCLUSIVE")
	need := jobsNeed
	need.Job = 1
	reads := ask(t.Context(), t, a, plain, need, 0)
	fixture.UntilWaiting(t, raw, 1)
	for range 3 {
		admit(t, a, plain, account.Need{Family: board.FamilyJobs, Write: true, Scope: apikey.ScopeJobPosting})
	}
	release()
	if got := <-reads; got.err != nil || !got.Admitted || got.Job != (pg.Seen{Looked: true}) {
		t.Errorf("the request that waited: %+v", got)
	}
}
