package companion

import (
	"cmp"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/docs/webhooks/verify"
	"itmanagerjobs/gen/client"
)

type quickstartCmd struct {
	connection

	Language string `default:"node" enum:"node,python,go,php,ruby,java,csharp" help:"Language of the code that verifies a webhook: ${enum}."`
}

// Help explains the command further.
func (quickstartCmd) Help() string {
	return `It goes the way of an integration with a test key: it publishes a job, makes a webhook, has somebody apply, receives the event
and verifies its signature. Then it prints the code that does so. Each step says which call it makes.`
}

// firstEvent is what the quickstart waits for.
const firstEvent = "application.submitted"

// quickstart is the way from a key to a verified event.
type quickstart struct {
	*session

	step int
	url  string // of the receiver
	// got are the deliveries that the receiver took.
	got chan delivery

	secret  string
	webhook int64     // 0 when the platform cannot post to this machine
	forward *listener // then this does
}

// delivery is a request that the receiver got.
type delivery struct {
	event, id, signature string
	body                 []byte
}

// outcome is what the quickstart has made, for programs.
type outcome struct {
	Employer  string `json:"employer"`
	Job       int64  `json:"jobId"`
	Webhook   int64  `json:"webhookId,omitempty"` // absent when events were forwarded
	Event     string `json:"event"`
	Delivery  string `json:"deliveryId"`
	Signature string `json:"signature"`
	Verified  bool   `json:"verified"`
	Millis    int64  `json:"durationMs"`
	Secret    string `json:"secret"`
	Body      string `json:"body"`
}

// Run goes the way.
func (c quickstartCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	q := &quickstart{session: s, got: make(chan delivery, 100)}
	begun := t.Now()
	made, err := q.walk(ctx)
	if err != nil {
		return err
	}
	made.Millis = t.Now().Sub(begun).Milliseconds()
	return s.print(made, func(w io.Writer) { q.explain(w, c.Language, made) })
}

// say tells of a step, and of the call that it makes.
func (q *quickstart) say(call, format string, args ...any) {
	q.step++
	q.note("%d. %s", q.step, fmt.Sprintf(format, args...))
	if call != "" {
		q.note("   %s", call)
	}
}

func (q *quickstart) walk(ctx context.Context) (outcome, error) {
	me, err := q.identify(ctx)
	if err != nil {
		return outcome{}, err
	}
	job, err := q.createJob(ctx, sampleJob())
	if err == nil {
		job, err = q.publishJob(ctx, job.ID)
	}
	if err != nil {
		return outcome{}, err
	}
	q.say("POST /api/v1/jobs, POST /api/v1/jobs/"+strconv.FormatInt(job.ID, 10)+"/publish", "Job %d, %q, is %s.", job.ID, job.Title, job.Status)

	stop, err := q.receive(ctx)
	if err != nil {
		return outcome{}, err
	}
	defer stop()
	if err := q.makeWebhook(ctx); err != nil {
		return outcome{}, err
	}
	defer q.removeWebhook(context.WithoutCancel(ctx))
	m := made{Job: job.ID}
	if err := q.apply(ctx, &m); err != nil {
		return outcome{}, err
	}
	q.say("POST /api/v1/test/applications", "Somebody has applied: application %d.", m.Application)
	d, err := q.await(ctx)
	if err != nil {
		return outcome{}, err
	}
	at, _, _ := strings.Cut(strings.TrimPrefix(d.signature, "t="), ",")
	unix, _ := strconv.ParseInt(at, 10, 64) // a text that is no number verifies nothing
	verified := hmac.Equal([]byte(signature(q.secret, time.Unix(unix, 0), d.body)), []byte(d.signature))
	if !verified {
		return outcome{}, errors.New("the event came, but its signature is not made with the secret of the webhook: does another program answer at the address of --server?")
	}
	q.say("", "%s has arrived, delivery %s, and its signature is right.", d.event, d.id)
	return outcome{
		Employer: me.Employer.Name, Job: job.ID, Webhook: q.webhook, Event: d.event, Delivery: d.id, Signature: d.signature, Verified: verified,
		Secret: q.secret, Body: string(d.body),
	}, nil
}

func (q *quickstart) identify(ctx context.Context) (client.Me, error) {
	res, err := q.api.GetMe(ctx, &client.GetMeParams{})
	me, err := read[client.Me](q.session, res, err)
	if err != nil {
		return me, err
	}
	if me.Key.Mode != client.ModeTest {
		return me, errors.New("this is a live key: what it publishes costs credits. Give a test key, pk_test_…, from " + q.server + "/employer/keys")
	}
	q.say("GET /api/v1/me", "The key is one of %s, in test mode: nothing is charged, and nobody is written to.", me.Employer.Name)
	return me, nil
}

