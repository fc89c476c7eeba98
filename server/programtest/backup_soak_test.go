//go:build soak

package programtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// commandsOf are the lines of code in a section of a page, of which each block is a script.
func commandsOf(t *testing.T, page, heading string) (scripts []string) {
	t.Helper()
	_, section, ok := strings.Cut(document(t, page), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no %q", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n#")
	var script strings.Builder
	for line := range strings.Lines(section + "\n.\n") {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			script.WriteString(code)
		} else if script.Len() > 0 && strings.TrimSpace(line) != "" {
			scripts = append(scripts, script.String())
			script.Reset()
		}
	}
	return scripts
}

// partnerWithReceiver has a receiver that notes which jobs it was told of.
type partnerWithReceiver struct {
	key  string
	told sync.Map // title of a job → true
	news chan struct{}
}

func newPartnerWithReceiver(t *testing.T, env []string, url string) *partnerWithReceiver {
	t.Helper()
	p := &partnerWithReceiver{news: make(chan struct{}, 1)}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct {
			JobTitle string `json:"jobTitle"`
		}
		if err := json.NewDecoder(r.Body).Decode(&event); err == nil {
			p.told.Store(event.JobTitle, true)
		}
		select {
		case p.news <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(receiver.Close)
	employer := admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example", "--trusted")
	id := strconv.FormatInt(employer.ID, 10)
	admin[map[string]any](t, env, "set-limit", "--employer", id, "--family", "jobs", "--per-minute", "1000000")
	p.key = admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "Test", "--scopes", "JobPosting,Webhooks", "--approve").Key
	made := sendWrite(url, http.MethodPost, "/api/v1/webhooks", p.key, "", fmt.Sprintf(`{"url":%q,"events":["job.created"]}`, receiver.URL))
	if made.status != http.StatusCreated {
		t.Fatalf("a webhook: %+v", made)
	}
	return p
}

func titleOf(key string) string { return "IT Manager " + key }

// untilTold waits until the receiver was told of the job that was created under a key.
func (p *partnerWithReceiver) untilTold(t *testing.T, key string) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		if _, ok := p.told.Load(titleOf(key)); ok {
			return
		}
		select {
		case <-p.news:
		case <-deadline.C:
			t.Fatalf("nobody is told of the job of %s", key)
		}
	}
}

// create makes a job under a key of its own.
func (p *partnerWithReceiver) create(url, key string) written {
	return sendWrite(url, http.MethodPost, "/api/v1/jobs", p.key, key, fmt.Sprintf(`{"title":%q}`, titleOf(key)))
}

// TestSoakBackupAndRestore takes both kinds of backup while jobs are created, with the commands of docs/operation.md, loses the
// database, and goes on with each of them: events keep their numbers, replies under keys their bytes, and receivers are told.
func TestSoakBackupAndRestore(t *testing.T) {
	const page = "docs/operation.md"
	dump, base := commandsOf(t, page, "### A dump"), commandsOf(t, page, "### A base backup and an archive")
	if len(dump) != 2 || len(base) != 3 {
		t.Fatalf("%s has %d scripts for a dump and %d for a base backup", page, len(dump), len(base))
	}
	c := newCluster(t)
	c.shell(t, nil, "mkdir archive")
	archive := "ARCHIVE=" + filepath.Join(c.dir, "archive")
	c.stop(t, "fast")
	c.shell(t, []string{archive, "SETTINGS=" + base[0]}, `echo "$SETTINGS" | sed "s,\$ARCHIVE,$ARCHIVE," >>data/postgresql.conf`)
	c.start(t, "data")

	const port = 5432
	source := c.url("itmanagerjobs", port)
	env := func(url string) []string {
		return []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "WEBHOOK_ALLOW_INSECURE=true", "WEBHOOK_DELAYS=1s"}
	}
	s := startServing(t, env(source), "serve")
	p := newPartnerWithReceiver(t, env(source), s.url)

	var (
		answers sync.Map // key → written
		created atomic.Int64
		writers sync.WaitGroup
		enough  atomic.Bool
	)
	ready := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for i := 0; !enough.Load(); i++ {
				key := fmt.Sprintf("w%d-%d", w, i)
				a := p.create(s.url, key)
				if a.status != http.StatusCreated {
					t.Errorf("create %s: %+v", key, a)
					return
				}
				answers.Store(key, a)
				if created.Add(1) == 200 {
					close(ready)
				}
			}
		})
	}
	<-ready
	before := map[string]written{} // what is answered before the backups begin
	answers.Range(func(k, v any) bool { before[k.(string)] = v.(written); return true })
	c.shell(t, []string{"DATABASE_URL=" + source}, dump[0])
	c.shell(t, []string{"DATABASE_URL=" + source}, base[1])
	atBackup := created.Load()
	enough.Store(true)
	writers.Wait()
	t.Logf("%d jobs were there before the backups, %d after them, %d in the end", len(before), atBackup, created.Load())
	s.signal(syscall.SIGKILL)
	s.wait()
	last := one[int64](t, c.open(t, source), `SELECT max(last) FROM event_heads`)

	goOn := func(t *testing.T, url string, kept map[string]written, exactly bool) {
		t.Helper()
		db := c.open(t, url)
		gapFree(t, db)
		head := one[int64](t, db, `SELECT max(last) FROM event_heads`)
		if exactly && head != last {
			t.Errorf("the last event has number %d, want %d", head, last)
		}
		jobs := one[int64](t, db, `SELECT count(*) FROM jobs`)
		s := startServing(t, env(url), "serve")
		for key, want := range kept {
			got := p.create(s.url, key)
			if got.all != want.all || got.replayed != "true" {
				t.Fatalf("%s again: %+v, want %+v", key, got, want)
			}
		}
		if n := one[int64](t, db, `SELECT count(*) FROM jobs`); n != jobs {
			t.Errorf("requests that were sent again have made %d jobs", n-jobs)
		}
		key := "fresh in " + t.Name()
		fresh := p.create(s.url, key)
		if fresh.status != http.StatusCreated {
			t.Fatalf("a job afterwards: %+v", fresh)
		}
		if now := one[int64](t, db, `SELECT max(last) FROM event_heads`); now != head+1 {
			t.Errorf("the event afterwards has number %d, want %d", now, head+1)
		}
		gapFree(t, db)
		p.untilTold(t, key)
		for key := range kept {
			p.untilTold(t, key)
		}
		// The log of events is read on from where a partner was.
		status, body, _ := getAs(t, fmt.Sprintf("%s/api/v1/events?after=%d", s.url, head), map[string]string{"X-Api-Key": p.key})
		if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"seq":%d`, head+1)) && !strings.Contains(body, fmt.Sprintf(`"nextAfter":%d`, head+1)) {
			t.Errorf("events after %d: %d %s", head, status, body)
		}
		s.signal(syscall.SIGTERM)
		if code := s.wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
	}

	t.Run("dump", func(t *testing.T) {
		c.shell(t, nil, "createdb --host="+c.dir+" --username=itmanagerjobs restored")
		restored := c.url("restored", port)
		c.shell(t, []string{"DATABASE_URL=" + restored}, dump[1])
		goOn(t, restored, before, false)
	})
	t.Run("base backup and archive", func(t *testing.T) {
		c.stop(t, "fast") // which archives what was written last
		c.shell(t, []string{archive, "DATABASE_URL=" + source}, base[2])
		kept := map[string]written{}
		answers.Range(func(k, v any) bool { kept[k.(string)] = v.(written); return true })
		goOn(t, source, kept, true)
	})
}
