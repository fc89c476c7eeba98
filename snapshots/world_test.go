package snapshots_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
)

// world is the server of one exchange, over a database of its own: what is added to one case can't change the ids,
// limits or times of another. Clock, keys and request ids are the same in every run, so that nothing is masked.
type world struct {
	*servertest.API

	t      testing.TB
	tenant board.Tenant
	keys   map[string]string
	// principals are who the keys make their callers.
	principals map[string]account.Principal
	// words maps each word in {braces} of a request to its value.
	words map[string]string
}

// step brings a world into the state that an exchange begins in.
type step func(w *world)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{API: servertest.New(t), t: t, keys: map[string]string{}, principals: map[string]account.Principal{}, words: map[string]string{}}
	w.tenant = w.employer("Example Hosting Ltd", "admin@employer.example")
	if _, err := w.Store.Accounts.GrantCredits(t.Context(), w.tenant, account.Credits{JobPosting: 2, CVSearch: 5}); err != nil {
		t.Fatalf("grant credits: %v", err)
	}
	return w
}

func (w *world) must(err error, doing string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v", doing, err)
	}
}

func (w *world) employer(name, email string) board.Tenant {
	w.t.Helper()
	id, _, err := w.Store.Accounts.CreateEmployer(w.t.Context(), account.NewEmployer{Name: name, Email: email})
	w.must(err, "create employer")
	return board.Tenant{EmployerID: id, Mode: board.ModeLive}
}

func (w *world) testMode() board.Tenant {
	return board.Tenant{EmployerID: w.tenant.EmployerID, Mode: board.ModeTest}
}

// Kinds of keys, as they stand in the recorded requests.
const (
	liveKey              = "live key, JobPosting"
	bothKey              = "live key, JobPosting and CvSearch"
	testKey              = "test key, JobPosting"
	readOnlyKey          = "read-only key, JobPosting"
	cvKey                = "live key, CvSearch alone"
	hooksKey             = "live key, Webhooks"
	peopleHooksKey       = "live key, Webhooks and CvSearch"
	readOnlyTestKey      = "read-only test key, JobPosting"
	readOnlyTestHooksKey = "read-only test key, Webhooks"
	testHooksKey         = "test key, Webhooks"
	readOnlyHooksKey     = "read-only key, Webhooks"
	testCVKey            = "test key, CvSearch"
	readOnlyCVKey        = "read-only key, CvSearch"
	unknownKey           = "unknown key"
	revokedKey           = "revoked key"
	expiredKey           = "expired key"
	pendingKey           = "key that waits for review"
	proposingKey         = "live key that only proposes, JobPosting and CvSearch"
	elsewhereKey         = "key bound to another network"
)

// key mints a key of a kind when it is needed first.
func (w *world) key(kind string) string {
	w.t.Helper()
	if kind == "" {
		return ""
	}
	if key, ok := w.keys[kind]; ok {
		return key
	}
	n := account.NewKey{Tenant: w.tenant, Name: "Bullhorn production", Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true}
	switch kind {
	case unknownKey:
		key, err := apikey.New(storetest.Predictable(), board.ModeLive, false)
		w.must(err, "make a key")
		return key
	case bothKey:
		n.Scopes = []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch}
	case proposingKey:
		n.Name, n.Scopes, n.ProposeOnly = "Agent", []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch}, true
	case testKey:
		n.Mode = board.ModeTest
	case readOnlyTestHooksKey:
		n.Scopes, n.Mode, n.ReadOnly = []apikey.Scope{apikey.ScopeWebhooks}, board.ModeTest, true
	case readOnlyTestKey:
		n.Mode, n.ReadOnly = board.ModeTest, true
	case readOnlyKey:
		n.ReadOnly = true
	case hooksKey:
		n.Scopes = []apikey.Scope{apikey.ScopeWebhooks}
	case peopleHooksKey:
		n.Scopes = []apikey.Scope{apikey.ScopeWebhooks, apikey.ScopeCVSearch}
	case testHooksKey:
		n.Scopes, n.Mode = []apikey.Scope{apikey.ScopeWebhooks}, board.ModeTest
	case readOnlyHooksKey:
		n.Scopes, n.ReadOnly = []apikey.Scope{apikey.ScopeWebhooks}, true
	case cvKey:
		n.Scopes = []apikey.Scope{apikey.ScopeCVSearch}
	case testCVKey:
		n.Scopes, n.Mode = []apikey.Scope{apikey.ScopeCVSearch}, board.ModeTest
	case readOnlyCVKey:
		n.Scopes, n.ReadOnly = []apikey.Scope{apikey.ScopeCVSearch}, true
	case pendingKey:
		n.Scopes, n.Approve = []apikey.Scope{apikey.ScopeCVSearch}, false
	case elsewhereKey:
		n.Allowed = []string{"192.0.2.0/24"}
	case expiredKey:
		until := w.Clock.Now().Add(time.Hour)
		n.ExpiresAt = &until
	}
	key, plain, err := w.Store.Accounts.MintKey(w.t.Context(), n)
	w.must(err, "mint a "+kind)
	switch kind {
	case revokedKey:
		_, err := w.Store.Accounts.RevokeKey(w.t.Context(), key.ID, n.EmployerID)
		w.must(err, "revoke the key")
	case expiredKey:
		w.Clock.Advance(time.Hour)
	}
	w.keys[kind] = plain
	w.principals[kind] = account.Principal{Tenant: board.Tenant{EmployerID: n.EmployerID, Mode: key.Mode}, KeyID: key.ID}
	return plain
}

