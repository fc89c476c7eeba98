package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/profile"
	"itmanagerjobs/webhooks/webhooktest"
)

// subscribeByWireName makes a subscription to events by their names in a profile, to all events when no name is given.
func (r *rig) subscribeByWireName(t *testing.T, name, path string, words ...string) (outbox.Subscription, string) {
	t.Helper()
	p, ok := profile.Lookup(name)
	if !ok {
		t.Fatalf("there is no profile %s", name)
	}
	if words == nil {
		words = p.WireNames()
	}
	var types []event.Type
	for _, w := range words {
		canonical, ok := p.Canonical(w)
		if !ok {
			t.Fatalf("%s has no %s", name, w)
		}
		for _, c := range canonical {
			types = append(types, event.Type(c))
		}
	}
	sub, secret, err := r.store.Outbox.CreateSubscription(t.Context(), r.tenant, name, delivery.SubscriptionPatch{URL: board.Set(r.receiver.URL(path)), Events: board.Set(types)})
	if err != nil {
		t.Fatal(err)
	}
	return sub, secret
}

// arrived counts the requests to a path by a summary of their body.
func arrived(requests []webhooktest.Request, path string, summary func(body []byte) string) map[string]int {
	got := map[string]int{}
	for _, req := range requests {
		if req.Path == path {
			got[summary(req.Body)]++
		}
	}
	return got
}

// fields returns a summary of bodies: the values of a JSON object, or of a list of one object, at dotted paths. It skips values that
// are missing, null or empty.
func fields(t *testing.T, paths ...string) func(body []byte) string {
	return func(body []byte) string {
		t.Helper()
		var object any
		if err := json.Unmarshal(body, &object); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if list, ok := object.([]any); ok && len(list) == 1 {
			object = list[0]
		}
		var values []string
		for _, path := range paths {
			v := object
			for name := range strings.SplitSeq(path, ".") {
				inner, _ := v.(map[string]any)
				v = inner[name]
			}
			if v != nil && v != "" {
				values = append(values, fmt.Sprint(v))
			}
		}
		return strings.Join(values, " ")
	}
}

// untilDelivered waits until no delivery to a subscription is queued.
func (r *rig) untilDelivered(t *testing.T) {
	t.Helper()
	r.untilCount(t, 0, pendingSQL+` WHERE lane_id IN (SELECT lane_id FROM subscriptions)`)
}

