package server_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

type proposalAnswer struct {
	ID                 int64
	Operation, Status  string
	Summary, URL       string
	Cost               struct{ JobPosting, CVSearch int64 }
	JobID, CandidateID *int64
	Reason             *string
	ExpiresAt          time.Time
	DecidedAt          *time.Time
}

func proposingKey(t testing.TB, api *servertest.API, tenant board.Tenant) string {
	t.Helper()
	return api.Key(t, account.NewKey{Tenant: tenant, Name: "Agent", Scopes: apikey.AllScopes(), ProposeOnly: true, Approve: true})
}

// admin is a user of the employer who may decide.
func admin(t testing.TB, api *servertest.API, tenant board.Tenant) int64 {
	t.Helper()
	users, err := api.Store.Accounts.Users(t.Context(), tenant.EmployerID)
	if err != nil || len(users) == 0 {
		t.Fatalf("users: %v, %v", users, err)
	}
	return users[0].ID
}

// draft makes a job that can be published.
func draft(t testing.TB, api *servertest.API, key string) string {
	t.Helper()
	made := api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs", Key: key, Body: map[string]any{
		"title": "Platform Lead", "description": "<p>Lead.</p>", "employmentType": "FullTime", "applyMethod": "DirectApply", "country": "United Kingdom", "city": "London",
	}})
	return strings.TrimPrefix(made.Header.Get("Location"), servertest.PublicURL)
}

func TestAProposedPublicationWaitsForAPerson(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, own := api.Employer(t, "Northwind", 2, apikey.ScopeJobPosting)
	key := proposingKey(t, api, tenant)
	job := draft(t, api, key)
	ask := servertest.Request{Method: http.MethodPost, Path: job + "/publish", Key: key, Header: map[string]string{"Idempotency-Key": "p-1"}}

	var made proposalAnswer
	first := api.Want(t, 202, ask)
	first.JSON(t, &made)
	if made.Operation != "publishJob" || made.Status != "Pending" || made.Cost.JobPosting != 1 || made.JobID == nil || made.URL != servertest.PublicURL+board.ProposalPath(made.ID) {
		t.Errorf("the proposal: %s", first.Body)
	}
	if again := api.Want(t, 202, ask); string(again.Body) != string(first.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("repeated: %s", again.Body)
	}
	ask.Header = nil
	var same proposalAnswer
	if api.Want(t, 202, ask).JSON(t, &same); same.ID != made.ID {
		t.Errorf("asked again without a key: proposal %d, want %d", same.ID, made.ID)
	}
	ask.Body = map[string]any{"expiryDate": api.Clock.Now().Add(48 * time.Hour)}
	api.Want(t, 409, ask)
	path := strings.TrimPrefix(first.Header.Get("Location"), servertest.PublicURL)
	if res := api.Want(t, 200, get(path, own)); string(res.Body) != string(first.Body) {
		t.Errorf("read: %s\nwant %s", res.Body, first.Body)
	}
	state := func() (out struct{ Status string }) {
		api.Want(t, 200, get(job, own)).JSON(t, &out)
		return out
	}
	if s := state(); s.Status != "Draft" {
		t.Errorf("a proposal makes the job %s", s.Status)
	}
	if _, err := api.Store.ApproveProposal(t.Context(), tenant, made.ID, admin(t, api, tenant), 0); err != nil {
		t.Fatal(err)
	}
	if s := state(); s.Status != "Active" {
		t.Errorf("approved, the job is %s", s.Status)
	}
	var done proposalAnswer
	if api.Want(t, 200, get(path, key)).JSON(t, &done); done.Status != "Approved" || done.DecidedAt == nil {
		t.Errorf("the proposal afterwards: %+v", done)
	}
	// A stranger's key, and one of the other mode, find nothing.
	_, stranger := api.Employer(t, "Southwind", 1, apikey.ScopeJobPosting)
	for _, other := range []string{stranger, modeKey(t, api, tenant, board.ModeTest, false)} {
		api.Want(t, 404, get(path, other))
	}
	entries, _, err := api.Store.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: tenant.EmployerID, Action: "proposePublishJob", Limit: 10})
	if err != nil || len(entries) != 2 || !slices.Contains(entries[0].Objects, "proposals/1") || !slices.Contains(entries[0].Objects, "jobs/1") {
		t.Errorf("the audit log: %+v, %v", entries, err)
	}
}