// receive starts a server on this machine that takes deliveries.
func (q *quickstart) receive(ctx context.Context) (stop func(), err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on this machine: %w", err)
	}
	q.url = "http://" + l.Addr().String() + "/hook"
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
		if err != nil {
			http.Error(w, "unreadable body", http.StatusBadRequest)
			return
		}
		d := delivery{r.Header.Get("X-Webhook-Event"), r.Header.Get("X-Webhook-Delivery-Id"), r.Header.Get("X-Webhook-Signature"), body}
		select {
		case q.got <- d:
		default: // more than anybody waits for
		}
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = server.Serve(l) }()
	return func() { _ = server.Close() }, nil
}

// makeWebhook has events posted to the receiver: by the platform when it can, else by the log of events as listen does.
func (q *quickstart) makeWebhook(ctx context.Context) error {
	if isLocal(q.server) {
		res, err := q.api.CreateWebhook(ctx, &client.CreateWebhookParams{}, client.WebhookCreate{URL: q.url, Events: []client.WebhookEvent{firstEvent}})
		w, err := read[client.WebhookWithSecret](q.session, res, err)
		if err == nil {
			q.webhook, q.secret = w.ID, w.Secret
			q.say("POST /api/v1/webhooks", "Webhook %d posts %s to %s, where this program listens.", w.ID, firstEvent, q.url)
			return nil
		}
		if r, ok := errors.AsType[*refusal](err); !ok || r.status != http.StatusBadRequest {
			return err
		}
	}
	q.secret = signingSecret(q.key)
	to, err := newForwarder(q.url, q.secret, false, q.Now)
	if err != nil {
		return err
	}
	quiet := *q.session
	quiet.Terminal = &Terminal{Out: io.Discard, Err: q.Err, Now: q.Now, Tick: q.Tick, HTTP: q.HTTP, ConfigDir: q.ConfigDir}
	q.forward = &listener{session: &quiet, to: to, types: []client.EventTypeFilter{firstEvent}}
	q.say("GET /api/v1/events", "A webhook of this platform cannot reach your machine, so events are forwarded, as itmanagerjobs listen --forward does.")
	return q.forward.start(ctx, nil)
}

func (q *quickstart) removeWebhook(ctx context.Context) {
	if q.webhook == 0 {
		return
	}
	res, err := q.api.DeleteWebhook(ctx, q.webhook, &client.DeleteWebhookParams{})
	if _, err := read[struct{}](q.session, res, err); err != nil {
		q.note("Webhook %d stays: %s", q.webhook, err)
	}
}

// await returns the first delivery.
func (q *quickstart) await(ctx context.Context) (delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	ticks, stop := q.Tick(listenEvery)
	defer stop()
	for {
		if q.forward != nil {
			if err := q.forward.drain(ctx); err != nil {
				return delivery{}, err
			}
		}
		select {
		case d := <-q.got:
			return d, nil
		case <-ticks:
		case <-ctx.Done():
			return delivery{}, fmt.Errorf("no event has arrived within %s: look at the deliveries of webhook %d in the portal, %s/employer", 3*patience, q.webhook, q.server)
		}
	}
}

// explain prints the code, and how it is run on what has arrived.
func (q *quickstart) explain(w io.Writer, language string, o outcome) {
	for _, program := range verify.Programs() {
		text, err := program.Text()
		if program.Language != language || err != nil {
			continue
		}
		at, _, _ := strings.Cut(strings.TrimPrefix(o.Signature, "t="), ",")
		fmt.Fprintf(w, "\nVerify it yourself in %s. Keep this as %s:\n\n%s\n", program.Name, program.File, text)
		fmt.Fprintf(w, "and run it on what has just arrived; it ends with status 0:\n\n  printf '%%s' %s |\n    %s '%s' \\\n    '%s' %s\n",
			shellQuoted(o.Body), program.Run, o.Secret, o.Signature, at)
	}
	fmt.Fprintf(w, "\nVerified in %s.\n", time.Duration(o.Millis)*time.Millisecond)
	fmt.Fprintf(w, "Next: itmanagerjobs listen --forward http://localhost:3000/hook, and itmanagerjobs trigger %s in another terminal.\n", cmp.Or(o.Event, firstEvent))
}

// shellQuoted is a text as a shell reads it.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
