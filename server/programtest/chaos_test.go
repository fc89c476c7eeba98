package programtest

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/history"
	"itmanagerjobs/store/storetest/wire"
)

// chaos is a load on copies that are killed, cut off, and have their database taken from them. Every history of what clients ask must be
// one that a single copy without faults could have had.
type chaos struct {
	t       *testing.T
	client  *http.Client
	wire    *wire.Proxy
	running []*serving
	copies  []atomic.Pointer[string] // addresses
	env     []string                 // of copies
	direct  []string                 // of commands, which do not try again
	over    atomic.Bool
	keys    atomic.Int64
	again   atomic.Int64 // requests that were sent again
	faults  map[string]int

	key, employer string
	limited       string  // a key of another employer, which has few requests a minute
	shared        []int64 // jobs that all clients work on; people apply for the first
	people        []int64 // of the CV database
	created       atomic.Int64
	accepted      sync.Map // addresses of those who have applied

	credits, jobs, unlocks, limits *history.Log
}

// What a chaos begins with, and is given on the way.
const (
	firstCredits, firstUnlocks = 40, 12
	moreCredits, moreUnlocks   = 25, 5
	// perMinute is the limit of the key limited.
	perMinute = 20
)

// newChaos starts copies over a database, which is reached by a wire.
func newChaos(t *testing.T, database string, copies int, cutting int64) *chaos {
	t.Helper()
	c := &chaos{
		t: t, client: &http.Client{Timeout: 5 * time.Second}, running: make([]*serving, copies), copies: make([]atomic.Pointer[string], copies), faults: map[string]int{},
		credits: history.NewLog(), jobs: history.NewLog(), unlocks: history.NewLog(), limits: history.NewLog(),
	}
	var byWay string
	c.wire, byWay = wire.Start(t, database, wire.Options{Cuts: func(statement string) bool { return strings.HasPrefix(statement, "COMMIT") }, Every: cutting})
	settings := []string{"SECRET_KEY=" + testSecretKey(), "TRUSTED_PROXIES=127.0.0.1", "WEBHOOK_ALLOW_INSECURE=true", "WEBHOOK_DELAYS=1s", "WEBHOOK_MAX_ATTEMPTS=100", "LOG_LEVEL=error"}
	c.env, c.direct = append([]string{"DATABASE_URL=" + byWay}, settings...), append([]string{"DATABASE_URL=" + database}, settings...)
	for i := range c.running {
		c.run(i)
	}
	made := admin[employerAnswer](t, c.direct, "create-employer", "--name", "Acme", "--email", "it@acme.example", "--trusted")
	c.employer = strconv.FormatInt(made.ID, 10)
	for _, family := range []string{"jobs", "candidate"} {
		admin[map[string]any](t, c.direct, "set-limit", "--employer", c.employer, "--family", family, "--per-minute", "1000000")
	}
	c.key = admin[keyAnswer](t, c.direct, "mint-key", "--employer", c.employer, "--name", "Test", "--scopes", "JobPosting,CvSearch,Webhooks", "--approve").Key
	c.grant(false, firstCredits, firstUnlocks)
	other := strconv.FormatInt(admin[employerAnswer](t, c.direct, "create-employer", "--name", "Bond", "--email", "it@bond.example").ID, 10)
	admin[map[string]any](t, c.direct, "set-limit", "--employer", other, "--family", "jobs", "--per-minute", strconv.Itoa(perMinute))
	c.limited = admin[keyAnswer](t, c.direct, "mint-key", "--employer", other, "--name", "Test", "--scopes", "JobPosting", "--approve").Key
	c.prepare()
	return c
}

// prepare makes what all clients work on.
func (c *chaos) prepare() {
	c.t.Helper()
	var lines strings.Builder
	for i := range 24 {
		lines.WriteString(person(fmt.Sprintf("person%d@example.org", i), "") + "\n")
	}
	importing(c.t, c.direct, lines.String(), false)
	var found searchAnswer
	if w := c.until(http.MethodGet, "/api/v1/candidates/search?pageSize=50", c.key, "", false); json.Unmarshal([]byte(w.all), &found) != nil || len(found.Items) != 24 {
		c.t.Fatalf("people: %+v", w)
	}
	for _, p := range found.Items {
		c.people = append(c.people, p.ID)
	}
	for range 3 {
		w := c.until(http.MethodPost, "/api/v1/jobs", c.key, publishable, true)
		var job struct{ ID int64 }
		if err := json.Unmarshal([]byte(w.all), &job); err != nil {
			c.t.Fatalf("%+v: %v", w, err)
		}
		c.shared = append(c.shared, job.ID)
		c.created.Add(1)
	}
	c.onJob(c.shared[0], "publish", "") // people apply for it
}

