package companion

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"itmanagerjobs/gen/client"
)

type listenCmd struct {
	connection

	Forward     string   `help:"Address on your machine that each event is posted to, for example http://localhost:3000/hook. Without it events are only shown." placeholder:"URL"`
	Events      []string `help:"Only events of these types, for example application.submitted,job.published."                                                    placeholder:"A,B"`
	After       *int64   `help:"Begin after the event of this number instead of now; 0 is the oldest that is kept."                                              placeholder:"N"`
	Limit       int      `help:"Stop after so many events; 0 goes on until Ctrl-C."                                                                              placeholder:"N"`
	SkipVerify  bool     `help:"Take whatever certificate your program shows, for https on your own machine."`
	PrintSecret bool     `help:"Print the secret that signs what is forwarded, and stop."`
}

// Help explains the command further.
func (listenCmd) Help() string {
	return `Nothing needs to reach your machine from outside: the log of events is read every two seconds, and each event is posted to your
program with the headers, the body and the signature that a webhook of the profile native has. Verify it with the secret that is
printed: it is always the same for a key, so that you set it once.

Keys: r sends the last event again, 1 to 9 the last but so many, q ends.`
}

// listenEvery is how often the log is read. Together with what else a developer does it stays far below the limit of a key.
const listenEvery = 2 * time.Second

// recentEvents is how many events can be sent again by a key press.
const recentEvents = 9

// listener forwards the events of a log, one after the other.
type listener struct {
	*session

	to     *forwarder // nil when events are only shown
	types  []client.EventTypeFilter
	after  int64
	limit  int // of events; 0 for none
	seen   int
	recent []*forwarded // the newest first
}

// forwarded is an event with the number of times it was sent.
type forwarded struct {
	event    client.LoggedEvent
	attempts int
}

// Run forwards events until the context or the person ends it.
func (c listenCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	secret := signingSecret(s.key)
	if c.PrintSecret {
		_, err := fmt.Fprintln(s.Out, secret)
		return err
	}
	l := &listener{session: s, types: filters(c.Events), limit: c.Limit}
	if c.Forward != "" {
		if l.to, err = newForwarder(c.Forward, secret, c.SkipVerify, s.Now); err != nil {
			return err
		}
	}
	if err := l.start(ctx, c.After); err != nil {
		return err
	}
	keys, restore := s.keys()
	defer restore()
	l.welcome(secret)
	return l.run(ctx, keys)
}

// start finds where the log ends, unless the person has said where to begin.
func (l *listener) start(ctx context.Context, after *int64) error {
	if after != nil {
		l.after = *after
		return nil
	}
	// An event that every employer has once: between it and the end of the log the API has nothing to list, and says where
	// the end is.
	rare := []client.EventTypeFilter{client.EventTypeFilterEmployerRegistered}
	for more := true; more; {
		page, err := l.read(ctx, rare)
		if err != nil {
			return err
		}
		l.after, more = page.NextAfter, page.HasMore
	}
	return nil
}

func (l *listener) read(ctx context.Context, types []client.EventTypeFilter) (client.EventList, error) {
	res, err := l.api.ListEvents(ctx, &client.ListEventsParams{After: &l.after, Type: types})
	return read[client.EventList](l.session, res, err)
}

func (l *listener) welcome(secret string) {
	if l.json {
		_ = printJSON(l.Out, map[string]string{"secret": secret})
		return
	}
	if l.to == nil {
		l.note("Listening at %s. Give --forward http://localhost:3000/hook to have events posted to your program. Ctrl-C ends.", l.server)
		return
	}
	l.note("Forwarding events of %s to %s, as they happen.", l.server, l.to.url)
	l.note("Verify them with this secret:  %s", secret)
	l.note("Make one happen, in another terminal:  itmanagerjobs trigger application.submitted")
	l.note("Keys: r sends the last event again, q ends.\n")
}

