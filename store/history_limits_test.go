package store_test

import (
	"database/sql"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/storetest/history"
	"itmanagerjobs/store/storetest/wire"
)

// TestHistoriesOfLimits: of what four clients of two copies ask with one key, while answers of admissions are cut and the clock goes on,
// so many are admitted and refused as one copy would have; and broken admissions are found.
func TestHistoriesOfLimits(t *testing.T) {
	t.Parallel()
	t.Run("good", func(t *testing.T) {
		t.Parallel()
		for _, o := range []wire.Options{{}, {Cuts: func(statement string) bool { return strings.Contains(statement, "admit(") }, Every: 12}} {
			if err := limits(t, o, "", ""); err != nil {
				t.Error(err)
			}
		}
	})
	for name, broken := range map[string][2]string{
		"one too many":                {"p_per_minute[i] - v_total), 0);\n        IF", "p_per_minute[i] - v_total + 1), 0);\n        IF"},
		"one of another time":         {"v_latest := greatest(v_now, v_times[v_left]);", "v_latest := greatest(v_now, v_times[v_left]) + interval '3 seconds';"},
		"a window that is too short":  {"v_now - interval '60 seconds', v_times", "v_now - interval '57 seconds', v_times"},
		"a window that is too long":   {"v_now - interval '60 seconds', v_times", "v_now - interval '62 seconds', v_times"},
		"a minute of the calendar":    {"v_now - interval '60 seconds', v_times", "date_trunc('minute', v_now) - interval '1 microsecond', v_times"},
		"two that count at one time":  {" FOR UPDATE OF u;", "; PERFORM pg_sleep(0.01);"},
		"an admission that is undone": {"SET admitted_at = v_times, grain", "SET admitted_at = v_times[2:], grain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const tries = 20
			for range tries {
				if limits(t, wire.Options{}, broken[0], broken[1]) != nil {
					return
				}
			}
			t.Errorf("%d histories were judged to be good", tries)
		})
	}
}

// limits judges a history of admissions by the function admit of the schema, in which one text stands for another.
func limits(t *testing.T, o wire.Options, old, other string) error {
	t.Helper()
	const perMinute = 3
	// A connection that is cut leaves requests uncounted, or counted for nobody: those of all clients at the most.
	var c *concurrent
	var cut atomic.Int64
	var open sync.WaitGroup // statements that were cut, and that PostgreSQL may be at
	o.OnCut = func() func() {
		cut.Add(1)
		open.Add(1)
		call, from := c.log.Now(), c.clock.Now()
		return func() {
			defer open.Done()
			c.log.Note(call, history.OnLimit{From: from, To: c.clock.Now(), Unheard: clientsAtOnce}, history.LimitAnswer{})
		}
	}
	c = newConcurrent(t, o)
	replaceInAdmit(t, c.url, old, other)
	if err := c.direct.Accounts.SetLimit(t.Context(), c.tenant.EmployerID, board.FamilyJobs, perMinute); err != nil {
		t.Fatal(err)
	}
	_, key, err := c.direct.Accounts.MintKey(t.Context(), account.NewKey{Tenant: c.tenant, Name: "Limit", Scopes: apikey.AllScopes(), Approve: true})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(s *store.Store) {
		in, call := history.OnLimit{From: c.clock.Now()}, c.log.Now()
		a, err := s.Accounts.Admit(t.Context(), key, account.Need{Family: board.FamilyJobs})
		in.To = c.clock.Now()
		switch {
		case err == nil:
			c.log.Note(call, in, history.LimitAnswer{Admitted: a.Admitted})
		case !pg.Away(err):
			t.Errorf("admit: %v", err)
		}
	}
	for range perMinute + 1 {
		ask(c.direct)
		c.clock.Advance(time.Second)
	}
	c.clock.Advance(53 * time.Second) // the 57th, of which the first admission was made in the 0th
	for range 6 {
		ask(c.direct)
		c.clock.Advance(time.Second)
	}
	if err := c.log.Judge(history.Limit(perMinute)); err != nil {
		return err
	}
	// By rounds, so that the clock goes on by less than a minute while a request is under way: none takes so long, and admit takes one whose
	// clock is a minute behind for one whose clock was set right.
	for range 12 {
		c.clients(1, func() {
			ask(c.any())
			c.clock.Advance(time.Duration(rand.IntN(10)) * time.Second)
		})
	}
	c.clock.Advance(time.Minute)
	c.clients(2, func() { ask(c.any()) })
	if o.Cuts != nil && cut.Load() == 0 {
		t.Error("no admission was cut")
	}
	open.Wait()
	return c.log.Judge(history.Limit(perMinute))
}

// replaceInAdmit changes the function admit.
func replaceInAdmit(t *testing.T, url, old, other string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var body string
	if err := db.QueryRowContext(t.Context(), `SELECT pg_get_functiondef('admit'::regproc)`).Scan(&body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body, old) {
		t.Fatalf("the function admit has no %q any more", old)
	}
	if old != "" {
		fixture.MustExec(t, db, strings.Replace(body, old, other, 1))
	}
}
