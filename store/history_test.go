package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/store/storetest/history"
	"itmanagerjobs/store/storetest/wire"
)

// commits chooses the end of a transaction.
func commits(statement string) bool { return strings.HasPrefix(statement, "COMMIT") }

// swapped is a program whose statements have another text in one place.
func swapped(old, other string) wire.Options {
	return wire.Options{Rewrite: func(statement string) string { return strings.Replace(statement, old, other, 1) }}
}

// lateBalance has a balance change from what it was when the statement began, without waiting for who changes it.
var lateBalance = wire.Options{Rewrite: func(statement string) string {
	return strings.NewReplacer(
		"a.balance - $4 * least(a.balance / $4, cardinality($6::bigint[]))", "before.balance - $4 * least(before.balance / $4, cardinality($6::bigint[]))",
		"FROM (SELECT balance, low_mailed FROM credit_accounts WHERE employer_id = $1 AND mode = $2 AND kind = $3 FOR NO KEY UPDATE) before",
		"FROM (SELECT balance, low_mailed FROM credit_accounts WHERE employer_id = $1 AND mode = $2 AND kind = $3) before",
	).Replace(statement)
}}

// concurrent are clients of two copies of the program, which reach their database through a wire.
type concurrent struct {
	t      *testing.T
	url    string
	direct *store.Store // past the wire
	copies []*store.Store
	clock  *storetest.Clock
	wire   *wire.Proxy
	log    *history.Log
	tenant board.Tenant
	caller account.Principal
	keys   atomic.Int64
}

func newConcurrent(t *testing.T, o wire.Options) *concurrent {
	t.Helper()
	c := &concurrent{t: t, url: storetest.URL(t), clock: storetest.NewClock(), log: history.NewLog()}
	options := storetest.Options(c.clock)
	c.direct = storetest.Open(t, c.url, options)
	c.tenant = fixture.Account(t, c.direct, "history@northwind.example", 0)
	key, _, err := c.direct.Accounts.MintKey(t.Context(), account.NewKey{Tenant: c.tenant, Name: "History", Scopes: apikey.AllScopes(), Approve: true})
	if err != nil {
		t.Fatal(err)
	}
	c.caller = account.Principal{Tenant: c.tenant, KeyID: key.ID}
	options.Connector = nil // sessions through the wire are not for the next test
	var byWay string
	c.wire, byWay = wire.Start(t, c.url, o)
	c.wire.Quiet.Store(true)
	for range 2 {
		c.copies = append(c.copies, storetest.Open(t, byWay, options))
	}
	c.wire.Quiet.Store(false)
	return c
}

// any is one of the copies.
func (c *concurrent) any() *store.Store { return c.copies[rand.IntN(len(c.copies))] }

// clientsAtOnce is how many ask side by side.
const clientsAtOnce = 4

// clients has each of them ask some times.
func (c *concurrent) clients(times int, ask func()) {
	var all sync.WaitGroup
	for range clientsAtOnce {
		all.Go(func() {
			for range times {
				ask()
			}
		})
	}
	all.Wait()
}

// again does a request until an answer says what has become of it.
func (c *concurrent) again(do func() error) error {
	for deadline := time.Now().Add(time.Minute); ; {
		err := do()
		if !pg.Away(err) && !errors.Is(err, store.ErrInFlight) || time.Now().After(deadline) {
			return err
		}
	}
}

// once does a change under one Idempotency-Key, on any copy each time, until it is answered. What the rules refuse is an answer.
func once[Answer any](c *concurrent, change func(context.Context, *store.Store) (Answer, board.Code, error)) (answer Answer, code board.Code) {
	key := fmt.Sprintf("history-%d", c.keys.Add(1))
	type reply struct {
		Answer Answer
		Code   board.Code
	}
	var got reply
	err := c.again(func() error {
		s := c.any()
		r, _, err := s.Idempotent(c.t.Context(), c.caller, key, []byte(key), func(ctx context.Context) (store.Reply, error) {
			answer, code, err := change(ctx, s)
			if err != nil {
				return store.Reply{}, err
			}
			content, err := json.Marshal(reply{answer, code})
			if code != "" {
				return store.Reply{Content: content, Outcome: store.Refused}, err
			}
			return store.Reply{Content: content}, err
		})
		if err != nil {
			return err
		}
		return json.Unmarshal(r.Content, &got)
	})
	if err != nil {
		c.t.Errorf("a change: %v", err)
	}
	return got.Answer, got.Code
}

