package companion_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"itmanagerjobs/openapi/companion"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/webhooks/profile"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// bench is a terminal of a developer beside a platform.
type bench struct {
	api     *servertest.API
	testKey string
	in      io.Reader
	ticks   chan time.Time
	config  string
	// err is where notes go, besides what run returns.
	err io.Writer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return benchOver(t, servertest.New(t))
}

func benchOver(t *testing.T, api *servertest.API) *bench {
	t.Helper()
	tenant, _ := api.Employer(t, "Northwind", 0, apikey.AllScopes()...)
	tenant.Mode = board.ModeTest
	return &bench{
		api: api, in: strings.NewReader(""), ticks: make(chan time.Time), config: t.TempDir(), err: io.Discard,
		testKey: api.Key(t, account.NewKey{Tenant: tenant, Name: "Laptop", Scopes: apikey.AllScopes(), Approve: true}),
	}
}

// run types a command.
func (b *bench) run(ctx context.Context, t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var commands struct{ companion.Commands }
	parser, err := kong.New(&commands, kong.Name("itmanagerjobs"), kong.Exit(func(int) { t.Error("the command line left the program") }))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	var out bytes.Buffer
	err = parsed.Run(&companion.Terminal{
		In: b.in, Out: &out, Err: b.err, Now: b.api.Clock.Now, HTTP: http.DefaultClient,
		Tick:      func(time.Duration) (<-chan time.Time, func()) { return b.ticks, func() {} },
		ConfigDir: func() (string, error) { return b.config, nil },
	})
	return out.String(), err
}

// must types a command that succeeds, with the key of the bench.
func (b *bench) must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, err := b.run(t.Context(), t, append(args, "--key", b.testKey, "--server", b.api.URL)...)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return stdout
}

func TestLoginKeepsTheKeyForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.in = strings.NewReader(b.testKey + "\n")
	out, err := b.run(t.Context(), t, "login", "--server", b.api.URL+"/")
	if err != nil || !strings.Contains(out, `"Laptop" of Northwind, test mode`) {
		t.Fatalf("login printed %q, %v", out, err)
	}
	info, err := os.Stat(filepath.Join(b.config, "itmanagerjobs", "login.json"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the file has mode %o, want 600", mode)
	}
	if out, err = b.run(t.Context(), t, "jobs", "list", "--json"); err != nil || out != "" {
		t.Errorf("the jobs of a new account are %q, %v", out, err)
	}
	if _, err = b.run(t.Context(), t, "login", "--forget"); err != nil {
		t.Fatal(err)
	}
	if _, err = b.run(t.Context(), t, "jobs", "list"); err == nil || !strings.Contains(err.Error(), "itmanagerjobs login") {
		t.Errorf("without a key: %v, want advice to log in", err)
	}
}

func TestJobs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var job struct {
		ID     int64
		Status string
	}
	decode(t, b.must(t, "jobs", "create", "--title", "Head of R&D", "--reference", "RD-1", "--json"), &job)
	if job.Status != "Draft" {
		t.Errorf("a new job is %s, want Draft", job.Status)
	}
	decode(t, b.must(t, "jobs", "publish", strconv.FormatInt(job.ID, 10), "--json"), &job)
	if job.Status != "Active" {
		t.Errorf("the published job is %s, want Active", job.Status)
	}
	b.must(t, "jobs", "create", "--title", "Second", "--publish")
	if out := b.must(t, "jobs", "list", "--search", "Head"); !strings.Contains(out, "RD-1") || strings.Contains(out, "Second") {
		t.Errorf("the list has\n%s", out)
	}
	if out := b.must(t, "jobs", "list", "--status", "Draft", "--json"); out != "" {
		t.Errorf("there are drafts: %s", out)
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
}

func TestErrorsSayWhatHelps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	narrow := b.api.Key(t, account.NewKey{
		Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeTest}, Name: "Narrow", Scopes: []apikey.Scope{apikey.ScopeWebhooks}, Approve: true,
	})
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"unknown key":     {[]string{"jobs", "list", "--key", "pk_test_nonsense", "--server", b.api.URL}, []string{"does not know this API key", "/employer/keys"}},
		"missing scope":   {[]string{"jobs", "list", "--key", narrow, "--server", b.api.URL}, []string{"JobPosting", "give a key that may do this"}},
		"nobody listens":  {[]string{"jobs", "list", "--key", b.testKey, "--server", closed.URL}, []string{"cannot reach " + closed.URL, "make run"}},
		"unknown host":    {[]string{"jobs", "list", "--key", b.testKey, "--server", "http://no-such-host.invalid"}, []string{"cannot reach", "--server"}},
		"other server":    {[]string{"jobs", "list", "--key", b.testKey, "--server", other.URL}, []string{"404", "check --server"}},
		"no address":      {[]string{"jobs", "list", "--key", b.testKey, "--server", "localhost:8080"}, []string{"--server", "http://"}},
		"refused field":   {[]string{"jobs", "create", "--title", " ", "--key", b.testKey, "--server", b.api.URL}, []string{"title", "request req-"}},
		"unknown job":     {[]string{"jobs", "publish", "999", "--key", b.testKey, "--server", b.api.URL}, []string{"job"}},
		"no choice":       {[]string{"events", "replay", "--key", b.testKey, "--server", b.api.URL}, []string{"--since"}},
		"bad destination": {[]string{"listen", "--forward", "3000/hook", "--key", b.testKey, "--server", b.api.URL}, []string{"--forward", "http://"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.run(t.Context(), t, c.args...)
			if err == nil {
				t.Fatal("the command succeeded")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want it to say %q", err, want)
				}
			}
		})
	}
}

