//go:build soak

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// chaosFor is how long faults come; CHAOS_TIME has more, such as 10m.
func chaosFor(t *testing.T) time.Duration {
	t.Helper()
	if s := os.Getenv("CHAOS_TIME"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return 30 * time.Second
}

// chaos is a load on copies that are killed.
type chaos struct {
	t      *testing.T
	client *http.Client
	copies [3]atomic.Pointer[string] // addresses
	start  time.Time
	over   atomic.Bool
	keys   atomic.Int64
	again  atomic.Int64 // requests that were sent again

	mu           sync.Mutex
	credits, job []porcupine.Operation
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

func (c *chaos) now() int64 { return time.Since(c.start).Nanoseconds() }

func (c *chaos) note(call int64, creditsIn, creditsOut, jobIn, jobOut any) {
	end := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if creditsIn != nil {
		c.credits = append(c.credits, at(call, end, creditsIn, creditsOut))
	}
	if jobIn != nil {
		c.job = append(c.job, at(call, end, jobIn, jobOut))
	}
}

const publishable = `{"title":"IT Manager","description":"<p>Lead.</p>","city":"Leeds","country":"GB","employmentType":"FullTime","applyMethod":"DirectApply"}`

// work is that of one client, on jobs of its own and on those that all share.
func (c *chaos) work(key string, shared []int64, accepted *sync.Map) (created []int64) {
	for n := 0; !c.over.Load(); n++ {
		made := c.until(http.MethodPost, "/api/v1/jobs", key, publishable, true)
		var job struct{ ID int64 }
		if made.status != http.StatusCreated || json.Unmarshal([]byte(made.all), &job) != nil {
			c.t.Errorf("create: %+v", made)
			return created
		}
		created = append(created, job.ID)
		c.onJob(key, job.ID, "publish", "")
		c.onJob(key, job.ID, "read", "")
		c.readCredits(key)
		common := shared[rand.IntN(len(shared))]
		switch rand.IntN(4) {
		case 0:
			c.onJob(key, common, "title", fmt.Sprintf("Title %d of %d", n, job.ID))
		case 1:
			c.onJob(key, common, "publish", "")
		default:
			c.onJob(key, common, "read", "")
		}
		c.apply(shared[0], fmt.Sprintf("ada%d@example.com", job.ID), accepted)
		if n%2 == 0 {
			c.onJob(key, job.ID, "close", "")
			c.onJob(key, job.ID, "read", "")
		}
	}
	return created
}

func (c *chaos) onJob(key string, id int64, verb, title string) {
	path, in := fmt.Sprintf("/api/v1/jobs/%d", id), onJob{job: id, verb: verb, title: title}
	call := c.now()
	var w written
	switch verb {
	case "read":
		w = c.until(http.MethodGet, path, key, "", false)
		var job struct{ Status, Title string }
		if w.status != http.StatusOK || json.Unmarshal([]byte(w.all), &job) != nil {
			c.t.Errorf("read job %d: %+v", id, w)
			return
		}
		c.note(call, nil, nil, in, jobAnswer{status: job.Status, title: job.Title})
	case "publish":
		w = c.until(http.MethodPost, path+"/publish", key, "", true)
		switch w.status {
		case http.StatusOK:
			c.note(call, onCredits{publish: true}, creditsAnswer{paid: true}, in, jobAnswer{done: true})
		case http.StatusPaymentRequired: // it says nothing of the job but that it is a draft, which stays one
			c.note(call, onCredits{publish: true}, creditsAnswer{}, nil, nil)
		case http.StatusBadRequest: // it is no draft
			c.note(call, nil, nil, in, jobAnswer{})
		default:
			c.t.Errorf("publish job %d: %+v", id, w)
		}
	case "close":
		w = c.until(http.MethodPost, path+"/close", key, "", true)
		if w.status/100 != 2 {
			c.t.Errorf("close job %d: %+v", id, w)
		}
		c.note(call, nil, nil, in, jobAnswer{done: true})
	case "title":
		w = c.until(http.MethodPatch, path, key, fmt.Sprintf(`{"title":%q}`, title), true)
		if w.status != http.StatusOK {
			c.t.Errorf("change job %d: %+v", id, w)
		}
		c.note(call, nil, nil, in, jobAnswer{done: true})
	}
}

func (c *chaos) readCredits(key string) {
	call := c.now()
	w := c.until(http.MethodGet, "/api/v1/me", key, "", false)
	var me struct{ Credits struct{ JobPosting int64 } }
	if w.status != http.StatusOK || json.Unmarshal([]byte(w.all), &me) != nil {
		c.t.Errorf("read credits: %+v", w)
		return
	}
	c.note(call, onCredits{}, creditsAnswer{balance: me.Credits.JobPosting}, nil, nil)
}

// apply sends one application until it is accepted. Whoever sends it again is answered as the first time.
func (c *chaos) apply(job int64, email string, accepted *sync.Map) {
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
		switch a := c.send(http.MethodPost, fmt.Sprintf("/jobs/%d/apply", job), "", "", w.FormDataContentType(), form.Bytes()); a.status {
		case http.StatusCreated:
			accepted.Store(email, true)
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
func (c *chaos) look(client int, job int64, accepted *sync.Map) {
	for n := 0; !c.over.Load(); n++ {
		c.apply(job, fmt.Sprintf("grace%d.%d@example.com", client, n), accepted)
		for _, path := range []string{"/jobs", fmt.Sprintf("/jobs/%d", job), "/feeds/jobs.xml"} {
			switch w := c.send(http.MethodGet, path, "", "", "", nil); w.status {
			case 0, http.StatusOK, http.StatusServiceUnavailable:
			default:
				c.t.Errorf("GET %s: %+v", path, w)
			}
		}
		c.pause(200 * time.Millisecond)
	}
}

// unwell has PostgreSQL be so for two seconds.
func (c *chaos) unwell(cl *cluster, url string, how, back string) {
	for _, script := range []string{how, back} {
		if out, err := cl.try(c.t.Context(), []string{"URL=" + url}, script); err != nil {
			c.t.Errorf("%s: %v\n%s", script, err, out)
		}
		if script == how {
			c.pause(2 * time.Second)
		}
	}
}

// altered makes one setting for all sessions that begin, and for those that are there.
const altered = `PGOPTIONS="-c default_transaction_read_only=off" psql --quiet --dbname="$URL" --command="ALTER SYSTEM %s"; pg_ctl --pgdata=data reload >/dev/null`

// TestSoakChaos kills and stops copies, cuts their connections and the answers to COMMIT, and has PostgreSQL crash, stand still, be
// locked, read-only and full, while forty clients create, publish and close jobs, apply, and read what they did. Every history must be one
// that a single copy without faults could have had.
func TestSoakChaos(t *testing.T) {
	cl := newCluster(t)
	url := cl.url("itmanagerjobs", 5432)
	cut, cutURL := startCutting(t, cl, 50)
	env := []string{"DATABASE_URL=" + cutURL, "SECRET_KEY=" + testSecretKey(), "TRUSTED_PROXIES=127.0.0.1", "WEBHOOK_ALLOW_INSECURE=true", "WEBHOOK_DELAYS=1s", "WEBHOOK_MAX_ATTEMPTS=100", "LOG_LEVEL=error"}
	c := &chaos{t: t, start: time.Now(), client: &http.Client{Timeout: 5 * time.Second}}
	var running [3]*serving
	run := func(i int) {
		cut.off.Store(true)
		defer cut.off.Store(false)
		running[i] = startServing(t, env, "serve")
		c.copies[i].Store(&running[i].url)
	}
	for i := range running {
		run(i)
	}
	direct := slices.Concat(env, []string{"DATABASE_URL=" + url}) // for commands, which do not try again
	p := newPartnerWithReceiver(t, direct, running[0].url)
	const first, granted = 40, 25
	employer := one[string](t, cl.open(t, url), `SELECT max(id)::text FROM employers`)
	admin[map[string]any](t, direct, "grant-credits", "--employer", employer, "--job-posting", strconv.Itoa(first))
	var shared []int64
	for range 3 {
		w := c.until(http.MethodPost, "/api/v1/jobs", p.key, publishable, true)
		var job struct{ ID int64 }
		if err := json.Unmarshal([]byte(w.all), &job); err != nil {
			t.Fatalf("%+v: %v", w, err)
		}
		shared = append(shared, job.ID)
	}
	c.onJob(p.key, shared[0], "publish", "") // people apply for it

	var (
		clients  sync.WaitGroup
		accepted sync.Map
		created  [8][]int64
	)
	for i := range created {
		clients.Go(func() { created[i] = c.work(p.key, shared, &accepted) })
	}
	for i := range 40 - len(created) {
		clients.Go(func() { c.look(i, shared[0], &accepted) })
	}
	faults, order := map[string]int{}, []int(nil)
	for deadline := time.Now().Add(chaosFor(t)); time.Now().Before(deadline); c.pause(time.Second) {
		i := rand.IntN(len(running))
		if len(order) == 0 {
			order = rand.Perm(9) // each comes once before one comes again
		}
		fault := order[0]
		order = order[1:]
		switch fault {
		case 0, 1:
			faults["kill -9 of a copy"]++
			running[i].signal(syscall.SIGKILL)
			running[i].wait()
			run(i)
		case 2:
			faults["a copy stopped for 3 s"]++
			running[i].signal(syscall.SIGSTOP)
			c.pause(3 * time.Second)
			running[i].signal(syscall.SIGCONT)
		case 3:
			faults["all connections cut"]++
			if _, err := cl.try(t.Context(), []string{"URL=" + url}, `psql --quiet --dbname="$URL" --command="SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'itmanagerjobs'"`); err != nil {
				t.Error(err)
			}
		case 5:
			faults["read-only for 2 s"]++
			c.unwell(cl, url, fmt.Sprintf(altered, "SET default_transaction_read_only = on"), fmt.Sprintf(altered, "RESET default_transaction_read_only"))
		case 6:
			faults["no room for 2 s"]++
			c.unwell(cl, url, fmt.Sprintf(altered, "SET temp_file_limit = 0"), fmt.Sprintf(altered, "RESET temp_file_limit"))
		case 7:
			faults["jobs locked for 2 s"]++
			c.unwell(cl, url, `psql --quiet --dbname="$URL" --command="BEGIN; LOCK TABLE jobs; SELECT pg_sleep(2); COMMIT" >/dev/null`, "true")
		case 8:
			faults["PostgreSQL stands still for 2 s"]++
			c.unwell(cl, url, `pkill -STOP -P "$(head -1 data/postmaster.pid)"`, `pkill -CONT -P "$(head -1 data/postmaster.pid)"`)
		case 4:
			faults["PostgreSQL crashed and started"]++
			cl.stop(t, "immediate")
			cl.start(t, "data")
			// A grant in the midst of it, by an operator.
			call := c.now()
			balance := admin[map[string]int64](t, direct, "grant-credits", "--employer", employer, "--job-posting", strconv.Itoa(granted))
			c.note(call, onCredits{grant: granted}, creditsAnswer{balance: balance["jobPosting"]}, nil, nil)
		}
	}
	c.over.Store(true)
	clients.Wait()
	c.readCredits(p.key)
	t.Logf("%d connections were cut before a COMMIT, %d after", cut.before.Load(), cut.after.Load())
	if cut.after.Load() == 0 {
		t.Error("no answer to a COMMIT was cut")
	}
	t.Logf("%v; %d requests about credits, %d about jobs, %d sent again", faults, len(c.credits), len(c.job), c.again.Load())

	const judging = 5 * time.Minute
	if result := porcupine.CheckOperationsTimeout(credits(first), c.credits, judging); result != porcupine.Ok {
		t.Errorf("the history of credits: %s", result)
	}
	if result := porcupine.CheckOperationsTimeout(aJob, c.job, judging); result != porcupine.Ok {
		t.Errorf("the history of jobs: %s", result)
	}
	db := cl.open(t, url)
	gapFree(t, db)
	for what, query := range map[string]string{
		"balances are not the sums of their ledgers": `SELECT count(*) FROM credit_accounts a WHERE balance <>
			(SELECT coalesce(sum(delta), 0) FROM credit_entries e WHERE e.employer_id = a.employer_id AND e.mode = a.mode AND e.kind = a.kind)`,
		"publications are paid twice":    `SELECT count(*) FROM (SELECT 1 FROM credit_entries WHERE reason = 'Publish' GROUP BY job_id, publication HAVING count(*) > 1) AS t`,
		"people have applied twice":      `SELECT count(*) FROM (SELECT 1 FROM applications GROUP BY job_id, email HAVING count(*) > 1) AS t`,
		"jobs have another first event":  `SELECT count(*) FROM jobs j WHERE 1 <> (SELECT count(*) FROM events e WHERE e.type = 'job.created' AND (e.data ->> 'jobPostId')::bigint = j.id)`,
		"published jobs were never paid": `SELECT count(*) FROM jobs j WHERE j.status = 'Active' AND NOT EXISTS (SELECT 1 FROM credit_entries e WHERE e.job_id = j.id AND e.reason = 'Publish')`,
	} {
		if n := one[int](t, db, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	jobs := len(shared)
	for _, ids := range created {
		jobs += len(ids)
	}
	if n := one[int](t, db, `SELECT count(*) FROM jobs WHERE employer_id = `+employer+` AND mode = 'live' AND title <> ''`); n < jobs {
		t.Errorf("%d jobs are there, %d were created", n, jobs)
	}
	applications := 0
	accepted.Range(func(_, _ any) bool { applications++; return true })
	if n := one[int](t, db, fmt.Sprintf(`SELECT count(*) FROM applications WHERE job_id = %d`, shared[0])); n != applications {
		t.Errorf("%d applications are there, %d were accepted", n, applications)
	}
	t.Logf("%d jobs, %d applications", jobs, applications)
}