// run reads the log at every tick. Between two readings it does what keys ask for.
func (l *listener) run(ctx context.Context, keys <-chan byte) error {
	ticks, stop := l.Tick(listenEvery)
	defer stop()
	for {
		if err := l.drain(ctx); err != nil {
			return err
		}
		if l.enough() {
			return nil
		}
		if done, err := l.wait(ctx, ticks, keys); done || err != nil {
			return err
		}
	}
}

// wait returns at the next tick; done when the person has enough.
func (l *listener) wait(ctx context.Context, ticks <-chan time.Time, keys <-chan byte) (done bool, err error) {
	for {
		select {
		case <-ctx.Done():
			return true, nil // Ctrl-C is how one leaves
		case <-ticks:
			return false, nil
		case key, ok := <-keys:
			switch {
			case !ok:
				keys = nil // there is no one to press any
			case key == 'q' || key == ctrlC:
				return true, nil
			case key == 'r':
				err = l.again(ctx, 1)
			case key >= '1' && key <= '9':
				err = l.again(ctx, int(key-'0'))
			}
			if err != nil {
				return true, err
			}
		}
	}
}

// enough tells whether as many events were seen as the person asked for.
func (l *listener) enough() bool { return l.limit > 0 && l.seen >= l.limit }

// drain forwards what has happened since the last time, up to the limit.
func (l *listener) drain(ctx context.Context) error {
	for more := true; more; {
		page, err := l.read(ctx, l.types)
		if err != nil {
			return l.unlessPassing(err)
		}
		for _, e := range page.Items {
			f := &forwarded{event: e}
			l.recent = append([]*forwarded{f}, l.recent[:min(len(l.recent), recentEvents-1)]...)
			if err := l.forward(ctx, f); err != nil {
				return err
			}
			if l.seen++; l.enough() {
				return nil
			}
		}
		l.after, more = page.NextAfter, page.HasMore
	}
	return nil
}

// unlessPassing is nil for a fault that may pass: the log keeps what happens meanwhile.
func (l *listener) unlessPassing(err error) error {
	r, refused := err.(*refusal) //nolint:errorlint // read returns it unwrapped
	if refused && r.status < 500 && r.status != 429 {
		return err
	}
	if !refused && strings.Contains(err.Error(), "check --server") {
		return err
	}
	l.note("%s; trying again", strings.ReplaceAll(err.Error(), "\n", "; "))
	return nil
}

// again sends the n-th event from the end once more.
func (l *listener) again(ctx context.Context, n int) error {
	if n > len(l.recent) {
		l.note("There was no such event yet.")
		return nil
	}
	return l.forward(ctx, l.recent[n-1])
}

// forwardResult is what became of an event, as it is printed for programs.
type forwardResult struct {
	Event   client.LoggedEvent `json:"event"`
	Attempt int                `json:"attempt,omitempty"`
	Status  int                `json:"status,omitempty"`
	Error   string             `json:"error,omitempty"`
	Millis  int64              `json:"durationMs,omitempty"`
}

func (l *listener) forward(ctx context.Context, f *forwarded) error {
	result := forwardResult{Event: f.event}
	if l.to != nil {
		f.attempts++
		result.Attempt = f.attempts
		result.Status, result.Millis, result.Error = l.to.post(ctx, f.event, f.attempts)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // Ctrl-C is how one leaves
		}
	}
	return l.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %-28s  event %d  %s\n", l.Now().Format(time.TimeOnly), f.event.Type, f.event.ID, result.words())
	})
}

// words say what the program answered.
func (r forwardResult) words() string {
	switch {
	case r.Attempt == 0:
		return string(r.Event.Data)
	case r.Error != "":
		return "not delivered: " + r.Error
	case r.Status >= 200 && r.Status < 300:
		return fmt.Sprintf("%d in %d ms", r.Status, r.Millis)
	case r.Status >= 300 && r.Status < 400:
		return fmt.Sprintf("%d in %d ms: a redirect is a failure, answer at the address itself", r.Status, r.Millis)
	default:
		return fmt.Sprintf("%d in %d ms: a failure, which a webhook would try again; r sends it once more", r.Status, r.Millis)
	}
}