// run starts a copy.
func (c *chaos) run(i int) {
	c.t.Helper()
	c.wire.Quiet.Store(true)
	defer c.wire.Quiet.Store(false)
	c.running[i] = startServing(c.t, c.env, "serve")
	c.copies[i].Store(&c.running[i].url)
}

// grant is an operator's, past the wire.
func (c *chaos) grant(noted bool, jobs, unlocks int64) {
	c.t.Helper()
	call, callOfUnlocks := c.credits.Now(), c.unlocks.Now()
	balance := admin[map[string]int64](c.t, c.direct, "grant-credits", "--employer", c.employer, "--job-posting", strconv.FormatInt(jobs, 10), "--cv-search", strconv.FormatInt(unlocks, 10))
	if noted {
		c.credits.Note(call, history.OnCredits{Grant: jobs}, history.CreditsAnswer{Balance: balance["jobPosting"]})
		c.unlocks.Note(callOfUnlocks, history.OnUnlock{Verb: "grant", Grant: unlocks}, history.UnlockAnswer{Balance: balance["cvSearch"]})
	}
}

// until sends one request again, to any copy and under one key, until an answer says what has become of it.
func (c *chaos) until(method, path, key, body string, change bool) written {
	idempotencyKey := ""
	if change {
		idempotencyKey = fmt.Sprintf("chaos-%d", c.keys.Add(1))
	}
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		w := c.send(method, path, key, idempotencyKey, "application/json", []byte(body))
		switch w.status {
		case 0, http.StatusServiceUnavailable, http.StatusConflict: // the key's first request is still at work
			c.again.Add(1)
			c.pause(20 * time.Millisecond)
		default:
			if w.status == http.StatusInternalServerError {
				c.t.Errorf("%s %s: %+v", method, path, w)
			}
			return w
		}
	}
	c.t.Errorf("%s %s has no answer for %s", method, path, patience)
	return written{}
}

// pause is that of a client before it sends a request again.
func (c *chaos) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