// TestOneOfManyApprovals has two copies of the program approve at once: the job is published once, and one credit is taken.
func TestOneOfManyApprovals(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, url, storetest.Options(clock)), clock.Now)
	api.Clock = clock
	other := storetest.Open(t, url, storetest.Options(clock))
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	grant(t, api, tenant, 5)
	key := proposingKey(t, api, tenant)
	var publication, opening proposalAnswer
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: draft(t, api, key) + "/publish", Key: key}).JSON(t, &publication)
	api.Want(t, 202, unlock(people(t, api, board.ModeLive, grace)[0], key)).JSON(t, &opening)
	by := admin(t, api, tenant)
	for _, made := range []proposalAnswer{publication, opening} {
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				s := api.Store
				if i%2 == 1 {
					s = other
				}
				_, errs[i] = s.ApproveProposal(t.Context(), tenant, made.ID, by, 0)
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !strings.Contains(err.Error(), "approved already"):
				t.Errorf("%s: %v", made.Operation, err)
			}
		}
		if done != 1 {
			t.Errorf("%s: %d approvals were done, want 1", made.Operation, done)
		}
	}
	left, err := api.Store.Accounts.Credits(t.Context(), tenant)
	if err != nil || left != (account.Credits{JobPosting: 4, CVSearch: 4}) {
		t.Errorf("credits left: %+v, %v", left, err)
	}
}

func TestAProposalExpiresAfter24Hours(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	key := proposingKey(t, api, tenant)
	ask := servertest.Request{Method: http.MethodPost, Path: draft(t, api, key) + "/publish", Key: key}
	var made proposalAnswer
	first := api.Want(t, 202, ask)
	first.JSON(t, &made)
	path := strings.TrimPrefix(first.Header.Get("Location"), servertest.PublicURL)
	status := func() string {
		var now proposalAnswer
		api.Want(t, 200, get(path, key)).JSON(t, &now)
		return now.Status
	}
	api.Clock.Advance(24*time.Hour - time.Microsecond)
	if s := status(); s != "Pending" {
		t.Errorf("a moment before: %s", s)
	}
	api.Clock.Advance(time.Microsecond)
	if s := status(); s != "Expired" {
		t.Errorf("after 24 hours: %s", s)
	}
	if _, err := api.Store.ApproveProposal(t.Context(), tenant, made.ID, admin(t, api, tenant), 0); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("approved too late: %v", err)
	}
	var next proposalAnswer
	if api.Want(t, 202, ask).JSON(t, &next); next.ID == made.ID || next.Status != "Pending" {
		t.Errorf("asked again: %+v", next)
	}
	if err := api.Store.RefuseProposal(t.Context(), tenant, next.ID, admin(t, api, tenant), "The salary is missing."); err != nil {
		t.Fatal(err)
	}
	var refused proposalAnswer
	api.Want(t, 200, get("/api/v1/proposals/2", key)).JSON(t, &refused)
	if refused.Status != "Refused" || refused.Reason == nil || *refused.Reason != "The salary is missing." {
		t.Errorf("refused: %+v", refused)
	}
	api.Clock.Advance(91 * 24 * time.Hour)
	if n, err := api.Store.Accounts.PurgeProposals(t.Context(), 10); n != 2 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
}

// TestAnApprovalThatCannotBeDoneStillWaits: what has changed meanwhile is said, nothing is charged, and the person can decide again.
func TestAnApprovalThatCannotBeDoneStillWaits(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, own := api.Employer(t, "Northwind", 0, apikey.ScopeJobPosting)
	key, by := proposingKey(t, api, tenant), admin(t, api, tenant)
	job := draft(t, api, key)
	var made proposalAnswer
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: job + "/publish", Key: key}).JSON(t, &made)
	approve := func(version int64, code board.Code) {
		t.Helper()
		_, err := api.Store.ApproveProposal(t.Context(), tenant, made.ID, by, version)
		if e, ok := err.(*board.Error); !ok || e.Code != code { //nolint:errorlint // the error itself is what is wanted
			t.Errorf("approved: %v, want %s", err, code)
		}
		if p, err := api.Store.Accounts.Proposal(t.Context(), tenant, made.ID); err != nil || p.Status != board.ProposalPending {
			t.Errorf("afterwards: %+v, %v", p, err)
		}
	}
	approve(0, board.CodeNoCredits)
	api.Want(t, 200, servertest.Request{Method: http.MethodPatch, Path: job, Key: own, Body: map[string]any{"title": "Chief"}})
	approve(1, board.CodePreconditionFailed)
	api.Want(t, 200, servertest.Request{Method: http.MethodDelete, Path: job, Key: own})
	approve(0, board.CodeInvalidState)
}