// complete is a job that lacks nothing for its publication.
func complete(title, reference string) board.JobPatch {
	minimum, maximum := int64(85_000_00), int64(105_000_50)
	return board.JobPatch{
		Title: board.Set(title), Reference: board.Set(reference), Description: board.Set("<p>Lead the team that runs our hosting platform.</p>"),
		City: board.Set("London"), Country: board.Set("United Kingdom"), EmploymentType: board.Set(board.FullTime),
		RemoteType: board.Set(board.HybridRemote), Seniority: board.Set(board.Lead), ApplyMethod: board.Set(board.ApplyByEmail),
		ApplyEmailAddress: board.Set("jobs@example.com"),
		Salary:            board.SetSalary(board.Salary{Min: &minimum, Max: &maximum, Currency: "GBP", Period: board.PerYear}),
		RequiredSkills:    board.Set([]string{"Kubernetes", "Go"}), OptionalSkills: board.Set([]string{"PostgreSQL"}),
	}
}

func (w *world) create(t board.Tenant, p board.JobPatch) int64 {
	w.t.Helper()
	job, err := w.Store.Jobs.CreateJob(w.t.Context(), t, p)
	w.must(err, "create job")
	return job.ID
}

// aDraft is job 1, complete.
func aDraft(w *world) { w.create(w.tenant, complete("Platform Lead", "PL-001")) }

// aBareDraft is job 1, with nothing but a title.
func aBareDraft(w *world) { w.create(w.tenant, board.JobPatch{Title: board.Set("Platform Lead")}) }

func anActiveJob(w *world) {
	aDraft(w)
	w.Clock.Advance(time.Hour)
	_, err := w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.tenant}, 1, nil, board.Precondition{})
	w.must(err, "publish job")
}

func anExpiredJob(w *world) {
	anActiveJob(w)
	w.Clock.Advance(board.DefaultRun)
	_, err := w.Store.Jobs.ExpireDue(w.t.Context(), 1)
	w.must(err, "expire job")
}

func aClosedJob(w *world) {
	aDraft(w)
	w.Clock.Advance(time.Hour)
	_, err := w.Store.Jobs.Deactivate(w.t.Context(), w.tenant, 1, board.Precondition{})
	w.must(err, "close job")
}

// manyJobs are three drafts and an active job, made one minute after another; the oldest draft was changed last.
func manyJobs(w *world) {
	anActiveJob(w)
	for _, more := range [][2]string{{"Delivery Manager", "DM-002"}, {"Head of IT", "HI-003"}, {"Platform Architect", "PA-004"}} {
		w.Clock.Advance(time.Minute)
		w.create(w.tenant, complete(more[0], more[1]))
	}
	w.Clock.Advance(time.Minute)
	_, err := w.Store.Jobs.UpdateJob(w.t.Context(), w.tenant, 2, board.JobPatch{City: board.Set("Leeds")}, board.Precondition{})
	w.must(err, "change job")
}

func anActiveTestJob(w *world) {
	aTestJob(w)
	_, err := w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.testMode()}, 1, nil, board.Precondition{})
	w.must(err, "publish job")
}

// aTestApplication is application 1, of somebody made up.
func aTestApplication(w *world) {
	anActiveTestJob(w)
	_, err := w.Store.Simulation.Apply(w.t.Context(), w.testMode(), 1)
	w.must(err, "simulate an application")
}