func (c *chaos) send(method, path, key, idempotencyKey, mediaType string, body []byte) written {
	req, err := http.NewRequest(method, *c.copies[rand.IntN(len(c.copies))].Load()+path, bytes.NewReader(body))
	if err != nil {
		return written{}
	}
	for name, value := range map[string]string{
		"X-Api-Key": key, "Content-Type": mediaType, "Idempotency-Key": idempotencyKey, "Accept": "application/json",
		"X-Forwarded-For": fmt.Sprintf("10.%d.%d.1", rand.IntN(200), rand.IntN(200)),
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := c.client.Do(req)
	if err != nil {
		return written{}
	}
	defer res.Body.Close()
	var all bytes.Buffer
	if _, err := all.ReadFrom(res.Body); err != nil {
		return written{}
	}
	return written{status: res.StatusCode, all: all.String()}
}

const publishable = `{"title":"IT Manager","description":"<p>Lead.</p>","city":"Leeds","country":"GB","employmentType":"FullTime","applyMethod":"DirectApply"}`

// work is that of one client, on jobs of its own and on those that all share.
func (c *chaos) work() {
	for n := 0; !c.over.Load(); n++ {
		made := c.until(http.MethodPost, "/api/v1/jobs", c.key, publishable, true)
		var job struct{ ID int64 }
		if made.status != http.StatusCreated || json.Unmarshal([]byte(made.all), &job) != nil {
			c.t.Errorf("create: %+v", made)
			return
		}
		c.created.Add(1)
		c.onJob(job.ID, "publish", "")
		c.onJob(job.ID, "read", "")
		c.readCredits()
		common := c.shared[rand.IntN(len(c.shared))]
		switch rand.IntN(4) {
		case 0:
			c.onJob(common, "title", fmt.Sprintf("Title %d of %d", n, job.ID))
		case 1:
			c.onJob(common, "publish", "")
		default:
			c.onJob(common, "read", "")
		}
		c.apply(fmt.Sprintf("ada%d@example.com", job.ID))
		if n%2 == 0 {
			c.onJob(job.ID, "close", "")
			c.onJob(job.ID, "read", "")
		}
	}
}

func (c *chaos) onJob(id int64, verb, title string) {
	path, in := fmt.Sprintf("/api/v1/jobs/%d", id), history.OnJob{Job: id, Verb: verb, Title: title}
	call, callOfCredits := c.jobs.Now(), c.credits.Now()
	var w written
	switch verb {
	case "read":
		w = c.until(http.MethodGet, path, c.key, "", false)
		var job struct{ Status, Title string }
		if w.status != http.StatusOK || json.Unmarshal([]byte(w.all), &job) != nil {
			c.t.Errorf("read job %d: %+v", id, w)
			return
		}
		c.jobs.Note(call, in, history.JobAnswer{Status: job.Status, Title: job.Title})
	case "publish":
		w = c.until(http.MethodPost, path+"/publish", c.key, "", true)
		switch w.status {
		case http.StatusOK:
			c.credits.Note(callOfCredits, history.OnCredits{Publish: true}, history.CreditsAnswer{Paid: true})
			c.jobs.Note(call, in, history.JobAnswer{Done: true})
		case http.StatusPaymentRequired: // it says nothing of the job but that it is a draft, which stays one
			c.credits.Note(callOfCredits, history.OnCredits{Publish: true}, history.CreditsAnswer{})
		case http.StatusBadRequest: // it is no draft
			c.jobs.Note(call, in, history.JobAnswer{})
		default:
			c.t.Errorf("publish job %d: %+v", id, w)
		}
	case "close":
		w = c.until(http.MethodPost, path+"/close", c.key, "", true)
		if w.status/100 != 2 {
			c.t.Errorf("close job %d: %+v", id, w)
		}
		c.jobs.Note(call, in, history.JobAnswer{Done: true})
	case "title":
		w = c.until(http.MethodPatch, path, c.key, fmt.Sprintf(`{"title":%q}`, title), true)
		if w.status != http.StatusOK {
			c.t.Errorf("change job %d: %+v", id, w)
		}
		c.jobs.Note(call, in, history.JobAnswer{Done: true})
	}
}

func (c *chaos) readCredits() {
	call, callOfUnlocks := c.credits.Now(), c.unlocks.Now()
	w := c.until(http.MethodGet, "/api/v1/me", c.key, "", false)
	var me struct {
		Credits struct{ JobPosting, CVSearch int64 }
	}
	if w.status != http.StatusOK || json.Unmarshal([]byte(w.all), &me) != nil {
		c.t.Errorf("read credits: %+v", w)
		return
	}
	c.credits.Note(call, history.OnCredits{}, history.CreditsAnswer{Balance: me.Credits.JobPosting})
	c.unlocks.Note(callOfUnlocks, history.OnUnlock{Verb: "balance"}, history.UnlockAnswer{Balance: me.Credits.CVSearch})
}

// open is a client who unlocks people and looks at them.
func (c *chaos) open() {
	for n := 0; !c.over.Load(); n++ {
		who := rand.IntN(len(c.people))
		path, in, call := fmt.Sprintf("/api/v1/candidates/%d", c.people[who]), history.OnUnlock{Person: who, Verb: "look"}, c.unlocks.Now()
		var w written
		if n%2 == 0 {
			in.Verb = "unlock"
			w = c.until(http.MethodPost, path+"/unlock", c.key, "", true)
		} else {
			w = c.until(http.MethodGet, path, c.key, "", false)
		}
		var profile struct{ Unlock struct{ Required bool } }
		refused := in.Verb == "unlock" && w.status == http.StatusPaymentRequired
		if !refused && (w.status != http.StatusOK || json.Unmarshal([]byte(w.all), &profile) != nil) {
			c.t.Errorf("%s person %d: %+v", in.Verb, who, w)
			return
		}
		c.unlocks.Note(call, in, history.UnlockAnswer{Open: !refused && !profile.Unlock.Required})
		c.pause(50 * time.Millisecond)
	}
}

// ask is a client whose key has few requests a minute. What it is not answered, it does not ask again.
func (c *chaos) ask() {
	for !c.over.Load() {
		in, call := history.OnLimit{From: time.Now()}, c.limits.Now()
		w := c.send(http.MethodGet, "/api/v1/me", c.limited, "", "", nil)
		in.To = time.Now()
		switch w.status {
		case http.StatusOK, http.StatusTooManyRequests:
			c.limits.Note(call, in, history.LimitAnswer{Admitted: w.status == http.StatusOK})
		case 0, http.StatusServiceUnavailable:
			c.mayCount(in.From, call, 1)
		default:
			c.t.Errorf("GET me: %+v", w)
		}
		c.pause(150 * time.Millisecond)
	}
}

// mayCount notes requests that may be counted from a moment on, and that nobody is answered. An admission waits for 10 s at most.
func (c *chaos) mayCount(from time.Time, call int64, n int) {
	c.limits.Note(call, history.OnLimit{From: from, To: from.Add(15 * time.Second), Unheard: n}, history.LimitAnswer{})
}

// crashed notes that the database has crashed since a moment, and has forgotten its limits.
func (c *chaos) crashed(call int64) {
	c.limits.Note(call, history.OnLimit{Crash: true}, history.LimitAnswer{})
}

// kill kills a copy and starts another one in its place.
func (c *chaos) kill(i int) {
	c.faults["kill -9 of a copy"]++
	c.running[i].signal(syscall.SIGKILL)
	c.running[i].wait()
	c.run(i)
}

// stop stops a copy for a while.
func (c *chaos) stop(i int, d time.Duration) {
	c.faults["a copy stopped for "+d.String()]++
	c.running[i].signal(syscall.SIGSTOP)
	c.pause(d)
	c.running[i].signal(syscall.SIGCONT)
}

// slow has PostgreSQL be slow for a while.
func (c *chaos) slow(d time.Duration) {
	c.faults["PostgreSQL slow for "+d.String()]++
	c.wire.Delay(50 * time.Millisecond)
	c.pause(d)
	c.wire.Delay(0)
}

// apply sends one application until it is accepted. Whoever sends it again is answered as the first time.
func (c *chaos) apply(email string) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"firstName": "Ada", "lastName": "Lovelace", "email": email} {
		if err := w.WriteField(name, value); err != nil {
			c.t.Error(err)
		}
	}
	part, err := w.CreateFormFile("cv", "cv.txt")
	if err != nil {
		c.t.Error(err)
		return
	}
	fmt.Fprintf(part, "Ada, %s", email)
	w.Close()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); c.pause(20 * time.Millisecond) {
		switch a := c.send(http.MethodPost, fmt.Sprintf("/jobs/%d/apply", c.shared[0]), "", "", w.FormDataContentType(), form.Bytes()); a.status {
		case http.StatusCreated:
			c.accepted.Store(email, true)
			return
		case 0, http.StatusServiceUnavailable, http.StatusTooManyRequests:
			c.again.Add(1)
		default:
			c.t.Errorf("apply: %+v", a)
			return
		}
	}
	c.t.Errorf("no application for %s", patience)
}