// TestAnOpenProfileIsNotProposed: nothing is spent, so there is nothing to decide.
func TestAnOpenProfileIsNotProposed(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, own := api.Employer(t, "Northwind", 1, apikey.ScopeCVSearch)
	grant(t, api, tenant, 1)
	key := proposingKey(t, api, tenant)
	id := people(t, api, board.ModeLive, grace)[0]
	first := api.Want(t, 202, unlock(id, key))
	if strings.Contains(string(first.Body), "grace") || strings.Contains(string(first.Body), "Hopper") {
		t.Errorf("the proposal names the person: %s", first.Body)
	}
	api.Want(t, 200, unlock(id, own))
	api.Want(t, 200, unlock(id, key))
	// What an erasure reaches is also what was proposed about the person.
	if _, err := api.Store.Erasure.EraseCV(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	api.Want(t, 404, get("/api/v1/proposals/1", key))
	api.Want(t, 404, unlock(id, key))
}

// TestWhatAProposingKeyMayCall goes through the contracts: what spends answers 202 in them, and what can't be undone is refused before
// anything is looked at.
func TestWhatAProposingKeyMayCall(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	published, err := contract.Published()
	if err != nil {
		t.Fatal(err)
	}
	live, test := proposingKey(t, api, tenant), proposingKey(t, api, board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest})
	var proposed []string
	destructive := 0
	for _, op := range published.Operations {
		if op.Proposed {
			proposed = append(proposed, op.ID)
		}
		if !op.Destructive {
			continue
		}
		destructive++
		key := live
		if op.TestMode {
			key = test
		}
		res := api.Want(t, 403, servertest.Request{Method: op.Method, Path: strings.NewReplacer("{id}", "999999", "{reference}", "X").Replace(op.Path), Key: key})
		if !strings.Contains(string(res.Body), "only proposes") {
			t.Errorf("%s: %s", op.ID, res.Body)
		}
	}
	slices.Sort(proposed)
	if want := []string{"publishJob", "unlockCandidate"}; !slices.Equal(proposed, want) {
		t.Errorf("operations that spend are %v, and proposals know %v", proposed, want)
	}
	if destructive < 9 {
		t.Errorf("%d operations can't be undone: the contract was not gone through", destructive)
	}
	var me struct{ Key struct{ ProposeOnly bool } }
	if api.Want(t, 200, get("/api/v1/me", live)).JSON(t, &me); !me.Key.ProposeOnly {
		t.Error("the key does not say that it only proposes")
	}
}

// TestClearingTestDataTakesProposalsAndReports: nothing that names a test job or a receiver stays.
func TestClearingTestDataTakesProposalsAndReports(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 0, apikey.ScopeJobPosting)
	test := board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}
	key, full := proposingKey(t, api, test), api.Key(t, account.NewKey{Tenant: test, Name: "key", Scopes: apikey.AllScopes()})
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: draft(t, api, key) + "/publish", Key: key})
	api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Key: full, Body: map[string]any{"url": "https://ats.example/hook", "events": []string{"job.published"}}})
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks/1/certify", Key: full})
	paths := []string{"/api/v1/proposals/1", "/api/v1/test/certifications/1"}
	for _, path := range paths {
		api.Want(t, 200, get(path, full))
	}
	api.Want(t, 200, servertest.Request{Method: http.MethodDelete, Path: "/api/v1/test/data", Key: full})
	for _, path := range paths {
		api.Want(t, 404, get(path, full))
	}
}