func anInbox(w *world) {
	_, err := w.Store.Outbox.CreateInbox(w.t.Context(), w.testMode(), "Trying out")
	w.must(err, "make an inbox")
}

// anArrival is what inbox 1 has got from webhook 1.
func anArrival(w *world) {
	anInbox(w)
	all, err := w.Store.Outbox.Inboxes(w.t.Context(), w.testMode())
	w.must(err, "list inboxes")
	_, err = w.Store.Outbox.Receive(w.t.Context(), outbox.Arrival{
		Tenant: w.testMode(), Token: all[0].Token, SubscriptionID: 1, DeliveryID: 1, Method: "POST",
		Header: http.Header{"Content-Type": {"application/json"}, "X-Webhook-Event": {"job.published"}}, Body: []byte(`{"jobId":1}`),
	})
	w.must(err, "keep a delivery")
}

// aTestWebhook is webhook 1, of test mode.
func aTestWebhook(w *world) { w.hook(w.testMode()) }

func (w *world) hook(t board.Tenant) {
	_, _, err := w.Store.Outbox.CreateSubscription(w.t.Context(), t, "native", delivery.SubscriptionPatch{
		URL: board.Set("https://ats.example.com/hooks"), Events: board.Set([]event.Type{event.JobPublished}),
	})
	w.must(err, "create webhook")
}

// aCertification is certification 1, of webhook 1.
func aCertification(w *world) {
	aTestWebhook(w)
	_, err := w.Store.Outbox.CreateCertification(w.t.Context(), w.testMode(), 1)
	w.must(err, "certify")
}

// aReport is certification 1 with its report.
func aReport(w *world) {
	aCertification(w)
	work, _, err := w.Store.Outbox.ClaimCertification(w.t.Context())
	w.must(err, "claim")
	w.must(w.Store.Outbox.FinishCertification(w.t.Context(), work, []delivery.ReceiverCheck{
		{Name: delivery.CheckGoodSignature, Passed: true, Status: 204, Took: 14 * time.Millisecond},
		{Name: delivery.CheckOld, Status: 204, Took: 12 * time.Millisecond},
		{Name: delivery.CheckMethod, Problem: "The connection was refused.", Took: time.Millisecond, Passed: false},
	}), "report")
}

// aProposal is proposal 1, to publish job 1.
func aProposal(w *world) {
	aDraft(w)
	w.key(proposingKey)
	_, err := w.Store.ProposePublication(w.t.Context(), w.principals[proposingKey], 1, nil, board.Precondition{})
	w.must(err, "propose")
}

// anOpening is proposal 1, to unlock candidate 1.
func anOpening(w *world) {
	aPerson(w)
	w.key(proposingKey)
	_, err := w.Store.ProposeUnlock(w.t.Context(), w.principals[proposingKey], 1)
	w.must(err, "propose")
}

func approved(w *world) {
	w.Clock.Advance(time.Hour)
	_, err := w.Store.ApproveProposal(w.t.Context(), w.tenant, 1, w.admin(), 0)
	w.must(err, "approve")
}

func refused(w *world) {
	w.Clock.Advance(time.Hour)
	w.must(w.Store.RefuseProposal(w.t.Context(), w.tenant, 1, w.admin(), "The salary is missing. Add it first."), "refuse")
}

func aDayLater(w *world) { w.Clock.Advance(24 * time.Hour) }

func (w *world) admin() int64 {
	w.t.Helper()
	users, err := w.Store.Accounts.Users(w.t.Context(), w.tenant.EmployerID)
	w.must(err, "read the team")
	return users[0].ID
}

func anothersProposal(w *world) {
	other := w.employer("Another Employer Ltd", "admin@another.example")
	key, _, err := w.Store.Accounts.MintKey(w.t.Context(), account.NewKey{Tenant: other, Name: "Agent", Scopes: apikey.AllScopes(), ProposeOnly: true, Approve: true})
	w.must(err, "mint a key")
	_, err = w.Store.Jobs.CreateJob(w.t.Context(), other, complete("Platform Lead", "PL-001"))
	w.must(err, "create job")
	_, err = w.Store.ProposePublication(w.t.Context(), account.Principal{Tenant: other, KeyID: key.ID}, 1, nil, board.Precondition{})
	w.must(err, "propose")
}

func anothersReport(w *world) {
	other := w.employer("Another Employer Ltd", "admin@another.example")
	other.Mode = board.ModeTest
	w.hook(other)
	_, err := w.Store.Outbox.CreateCertification(w.t.Context(), other, 1)
	w.must(err, "certify")
}