// look is a client without an Idempotency-Key: it applies, and reads what everybody may.
func (c *chaos) look(client int) {
	for n := 0; !c.over.Load(); n++ {
		c.apply(fmt.Sprintf("grace%d.%d@example.com", client, n))
		for _, path := range []string{"/jobs", fmt.Sprintf("/jobs/%d", c.shared[0]), "/feeds/jobs.xml"} {
			switch w := c.send(http.MethodGet, path, "", "", "", nil); w.status {
			case 0, http.StatusOK, http.StatusServiceUnavailable:
			default:
				c.t.Errorf("GET %s: %+v", path, w)
			}
		}
		c.pause(200 * time.Millisecond)
	}
}

// during has clients at work while faults come.
func (c *chaos) during(writers, readers int, faults func()) {
	c.t.Helper()
	var clients sync.WaitGroup
	for range writers {
		clients.Go(c.work)
	}
	for range (writers + 1) / 2 {
		clients.Go(c.open)
	}
	for range 2 {
		clients.Go(c.ask)
	}
	for i := range readers {
		clients.Go(func() { c.look(i) })
	}
	faults()
	c.over.Store(true)
	clients.Wait()
	c.readCredits()
	c.t.Logf("%v; %d connections were cut before a COMMIT, %d after; requests about credits %d, jobs %d, unlocks %d, limits %d; %d sent again; %d jobs", c.faults,
		c.wire.Before.Load(), c.wire.After.Load(), c.credits.Len(), c.jobs.Len(), c.unlocks.Len(), c.limits.Len(), c.again.Load(), c.created.Load())
	if c.wire.Before.Load() == 0 || c.wire.After.Load() == 0 {
		c.t.Error("no connection was cut around a COMMIT")
	}
}

