package store

import (
	"context"
	"time"

	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
)

// closingPage is how many rows CloseEmployer reads at a time.
const closingPage = 100

// Closure says what closing an account has reached, in this run.
type Closure struct {
	EmployerID int64     `json:"employerId"`
	ClosedAt   time.Time `json:"closedAt"`
	// Webhooks are deleted, with what waited for them.
	Webhooks int `json:"webhooks"`
	// Orders that nobody had paid are cancelled.
	Orders int `json:"orders"`
	// Jobs are deactivated, and keep their text.
	Jobs int `json:"jobs"`
	// Candidates are the people of the employer's pipeline, who are erased, each with a receipt (see erase.Store.EraseCandidate).
	Candidates int `json:"candidates"`
}

// CloseEmployer ends the account of an employer, which is called name: nobody can sign in or use a key from the first moment on; then
// webhooks, jobs, test data and people go, each in a transaction of its own. An account of thousands of people takes minutes, so
// progress is told how far it is. Where a run ends before its time, the next one goes on. Errors: those of account.Store.CloseEmployer.
func (s *Store) CloseEmployer(ctx context.Context, id int64, name string, progress func(Closure)) (Closure, error) {
	c := closing{store: s, progress: progress, done: Closure{EmployerID: id}}
	// What was under way when the account was closed may have been written behind the first turn: the last turn finds nothing.
	for {
		var err error
		if c.done.ClosedAt, err = s.Accounts.CloseEmployer(ctx, id, name); err != nil {
			return c.done, err
		}
		before := c.done
		for _, step := range []func(context.Context) error{c.webhooks, c.orders, c.jobs, c.testData, c.people} {
			if err := step(ctx); err != nil {
				return c.done, err
			}
		}
		if c.done == before {
			return c.done, s.Erasure.ForgetEmployer(ctx, id)
		}
	}
}

// closing is the end of one account; its methods are the steps.
type closing struct {
	store    *Store
	progress func(Closure)
	done     Closure
}

func (c *closing) tenant(m board.Mode) board.Tenant {
	return board.Tenant{EmployerID: c.done.EmployerID, Mode: m}
}

func (c *closing) webhooks(ctx context.Context) error {
	for _, mode := range board.AllModes() {
		found, err := c.store.Outbox.Subscriptions(ctx, c.tenant(mode), outbox.SubscriptionQuery{Limit: delivery.MaxSubscriptions})
		if err != nil {
			return err
		}
		for _, w := range found.Items {
			if err := c.store.Outbox.DeleteSubscription(ctx, w.Tenant, w.ID, board.Precondition{}); err != nil {
				return err
			}
			c.done.Webhooks++
		}
	}
	return nil
}

func (c *closing) orders(ctx context.Context) error {
	for {
		open, more, err := c.store.Billing.Orders(ctx, billing.OrderQuery{EmployerID: c.done.EmployerID, Status: board.OrderOpen, Limit: closingPage})
		if err != nil {
			return err
		}
		for _, o := range open {
			if _, err := c.store.Billing.CancelOrder(ctx, o.ID); err != nil {
				return err
			}
			c.done.Orders++
		}
		if !more {
			return nil
		}
	}
}

func (c *closing) jobs(ctx context.Context) error {
	q := job.Query{Limit: closingPage, Uncounted: true, Filter: job.Filter{Statuses: []board.JobStatus{board.JobActive, board.JobDraft, board.JobExpired}}}
	for {
		found, err := c.store.Jobs.Jobs(ctx, c.tenant(board.ModeLive), q)
		if err != nil || len(found.Items) == 0 {
			return err
		}
		for _, j := range found.Items {
			if _, err := c.store.Jobs.Deactivate(ctx, c.tenant(board.ModeLive), j.ID, board.Precondition{}); err != nil {
				return err
			}
			c.done.Jobs++
		}
		c.progress(c.done)
	}
}

func (c *closing) testData(ctx context.Context) error {
	_, err := c.store.Erasure.ClearTestData(ctx, c.tenant(board.ModeTest))
	return err
}

func (c *closing) people(ctx context.Context) error {
	for {
		found, err := c.store.Pipeline.Candidates(ctx, c.tenant(board.ModeLive), pipeline.CandidateQuery{Limit: closingPage})
		if err != nil || len(found.Items) == 0 {
			return err
		}
		for _, p := range found.Items {
			if _, err := c.store.Erasure.EraseCandidate(ctx, p.Tenant, p.ID, board.Precondition{}); err != nil {
				return err
			}
			c.done.Candidates++
		}
		c.progress(c.done)
	}
}