// refusable makes a code of what the rules refuse.
func refusable[Answer any](answer Answer, err error) (Answer, board.Code, error) {
	if code := fixture.CodeOf(err); code != "" {
		return answer, code, nil
	}
	return answer, "", err
}

// caught fails unless a history of broken statements is found to be none. What goes wrong only when two meet has some tries.
func caught(t *testing.T, broken map[string]wire.Options, judge func(*testing.T, wire.Options) (*wire.Proxy, error)) {
	t.Helper()
	const tries = 20
	for name, o := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range tries {
				proxy, err := judge(t, o)
				if proxy.Rewritten.Load() == 0 {
					t.Fatal("no statement reads any more as what is to be broken")
				}
				if err != nil {
					return
				}
			}
			t.Errorf("%d histories were judged to be good", tries)
		})
	}
}

// TestHistoriesOfUnlocks: what two copies answer to four clients who unlock, look, grant and refund while answers to COMMIT are cut is
// what one copy would have answered; and what broken statements answer is not.
func TestHistoriesOfUnlocks(t *testing.T) {
	t.Parallel()
	t.Run("good", func(t *testing.T) {
		t.Parallel()
		proxy, err := unlocks(t, wire.Options{Cuts: commits, Every: 5})
		if err != nil {
			t.Error(err)
		}
		if proxy.After.Load() == 0 || proxy.Before.Load() == 0 {
			t.Errorf("%d connections were cut before a COMMIT, %d after", proxy.Before.Load(), proxy.After.Load())
		}
	})
	caught(t, map[string]wire.Options{
		"what is open is paid again":           swapped("WHERE u.free_until <= $5\n", "WHERE u.free_until <= $5 OR true\n"),
		"an unlock costs nothing":              swapped("a.balance - $4, low_mailed", "a.balance - 0 * $4, low_mailed"),
		"a grant forgets what was there":       swapped("SET balance = a.balance + excluded.balance", "SET balance = excluded.balance"),
		"a refund leaves the profile open":     swapped("SET refunded_at = $4, free_until = $4 ", "SET refunded_at = $4, free_until = greatest(free_until, $4) "),
		"what has ended is open to who looks":  swapped("AND candidate_id = $3 AND free_until > $4", "AND candidate_id = $3 AND (free_until > $4 OR true)"),
		"the profile of another is open, too":  swapped("mode = $2 AND candidate_id = $3 AND free_until > $4", "mode = $2 AND candidate_id <= $3 AND free_until > $4"),
		"what has ended is never opened again": swapped("WHERE u.free_until <= $5\n", "WHERE u.free_until <= $5 AND false\n"),
	}, unlocks)
}

func unlocks(t *testing.T, o wire.Options) (*wire.Proxy, error) {
	t.Helper()
	const first, people = 2, 3
	c := newConcurrent(t, o)
	fixture.CVCredits(t, c.direct, c.tenant, first)
	ids := fixture.ImportAll(t, c.direct, fixture.People(t, 7, people))
	ask := func(verb string, person int) {
		in, call := history.OnUnlock{Verb: verb, Person: person}, c.log.Now()
		var out history.UnlockAnswer
		switch verb {
		case "unlock":
			p, code := once(c, func(ctx context.Context, s *store.Store) (bool, board.Code, error) {
				p, err := s.UnlockCandidate(ctx, c.caller, ids[person])
				return refusable(p.Unlock != nil && !p.Unlock.Required && p.Email != "", err)
			})
			if code != "" && code != board.CodeNoCredits {
				t.Errorf("unlock: %s", code)
			}
			out.Open = p && code == ""
		case "refund":
			left, code := once(c, func(ctx context.Context, s *store.Store) (account.Credits, board.Code, error) {
				return refusable(s.CV.RefundUnlock(ctx, c.tenant.EmployerID, ids[person]))
			})
			out.Open, out.Balance = code == "", left.CVSearch
		case "grant":
			in.Grant = 1
			left, _ := once(c, func(ctx context.Context, s *store.Store) (account.Credits, board.Code, error) {
				return refusable(s.Accounts.GrantCredits(ctx, c.tenant, account.Credits{CVSearch: in.Grant}))
			})
			out.Balance = left.CVSearch
		case "look":
			err := c.again(func() error {
				p, err := c.any().Candidate(t.Context(), c.tenant, ids[person])
				out.Open = err == nil && !p.Unlock.Required
				return err
			})
			if err != nil {
				t.Errorf("look: %v", err)
			}
		case "balance":
			out.Balance = balanceOf(c).CVSearch
		}
		c.log.Note(call, in, out)
	}
	// What one client sees alone shows most faults.
	for _, step := range []string{"unlock", "unlock", "balance", "refund", "look", "unlock", "grant", "balance"} {
		ask(step, 0)
	}
	ask("look", 1)
	if err := c.log.Judge(history.Unlocks(first)); err != nil {
		return c.wire, err
	}
	verbs := []string{"unlock", "unlock", "unlock", "unlock", "grant", "refund", "look", "balance"}
	c.clients(10, func() { ask(verbs[rand.IntN(len(verbs))], rand.IntN(people)) })
	ask("balance", 0)
	return c.wire, c.log.Judge(history.Unlocks(first))
}