// judge judges the histories, and what is in the database.
func (c *chaos) judge(db *sql.DB) {
	c.t.Helper()
	for what, err := range map[string]error{
		"credits": c.credits.Judge(history.Credits(firstCredits)), "jobs": c.jobs.Judge(history.Job("IT Manager")),
		"unlocks": c.unlocks.Judge(history.Unlocks(firstUnlocks)), "limits": c.limits.Judge(history.Limit(perMinute)),
	} {
		if err != nil {
			c.t.Errorf("the history of %s: %v", what, err)
		}
	}
	gapFree(c.t, db)
	for what, query := range map[string]string{
		"balances are not the sums of their ledgers": `SELECT count(*) FROM credit_accounts a WHERE balance <>
			(SELECT coalesce(sum(delta), 0) FROM credit_entries e WHERE e.employer_id = a.employer_id AND e.mode = a.mode AND e.kind = a.kind)`,
		"publications are paid twice":    `SELECT count(*) FROM (SELECT 1 FROM credit_entries WHERE reason = 'Publish' GROUP BY job_id, publication HAVING count(*) > 1) AS t`,
		"profiles are paid twice":        `SELECT count(*) FROM (SELECT 1 FROM credit_entries WHERE reason = 'Unlock' GROUP BY candidate_id HAVING count(*) > 1) AS t`,
		"open profiles were never paid":  `SELECT count(*) FROM cv_unlocks u WHERE NOT EXISTS (SELECT 1 FROM credit_entries e WHERE e.unlock_id = u.unlock_id)`,
		"people have applied twice":      `SELECT count(*) FROM (SELECT 1 FROM applications GROUP BY job_id, email HAVING count(*) > 1) AS t`,
		"jobs have another first event":  `SELECT count(*) FROM jobs j WHERE 1 <> (SELECT count(*) FROM events e WHERE e.type = 'job.created' AND (e.data ->> 'jobPostId')::bigint = j.id)`,
		"published jobs were never paid": `SELECT count(*) FROM jobs j WHERE j.status = 'Active' AND NOT EXISTS (SELECT 1 FROM credit_entries e WHERE e.job_id = j.id AND e.reason = 'Publish')`,
	} {
		if n := one[int](c.t, db, query); n != 0 {
			c.t.Errorf("%d %s", n, what)
		}
	}
	if n := one[int64](c.t, db, `SELECT count(*) FROM jobs`); n < c.created.Load() {
		c.t.Errorf("%d jobs are there, %d were created", n, c.created.Load())
	}
	applications := 0
	c.accepted.Range(func(_, _ any) bool { applications++; return true })
	if n := one[int](c.t, db, `SELECT count(*) FROM applications`); n != applications {
		c.t.Errorf("%d applications are there, %d were accepted", n, applications)
	}
	c.t.Logf("%d applications", applications)
}

// TestChaos has one fault after another of those that leave the PostgreSQL of the other tests as it is. TestSoakChaos has all of them.
func TestChaos(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := newChaos(t, url, 2, 30)
	do := func(statements string) {
		if _, err := db.ExecContext(t.Context(), statements); err != nil {
			t.Errorf("%s: %v", statements, err)
		}
	}
	cut := func() {
		c.mayCount(time.Now(), c.limits.Now(), 2)
		do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()`)
	}
	const each = 500 * time.Millisecond
	c.during(4, 4, func() {
		c.kill(0)
		c.stop(1, each)
		c.slow(each)
		c.faults["all connections cut"]++
		cut()
		c.faults["jobs locked"]++
		do(`BEGIN; LOCK TABLE jobs; SELECT pg_sleep(0.5); COMMIT`)
		c.faults["read-only"]++
		do(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
		cut()
		c.pause(each)
		do(`BEGIN READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$; COMMIT`)
		c.grant(true, moreCredits, moreUnlocks)
		c.pause(each)
	})
	c.judge(db)
}