func anothersInbox(w *world) {
	other := w.employer("Another Employer Ltd", "admin@another.example")
	other.Mode = board.ModeTest
	_, err := w.Store.Outbox.CreateInbox(w.t.Context(), other, "Theirs")
	w.must(err, "make an inbox")
}

// asked are two requests of the live key and one of another.
func asked(w *world) {
	w.key(liveKey)
	w.key(testKey)
	mine, others := w.principals[liveKey], w.principals[testKey]
	w.must(w.Store.Accounts.LogRequests(w.t.Context(), []account.APIRequest{
		{Tenant: mine.Tenant, KeyID: mine.KeyID, RequestID: "req-1", Method: "POST", Route: "/api/v1/jobs", Status: 400, Code: "invalid_request", Took: 7 * time.Millisecond, At: w.Clock.Now()},
		{Tenant: others.Tenant, KeyID: others.KeyID, RequestID: "req-2", Method: "GET", Route: "/api/v1/jobs", Status: 200, Took: time.Millisecond, At: w.Clock.Now()},
		{Tenant: mine.Tenant, KeyID: mine.KeyID, RequestID: "req-3", Method: "GET", Route: "/api/v1/jobs/:id", Status: 200, Took: 3 * time.Millisecond, At: w.Clock.Now()},
	}), "log requests")
}

func aTestJob(w *world) { w.create(w.testMode(), complete("Platform Lead", "PL-001")) }

// anothersJob is job 1 of another employer.
func anothersJob(w *world) {
	w.create(w.employer("Another Ltd", "admin@another.example"), complete("Platform Lead", "PL-001"))
}

func anotherJob(w *world) { w.create(w.tenant, complete("Delivery Manager", "DM-002")) }

func aContract(w *world) {
	_, err := w.Store.Accounts.SetContract(w.t.Context(), w.tenant.EmployerID, storetest.Epoch.AddDate(1, 0, 0))
	w.must(err, "set contract")
}

// noCredits publishes two jobs, which is all that the employer has paid for.
func noCredits(w *world) {
	for _, reference := range []string{"A-1", "A-2"} {
		id := w.create(w.tenant, complete("Service Manager", reference))
		_, err := w.Store.Jobs.Publish(w.t.Context(), account.Principal{Tenant: w.tenant}, id, nil, board.Precondition{})
		w.must(err, "publish job")
	}
}

// limitReached leaves a key without a request of a family for 42 more seconds.
func limitReached(kind string, family board.LimitFamily) step {
	path := map[board.LimitFamily]string{
		board.FamilyJobs: "/api/v1/me", board.FamilySearch: "/api/v1/candidates/search", board.FamilyCandidate: "/api/v1/candidates/999",
	}[family]
	return func(w *world) {
		w.must(w.Store.Accounts.SetLimit(w.t.Context(), w.tenant.EmployerID, family, 1), "set limit")
		w.Do(w.t, servertest.Request{Method: http.MethodGet, Path: path, Key: w.key(kind)})
		w.Clock.Advance(18 * time.Second)
	}
}

// databaseGone is what an outage of the database looks like.
func databaseGone(w *world) {
	w.key(liveKey)
	w.key(hooksKey)
	w.key(cvKey)
	w.key(peopleHooksKey)
	w.key(testKey)
	w.key(testHooksKey)
	w.must(w.Store.Close(), "close the store")
}

// databaseBroken is a database that lacks tables, as one that was migrated wrongly would: a fault of ours.
func databaseBroken(w *world) {
	for _, kind := range []string{liveKey, hooksKey, cvKey, peopleHooksKey, testKey, testHooksKey} {
		w.key(kind)
	}
	storetest.HideTables(w.t, w.DatabaseURL, "key_usage", "jobs", "applications")
}

func draining(w *world) { w.Handler.Drain() }

// answerFails makes the first attempt to write an answer fail, as a fault in the program would.
func answerFails(w *world) {
	ts := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.Handler.ServeHTTP(&failingOnce{ResponseWriter: rw}, r)
	}))
	w.t.Cleanup(ts.Close)
	w.URL = ts.URL
}

type failingOnce struct {
	http.ResponseWriter

	failed bool
}

func (f *failingOnce) WriteHeader(status int) {
	if !f.failed {
		f.failed = true
		panic("this answer can't be written")
	}
	f.ResponseWriter.WriteHeader(status)
}

const idempotencyKey = "5f0c7a52-8d0e-4b7e-9a35-7f9b1a0c1d2e"