// received is a request that a program of the developer's got.
type received struct {
	header http.Header
	body   string
}

// program is one that answers with the status.
func program(t *testing.T, status int) (url string, requests <-chan received) {
	t.Helper()
	got := make(chan received, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, string(body)}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook", got
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	panic("not reached")
}

// TestListenForwardsAsAWebhookWould compares what a program gets with the headers that the delivery engine makes.
func TestListenForwardsAsAWebhookWould(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(t, "jobs", "create", "--title", "Platform Lead", "--publish")
	url, requests := program(t, http.StatusNoContent)
	secret := strings.TrimSpace(b.must(t, "listen", "--print-secret"))
	out := b.must(t, "listen", "--after", "0", "--forward", url, "--events", "job.published", "--limit", "1", "--json")
	got := next(t, requests)

	var lines []struct {
		Secret string
		Event  struct {
			ID   int64
			Data json.RawMessage
		}
		Status int
	}
	for line := range strings.Lines(out) {
		lines = append(lines, struct {
			Secret string
			Event  struct {
				ID   int64
				Data json.RawMessage
			}
			Status int
		}{})
		decode(t, line, &lines[len(lines)-1])
	}
	if len(lines) != 2 || lines[0].Secret != secret || lines[1].Status != http.StatusNoContent {
		t.Fatalf("listen printed %s", out)
	}
	if got.body != string(lines[1].Event.Data) {
		t.Errorf("the body is %s, want the event's own bytes %s", got.body, lines[1].Event.Data)
	}
	want, err := profile.Native().Headers(profile.Attempt{
		DeliveryID: lines[1].Event.ID, EventType: "job.published", Number: 1, At: b.api.Clock.Now(), Secret: secret,
	}, []byte(got.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range want {
		if g := got.header.Get(name); g != values[0] {
			t.Errorf("%s is %q, want %q", name, g, values[0])
		}
	}
}

// watcher passes on what is written to it.
type watcher chan string

func (w watcher) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func (w watcher) until(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(next(t, w), text) {
	}
}

func TestListenBeginsNowAndSendsAgainByAKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(t, "jobs", "create", "--title", "Before")
	url, requests := program(t, http.StatusInternalServerError)
	keys, typed := io.Pipe()
	notes := make(watcher, 100)
	listening := *b
	listening.in, listening.err = keys, notes
	done := make(chan error, 1)
	var out string
	go func() {
		var err error
		out, err = listening.run(t.Context(), t, "listen", "--forward", url, "--key", b.testKey, "--server", b.api.URL)
		done <- err
	}()
	notes.until(t, "Keys:")
	press := func(key string) {
		if _, err := io.WriteString(typed, key); err != nil {
			t.Error(err)
		}
	}
	press("r")
	notes.until(t, "no such event yet")
	b.must(t, "jobs", "create", "--title", "After")
	b.ticks <- b.api.Clock.Now()
	if got := next(t, requests); !strings.Contains(got.body, "After") || got.header.Get("X-Webhook-Attempt") != "1" {
		t.Errorf("the first event is %v", got)
	}
	for attempt, key := range []string{"r", "1"} {
		press(key)
		if got := next(t, requests); !strings.Contains(got.body, "After") || got.header.Get("X-Webhook-Attempt") != strconv.Itoa(attempt+2) {
			t.Errorf("after %s comes %v", key, got)
		}
	}
	press("q")
	if err := next(t, done); err != nil {
		t.Error(err)
	}
	if strings.Count(out, "500 in") != 3 || strings.Contains(out, "Before") {
		t.Errorf("listen printed\n%s", out)
	}
}

func TestListenWaitsForAPlatformThatIsAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	away := true
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away {
			away = false
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		b.api.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	b.must(t, "jobs", "create", "--title", "Platform Lead")
	notes := make(watcher, 100)
	b.err = notes
	done := make(chan error, 1)
	go func() {
		_, err := b.run(t.Context(), t, "listen", "--after", "0", "--limit", "1", "--key", b.testKey, "--server", front.URL)
		done <- err
	}()
	notes.until(t, "trying again")
	b.ticks <- b.api.Clock.Now()
	if err := next(t, done); err != nil {
		t.Error(err)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(t, "jobs", "create", "--title", "Platform Lead", "--publish")
	if out := b.must(t, "events", "list", "--types", "job.published"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "job.published") {
		t.Errorf("the log has\n%s", out)
	}
	b.api.Want(t, http.StatusCreated, servertest.Request{
		Method: http.MethodPost, Path: "/api/v1/webhooks", Key: b.testKey,
		Body: map[string]any{"url": "https://ats.example.com/hook", "events": []string{"job.published"}},
	})
	if out := b.must(t, "events", "replay", "--since", "1h", "--dry-run"); !strings.HasPrefix(out, "1 deliver") {
		t.Errorf("the dry run printed %q", out)
	}
	if out := b.must(t, "events", "replay", "--from", "1", "--to", "9", "--no-wait"); !strings.Contains(out, "Replay 1 is") {
		t.Errorf("the replay printed %q", out)
	}
}

func TestTriggerMakesTheEventHappen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, event := range []string{
		"job.created", "job.published", "job.expired", "application.submitted", "application.status_changed", "application.withdrawn",
	} {
		before := strings.Count(b.must(t, "events", "list", "--types", event, "--json"), "\n")
		b.must(t, "trigger", event)
		if after := strings.Count(b.must(t, "events", "list", "--types", event, "--json"), "\n"); after != before+1 {
			t.Errorf("%s has happened %d times, want once", event, after-before)
		}
	}
	var job struct{ ID int64 }
	decode(t, b.must(t, "jobs", "create", "--title", "Mine", "--publish", "--json"), &job)
	var application struct{ JobID, ApplicationID int64 }
	decode(t, b.must(t, "trigger", "application.submitted", "--job", strconv.FormatInt(job.ID, 10), "--json"), &application)
	if application.JobID != job.ID || application.ApplicationID == 0 {
		t.Errorf("triggered for %+v, want job %d", application, job.ID)
	}
}

func TestLogsTail(t *testing.T) {
	t.Parallel()
	api, requests := servertest.NewWithRequestLog(t)
	b := benchOver(t, api)
	b.must(t, "jobs", "create", "--title", "Platform Lead")
	if _, err := b.run(t.Context(), t, "jobs", "publish", "999", "--key", b.testKey, "--server", api.URL); err == nil {
		t.Fatal("job 999 was published")
	}
	requests.Stop()
	out := b.must(t, "logs", "tail", "--no-follow")
	if !strings.Contains(out, "201  POST   /api/v1/jobs ") || !strings.Contains(out, "not_found") {
		t.Errorf("the log has\n%s", out)
	}
	if out := b.must(t, "logs", "tail", "--no-follow", "--status", "4xx", "--json"); strings.Count(out, "\n") != 1 {
		t.Errorf("the refused requests are\n%s", out)
	}
}

func TestTriggerRefusesALiveKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	live := b.api.Key(t, account.NewKey{
		Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeLive}, Name: "Live", Scopes: apikey.AllScopes(), Approve: true,
	})
	_, err := b.run(t.Context(), t, "trigger", "job.published", "--key", live, "--server", b.api.URL)
	if err == nil || !strings.Contains(err.Error(), "pk_test_") {
		t.Errorf("a live key: %v, want a refusal that asks for a test key", err)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out, err := b.run(t.Context(), t, "completion", shell)
		if err != nil || !strings.Contains(out, "itmanagerjobs") || !strings.Contains(out, "complete --") {
			t.Errorf("%s: %q, %v", shell, out, err)
		}
	}
	for line, want := range map[string]string{
		"jo":                         "jobs",
		"jobs ":                      "list create publish",
		"jobs list --sta":            "--status",
		"jobs list --status ":        "Draft Active Expired Deactivated",
		"jobs list --status A":       "Active",
		"jobs list --search words ":  "",
		"completion ":                "bash zsh fish",
		"jobs list --json --status ": "Draft Active Expired Deactivated",
	} {
		out, err := b.run(t.Context(), t, append([]string{"complete", "--"}, strings.Split(line, " ")...)...)
		var names []string
		for candidate := range strings.Lines(out) {
			name, _, _ := strings.Cut(candidate, "\t")
			names = append(names, name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%q goes on with %q, %v; want %q", line, got, err, want)
		}
	}
}