func balanceOf(c *concurrent) (left account.Credits) {
	err := c.again(func() (err error) {
		left, err = c.any().Accounts.Credits(c.t.Context(), c.tenant)
		return err
	})
	if err != nil {
		c.t.Errorf("balance: %v", err)
	}
	return left
}

// TestHistoriesOfPublications does the same with credits for jobs, and with what the jobs are.
func TestHistoriesOfPublications(t *testing.T) {
	t.Parallel()
	t.Run("good", func(t *testing.T) {
		t.Parallel()
		if _, err := publications(t, wire.Options{Cuts: commits, Every: 5}); err != nil {
			t.Error(err)
		}
	})
	forgotten := swapped("WHERE r.created_at <= $7", "WHERE r.created_at <= $7 OR true")
	forgotten.Cuts, forgotten.Every = commits, 2
	caught(t, map[string]wire.Options{
		"two balances of one moment":      lateBalance,
		"an Idempotency-Key is forgotten": forgotten,
	}, publications)
}

func publications(t *testing.T, o wire.Options) (*wire.Proxy, error) {
	t.Helper()
	const first = 3
	c := newConcurrent(t, o)
	jobs := history.NewLog()
	if _, err := c.direct.Accounts.GrantCredits(t.Context(), c.tenant, account.Credits{JobPosting: first}); err != nil {
		t.Fatal(err)
	}
	var drafts []int64
	for range 12 {
		drafts = append(drafts, fixture.Create(t, c.direct, c.tenant, fixture.Complete("IT Manager")).ID)
	}
	publish := func(id int64) {
		in, call, callOfJob := history.OnJob{Job: id, Verb: "publish"}, c.log.Now(), jobs.Now()
		_, code := once(c, func(ctx context.Context, s *store.Store) (board.JobStatus, board.Code, error) {
			published, err := s.Jobs.Publish(ctx, c.caller, id, nil, board.Precondition{})
			return refusable(published.Status, err)
		})
		switch code {
		case "":
			c.log.Note(call, history.OnCredits{Publish: true}, history.CreditsAnswer{Paid: true})
			jobs.Note(callOfJob, in, history.JobAnswer{Done: true})
		case board.CodeNoCredits:
			c.log.Note(call, history.OnCredits{Publish: true}, history.CreditsAnswer{})
		default: // it is no draft
			jobs.Note(callOfJob, in, history.JobAnswer{})
		}
	}
	grant := func() {
		call := c.log.Now()
		left, _ := once(c, func(ctx context.Context, s *store.Store) (account.Credits, board.Code, error) {
			return refusable(s.Accounts.GrantCredits(ctx, c.tenant, account.Credits{JobPosting: 1}))
		})
		c.log.Note(call, history.OnCredits{Grant: 1}, history.CreditsAnswer{Balance: left.JobPosting})
	}
	read := func() {
		call := c.log.Now()
		c.log.Note(call, history.OnCredits{}, history.CreditsAnswer{Balance: balanceOf(c).JobPosting})
	}
	for range 2 { // a draft and none
		publish(drafts[0])
	}
	grant()
	read()
	c.clients(8, func() {
		switch rand.IntN(6) {
		case 0:
			grant()
		case 1:
			read()
		default:
			publish(drafts[rand.IntN(len(drafts))])
		}
	})
	read()
	return c.wire, errors.Join(c.log.Judge(history.Credits(first)), jobs.Judge(history.Job("IT Manager")))
}
