package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/webhooktest"
)

// copyEnv makes the test binary a copy of the program that only delivers; its value is a copyConfig.
const copyEnv = "WEBHOOKS_TEST_COPY"

type copyConfig struct {
	DatabaseURL string
	Name        string // its User-Agent
	InFlight    int
	Lease       time.Duration
	Replays     bool // it advances replays as well
}

// shortLease is the lease of the copies in these tests, shorter than in production so that takeovers are fast.
const shortLease = 1600 * time.Millisecond

func TestMain(m *testing.M) {
	var err error
	if text := os.Getenv(copyEnv); text != "" {
		err = runCopy(text)
	} else if os.Getenv(receiverEnv) != "" {
		err = runReceiver()
	} else {
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runCopy delivers until it gets SIGTERM or its parent has ended.
func runCopy(text string) error {
	var c copyConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	s, err := store.Open(c.DatabaseURL, storeOptions(time.Now))
	if err != nil {
		return err
	}
	q, err := s.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		return err
	}
	e, err := New(Config{
		Queue: q, Now: time.Now, Monotonic: time.Now, Jitter: mathrand.Float64,
		Client:   NewClient(ClientOptions{Guard: Guard{AllowInsecure: true}, Timeout: patience, UserAgent: c.Name, Now: time.Now}),
		InFlight: c.InFlight, Lease: c.Lease, RenewEvery: c.Lease / 8, SweepEvery: 50 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if c.Replays {
		go stepReplays(ctx, s)
	}
	e.Run(ctx)
	return nil
}

// program is a copy in a process of its own.
type program struct {
	cmd *exec.Cmd
}

func (r *rig) startCopy(t testing.TB, c copyConfig) *program {
	t.Helper()
	c.DatabaseURL = r.url
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), copyEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: cmd}
	t.Cleanup(func() {
		_ = stdin.Close()
		p.kill()
	})
	return p
}

// kill sends SIGKILL and waits until the process has ended.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// TestKilledCopiesLoseNothing kills one of two copies 20 times, at random points, while events keep coming.
func TestKilledCopiesLoseNothing(t *testing.T) {
	t.Parallel()
	killCopies(t, 20)
}

func killCopies(t *testing.T, kills int) {
	t.Helper()
	const inFlight, paths, perKill = 10, 4, 25
	seed := uint64(time.Now().UnixNano())
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	r := newRig(t, time.Now)
	for i := range paths {
		path := fmt.Sprintf("/%d", i)
		r.subscribe(t, r.tenant, path)
		r.receiver.Script(path, after(3*time.Millisecond, webhooktest.Status(200)))
	}
	c := copyConfig{Name: "copy", InFlight: inFlight, Lease: shortLease}
	copies := []*program{r.startCopy(t, c), r.startCopy(t, c)}
	for range kills {
		r.emit(t, r.tenant, perKill)
		r.receiver.Wait(t, len(r.receiver.Requests())+1+random.IntN(paths*perKill), patience)
		victim := random.IntN(len(copies))
		copies[victim].kill()
		copies[victim] = r.startCopy(t, c)
	}
	r.untilCount(t, 0, pendingSQL)

	requests := r.receiver.Requests()
	seen := map[string]bool{}
	for _, got := range requests {
		seen[got.Header.Get("X-Webhook-Delivery-Id")] = true
	}
	if want := kills * perKill * paths; len(seen) != want || r.count(t, deliveredSQL) != want {
		t.Errorf("%d of %d deliveries arrived, %d are recorded as delivered", len(seen), want, r.count(t, deliveredSQL))
	}
	if twice := len(requests) - len(seen); twice > kills*inFlight*paths {
		t.Errorf("%d deliveries came twice, more than were in flight at %d kills", twice, kills)
	} else {
		t.Logf("%d deliveries, %d of them twice over %d kills", len(seen), twice, kills)
	}
	for i := range paths {
		if most := r.receiver.MaxInFlightTo(fmt.Sprintf("/%d", i)); most > inFlight {
			t.Errorf("%d were in flight to one subscription, the limit is %d", most, inFlight)
		}
	}
	if n := r.count(t, `SELECT ceil(extract(epoch FROM max(started_at - created_at)))::int FROM delivery_attempts`); n > 60 {
		t.Errorf("a delivery was stuck for %d s", n)
	}
}

// TestTakeoverAfterAKill kills a copy with a delivery in flight. Another copy, or the same one when it is started again, does
// not wait for the end of the lease.
func TestTakeoverAfterAKill(t *testing.T) {
	t.Parallel()
	for name, waiting := range map[string]bool{"another copy is running": true, "the only copy is started again": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, time.Now)
			r.subscribe(t, r.tenant, "/in")
			r.receiver.Script("/in", webhooktest.Hang())
			r.emit(t, r.tenant, 1)
			const lease = time.Hour
			victim := r.startCopy(t, copyConfig{Name: "victim", InFlight: 50, Lease: lease})
			r.receiver.Wait(t, 1, patience)
			r.untilCount(t, 1, `SELECT count(*) FROM workers WHERE present_on IS NOT NULL`)
			start := func() { r.start(t, func(c *Config) { c.Lease, c.RenewEvery, c.SweepEvery = lease, 0, 0 }) }
			if waiting {
				start()
				r.untilCount(t, 2, `SELECT count(*) FROM workers`)
			}
			r.receiver.Script("/in", webhooktest.Status(200))
			victim.kill()
			killed := time.Now()
			if !waiting {
				start()
			}
			r.receiver.Wait(t, 2, patience)
			t.Logf("taken over after %s", time.Since(killed))
			r.untilCount(t, 1, deliveredSQL)
		})
	}
}

// TestASuspendedCopyChangesNothing suspends a copy (SIGSTOP), with deliveries in flight, for longer than its lease. Another copy
// makes the deliveries meanwhile. When the first one resumes, its results change nothing.
func TestASuspendedCopyChangesNothing(t *testing.T) {
	t.Parallel()
	const deliveries = 30
	r := newRig(t, time.Now)
	r.subscribe(t, r.tenant, "/in")
	gate := make(chan struct{})
	r.receiver.Script("/in", webhooktest.Gated(gate, webhooktest.Status(500)))
	r.emit(t, r.tenant, deliveries)
	stale := r.startCopy(t, copyConfig{Name: "stale", InFlight: 50, Lease: shortLease})
	r.receiver.WaitInFlight(t, deliveries, patience)
	if err := stale.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	r.receiver.Script("/in", webhooktest.Status(200))
	other := r.start(t, func(c *Config) { c.Lease = shortLease })
	r.untilCount(t, deliveries, deliveredSQL)
	r.untilCount(t, 1, `SELECT count(*) FROM workers`)

	close(gate) // the answers, failures, wait in the sockets of the suspended copy
	r.receiver.WaitInFlight(t, 0, patience)
	if err := stale.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.untilCount(t, 2, `SELECT count(*) FROM workers`) // it has joined again, so its former session is over
	other.Stop()
	if n := r.count(t, attemptsSQL); n != deliveries {
		t.Errorf("%d attempts are recorded, want one of each delivery", n)
	}
	if n := r.count(t, deliveredSQL); n != deliveries {
		t.Errorf("%d deliveries are recorded as delivered", n)
	}
	if n := r.count(t, pendingSQL) + r.count(t, `SELECT coalesce(sum(failures), 0) FROM lanes`); n != 0 {
		t.Errorf("%d deliveries or failures came back", n)
	}
	if n := len(r.receiver.Requests()); n != 2*deliveries {
		t.Errorf("%d requests, want %d: none of the suspended copy's after it resumed", n, 2*deliveries)
	}
}