// TestEveryEventIsDeliveredInItsProfile sends every event through the store and the engine to one endpoint per profile, and to two
// of humansourcing, which has jobs and candidates.
func TestEveryEventIsDeliveredInItsProfile(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	_, autoSecret := r.subscribeByWireName(t, "autotechjobs", "/auto")
	_, rejentoSecret := r.subscribeByWireName(t, "rejento", "/rejento")
	r.subscribeByWireName(t, "humansourcing", "/jobs", "job.creation", "job.update", "job.delete")
	r.subscribeByWireName(t, "humansourcing", "/people", "candidate.creation", "candidate.update", "candidate.delete")
	l := r.makeHistory(t, clock)
	r.start(t, func(c *Config) { c.PublicURL = "https://jobs.example" })
	r.untilDelivered(t)
	// Only now: an erasure also removes Max from deliveries that are queued.
	if _, err := r.store.Erasure.EraseCandidate(t.Context(), r.tenant, l.ByEmail.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	r.untilDelivered(t)
	requests, events := r.receiver.Requests(), r.events(t)
	checkContract(t, events)

	var (
		zoe, muster  = l.Second.CandidateID, l.ByEmail.CandidateID
		first, lead  = l.First.ID, fmt.Sprintf("job_%d IT Manager Acme Ltd", l.Lead.ID)
		second, ops  = l.Second.ID, fmt.Sprintf("job_%d Senior DevOps Engineer Acme Ltd", l.Ops.ID)
		leadURL      = fmt.Sprintf(" https://jobs.example/jobs/%d", l.Lead.ID)
		opsURL       = fmt.Sprintf(" https://jobs.example/jobs/%d", l.Ops.ID)
		autoZoe      = fmt.Sprintf("cand_%d Zoë O'Neill zoe@example.com", zoe)
		autoMax      = fmt.Sprintf("cand_%d Max Muster max@example.com", muster)
		autoEmployer = fmt.Sprintf("emp_%d ", r.tenant.EmployerID)
		submitted    = func(id int64, job, who string) string {
			return fmt.Sprintf("application.submitted app_%d pending %s %s", id, job, who)
		}
	)
	if diff := cmp.Diff(map[string]int{
		"job.created " + ops: 1, "job.updated " + ops: 1, "job.updated " + ops + opsURL: 1, "job.expired " + ops + opsURL: 1, "job.deleted " + ops + opsURL: 1,
		"job.created " + lead: 1, "job.updated " + lead + leadURL: 1,
		submitted(first, lead, autoZoe): 1, submitted(second, ops, autoZoe): 1, submitted(l.ByEmail.ID, lead, autoMax): 1,
		fmt.Sprintf("application.status_updated app_%d screening %s %s", second, ops, autoZoe):                                                   1,
		fmt.Sprintf("application.status_updated app_%d withdrawn %s %s", first, lead, autoZoe):                                                   1,
		fmt.Sprintf("application.withdrawn app_%d withdrawn %s %s", first, lead, autoZoe):                                                        1,
		"candidate.registered " + autoZoe + " [COBOL]":                                                                                           1,
		"candidate.registered " + autoMax + " []":                                                                                                1,
		"candidate.profile_updated " + autoZoe + " +44 20 7946 0000 DevOps Engineer [DevOps Kubernetes Terraform Ansible] London United Kingdom": 1,
		"employer.registered " + autoEmployer + "Acme":                                                                                           1, "employer.profile_updated " + autoEmployer + "Acme Ltd https://acme.example": 1,
	}, arrived(requests, "/auto", fields(t, "type", "data.job.id", "data.job.title", "data.job.company", "data.job.url",
		"data.application.id", "data.application.status", "data.application.job.id", "data.application.job.title", "data.application.job.company",
		"data.application.candidate.id", "data.application.candidate.name", "data.application.candidate.email",
		"data.candidate.id", "data.candidate.name", "data.candidate.email", "data.candidate.phone", "data.candidate.title", "data.candidate.skills",
		"data.candidate.city", "data.candidate.country", "data.employer.id", "data.employer.name", "data.employer.website"))); diff != "" {
		t.Errorf("autotechjobs (-want +got):\n%s", diff)
	}

	bodies, names := map[string]int{}, map[string]int{}
	for _, e := range events {
		if name, known := profile.Rejento().Wire(string(e.Type)); known {
			bodies[fmt.Sprintf(`{"event":%q,"timestamp":%q,"data":%s}`, name, e.CreatedAt.Format(time.RFC3339Nano), e.Data)]++
			names[name]++
		}
	}
	if diff := cmp.Diff(bodies, arrived(requests, "/rejento", func(body []byte) string { return string(body) })); diff != "" {
		t.Errorf("rejento (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{
		"candidate.created": 1, "candidate.matched": 1, "candidate.status_changed": 2, "interview.scheduled": 1, "interview.completed": 1, "ai_call.completed": 1,
	}, names); diff != "" {
		t.Errorf("rejento's events (-want +got):\n%s", diff)
	}

	job := func(event string, j board.Job, url string) string {
		return fmt.Sprintf("job %s %d %s Acme Ltd%s", event, j.ID, j.Title, url)
	}
	if diff := cmp.Diff(map[string]int{
		job("creation", l.Ops, ""): 1, job("update", l.Ops, ""): 1, job("update", l.Ops, opsURL): 2, fmt.Sprintf("job delete %d", l.Ops.ID): 1,
		job("creation", l.Lead, ""): 1, job("update", l.Lead, leadURL): 1,
	}, arrived(requests, "/jobs", fields(t, "type", "event", "data.job_id", "data.job_title", "data.job_company", "data.job_form_url"))); diff != "" {
		t.Errorf("humansourcing, jobs (-want +got):\n%s", diff)
	}
	person := func(event string, id int64, who string) string {
		return fmt.Sprintf("candidate %s %d %s", event, id, who)
	}
	const early, late = "Zoë O'Neill zoe@example.com [COBOL]", "Zoë O'Neill zoe@example.com +44 20 7946 0000 [DevOps Kubernetes Terraform Ansible]"
	if diff := cmp.Diff(map[string]int{
		person("creation", zoe, early): 1, person("creation", muster, "Max Muster max@example.com []"): 1,
		person("update", zoe, early): 1, person("update", zoe, late): 4, person("update", muster, "Max Muster max@example.com []"): 1,
		fmt.Sprintf("candidate delete %d", muster): 1,
	}, arrived(requests, "/people", fields(t, "type", "event", "data.id", "data.first_name", "data.last_name", "data.email", "data.tel_mobile", "data.tags"))); diff != "" {
		t.Errorf("humansourcing, candidates (-want +got):\n%s", diff)
	}

	byID := map[string]outbox.Event{}
	for _, e := range events {
		byID[strconv.FormatInt(e.ID, 10)] = e
	}
	for _, req := range requests {
		switch req.Path {
		case "/jobs", "/people":
			e := byID[req.Header.Get("X-Webhook-Event-Id")]
			if wire, known := profile.HumanSourcing().Wire(string(e.Type)); !known || wire != req.Header.Get("X-Webhook-Event") {
				t.Errorf("headers %v are not of the event %+v", req.Header, e)
			}
		case "/auto":
			if err := webhooktest.VerifySignature(autoSecret, req.Header.Get("X-Autotechjobs-Signature"), req.Body, req.At); err != nil {
				t.Errorf("%v\n%s", err, req.Body)
			}
		case "/rejento":
			mac := hmac.New(sha256.New, []byte(rejentoSecret))
			mac.Write(req.Body)
			if got := req.Header.Get("X-Rejento-Signature"); got != hex.EncodeToString(mac.Sum(nil)) || req.Header.Get("X-Rejento-Delivery-Id") == "" {
				t.Errorf("headers %v", req.Header)
			}
		}
	}
}

// TestAnErasedPersonIsInNoDeliveryThatFollows erases while deliveries wait.
func TestAnErasedPersonIsInNoDeliveryThatFollows(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	r.subscribeByWireName(t, "humansourcing", "/people", "candidate.creation", "candidate.update", "candidate.delete")
	r.subscribeByWireName(t, "autotechjobs", "/auto",
		"application.submitted", "application.status_updated", "application.withdrawn", "candidate.registered", "candidate.profile_updated")
	l := r.makeHistory(t, clock)
	if _, err := r.store.Erasure.EraseCandidate(t.Context(), r.tenant, l.Second.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	r.start(t, nil)
	r.untilDelivered(t)
	requests, ofMax := r.receiver.Requests(), 0
	for _, req := range requests {
		for _, word := range []string{"Zoë", "O'Neill", "zoe@", "Dear all", "7946", "London", "Ansible", "COBOL"} {
			if strings.Contains(string(req.Body), word) {
				t.Errorf("%s still tells of %s: %s", req.Path, word, req.Body)
			}
		}
		if strings.Contains(string(req.Body), "max@example.com") {
			ofMax++
		}
	}
	if ofMax != 4 {
		t.Errorf("%d deliveries tell of somebody else, want 4", ofMax)
	}
	got := arrived(requests, "/auto", fields(t, "type"))
	if diff := cmp.Diff(map[string]int{
		"application.submitted": 1, "candidate.registered": 1,
	}, got); diff != "" {
		t.Errorf("autotechjobs (-want +got):\n%s", diff)
	}
	got = arrived(requests, "/people", fields(t, "event"))
	if diff := cmp.Diff(map[string]int{"creation": 1, "update": 1, "delete": 1}, got); diff != "" {
		t.Errorf("humansourcing (-want +got):\n%s", diff)
	}
	deleted := fmt.Sprintf(`[{"event":"delete","type":"candidate","data":{"id":%d}}]`, l.Second.CandidateID)
	if !slices.ContainsFunc(requests, func(q webhooktest.Request) bool { return string(q.Body) == deleted }) {
		t.Errorf("none of the deliveries is %s", deleted)
	}
}

// TestTheStoreKnowsWhichProfilesNeedDossiers compares the rule of the database with Profile.NeedsDossier.
func TestTheStoreKnowsWhichProfilesNeedDossiers(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.NewClock().Now)
	want, got := map[string]bool{}, map[string]bool{}
	for _, p := range profile.All() {
		want[p.Name] = p.NeedsDossier
		sub, _ := r.subscribeByWireName(t, p.Name, "/"+p.Name)
		got[p.Name] = r.count(t, `SELECT count(*) FROM subscriptions WHERE id = $1 AND dossiers`, sub.ID) == 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("profiles with dossiers (-want +got):\n%s", diff)
	}
}
