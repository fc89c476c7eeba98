package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/cvline"
)

// people imports people into the CV database, one for each line of NDJSON, and returns their ids.
func people(t testing.TB, api *servertest.API, mode board.Mode, lines ...string) []int64 {
	t.Helper()
	all := make([]board.CVCandidate, len(lines))
	for i, line := range lines {
		var err error
		if all[i], err = cvline.Parse([]byte(line), api.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	imported, err := api.Store.CV.Import(t.Context(), mode, all)
	if err != nil {
		t.Fatal(err)
	}
	return imported.IDs
}

const grace = `{"firstName":"Grace","lastName":"Hopper","email":"grace.hopper@example.com","phone":"+44 113 496 0001","title":"Senior Site Reliability Engineer",` +
	`"summary":"Grace Hopper keeps Kubernetes up. Write to grace.hopper@example.com or call +44 113 496 0001, see https://hopper.example.com.",` +
	`"skills":["Kubernetes","Terraform"],"seniority":"Senior","city":"Leeds","country":"United Kingdom","yearsExperience":12,"remoteType":"HybridRemote",` +
	`"availability":"OneMonth","languages":["English"],"salaryExpectation":{"min":85000,"max":105000,"currency":"GBP","period":"Year"},` +
	`"experience":[{"title":"Site Reliability Engineer","employer":"Example Hosting Ltd","from":"2019-04","description":"Ran forty Kubernetes clusters."}],` +
	`"cvText":"Grace Hopper, +44 113 496 0001\nKubernetes and Terraform since 2014."}`

// plain is a person in the CV database with few fields.
func plain(name string) string {
	return fmt.Sprintf(`{"firstName":%q,"lastName":"Person","email":"%s@example.com","title":"Data Engineer","skills":["Python"],"cvText":"Python"}`, name, strings.ToLower(name))
}

func grant(t testing.TB, api *servertest.API, tenant board.Tenant, credits int64) {
	t.Helper()
	if _, err := api.Store.Accounts.GrantCredits(t.Context(), tenant, account.Credits{CVSearch: credits}); err != nil {
		t.Fatal(err)
	}
}

// cvCredits is how many credits for the CV database the employer of the key has left.
func cvCredits(t testing.TB, api *servertest.API, key string) int64 {
	t.Helper()
	var me struct{ Credits struct{ CVSearch int64 } }
	api.Want(t, 200, get("/api/v1/me", key)).JSON(t, &me)
	return me.Credits.CVSearch
}

func unlock(id int64, key string) servertest.Request {
	return servertest.Request{Method: http.MethodPost, Path: candidatePath(id) + "/unlock", Key: key}
}

func TestUnlockingAProfileIsChargedOnce(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	id := people(t, api, board.ModeLive, grace)[0]

	refused := api.Want(t, 402, unlock(id, key))
	if !strings.Contains(string(refused.Body), `"code":"no_credits"`) {
		t.Errorf("without credits: %s", refused.Body)
	}
	grant(t, api, tenant, 3)
	var wg sync.WaitGroup
	statuses, keys := make([]int, 50), []string{key, modeKey(t, api, tenant, board.ModeLive, false)}
	for i := range statuses {
		wg.Go(func() { statuses[i] = api.Do(t, unlock(id, keys[i%2])).Status })
	}
	wg.Wait()
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	if diff := cmp.Diff(map[int]int{200: 50}, count); diff != "" {
		t.Errorf("50 at once (-want +got):\n%s", diff)
	}
	if left := cvCredits(t, api, key); left != 2 {
		t.Errorf("%d credits left of 3, want 2", left)
	}
	until := api.Clock.Now().Add(30 * 24 * time.Hour)
	readOnly := modeKey(t, api, tenant, board.ModeLive, true) // what one key has unlocked, all of the employer's may read
	for _, q := range []servertest.Request{unlock(id, key), get(candidatePath(id), readOnly)} {
		var c candidateAnswer
		api.Want(t, 200, q).JSON(t, &c)
		if c.Population != "CvDatabase" || c.Email != "grace.hopper@example.com" || c.LastName != "Hopper" || c.Status != nil || c.Unlock == nil ||
			c.Unlock.Required || c.Unlock.Price != 0 || c.Unlock.ExpiresAt == nil || !c.Unlock.ExpiresAt.Equal(until) {
			t.Errorf("%s, unlocked: %+v, %+v", q.Method, c, c.Unlock)
		}
	}
	if cv := api.Want(t, 200, get(candidatePath(id)+"/cv", readOnly)); !strings.Contains(string(cv.Body), "Terraform since 2014") {
		t.Errorf("CV: %s", cv.Body)
	}
	api.Clock.Advance(30*24*time.Hour - time.Second)
	api.Want(t, 200, unlock(id, key))
	if left := cvCredits(t, api, key); left != 2 {
		t.Errorf("%d credits left within the 30 days, want 2", left)
	}
	api.Clock.Advance(time.Second) // to unlock again has prolonged nothing
	closed(t, api, id, key)
	for range 2 {
		api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: candidatePath(id) + "/unlock", Key: key, Header: map[string]string{"Idempotency-Key": "1"}})
	}
	if left := cvCredits(t, api, key); left != 1 {
		t.Errorf("%d credits left after the 30 days, want 1", left)
	}
	api.Want(t, 304, servertest.Request{
		Method: http.MethodGet, Path: candidatePath(id), Key: key,
		Header: map[string]string{"If-None-Match": api.Want(t, 200, get(candidatePath(id), key)).Header.Get("ETag")},
	})

	// Each employer pays for itself.
	_, other := api.Employer(t, "Contoso", 0, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	closed(t, api, id, other)
	api.Want(t, 402, unlock(id, other))
	// An unlocked profile does not belong to the employer, who cannot erase, export or move it.
	for method, path := range map[string]string{"DELETE": "", "GET": "/export", "POST": "/status"} {
		q := servertest.Request{Method: method, Path: candidatePath(id) + path, Key: key}
		if method == "POST" {
			q.Body = map[string]any{"status": "Hired"}
		}
		api.Want(t, 404, q)
	}
}

// closed checks that grace's profile is shown to a key without anything by which she could be reached.
func closed(t *testing.T, api *servertest.API, id int64, key string) {
	t.Helper()
	res := api.Want(t, 200, get(candidatePath(id), key))
	for _, private := range []string{"Grace", "Hopper", "hopper", "496", "Since 2014"} {
		if strings.Contains(string(res.Body), private) {
			t.Errorf("a profile that is not open shows %s: %s", private, res.Body)
		}
	}
	var c candidateAnswer
	res.JSON(t, &c)
	if c.Unlock == nil || !c.Unlock.Required || c.Unlock.Price != 1 || c.Unlock.ExpiresAt != nil || !c.HasCV || c.Summary == nil ||
		!strings.Contains(*c.Summary, "keeps Kubernetes up") || !strings.Contains(string(res.Body), "Ran forty Kubernetes clusters.") {
		t.Errorf("closed: %s", res.Body)
	}
	if cv := api.Want(t, 402, get(candidatePath(id)+"/cv", key)); !strings.Contains(string(cv.Body), `"code":"unlock_required"`) {
		t.Errorf("the CV of a profile that is not open: %s", cv.Body)
	}
}

// Whatever only reads is free: for a prefetch, for a repetition, and for a read-only key, which can never spend.
func TestReadingNeverCosts(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	grant(t, api, tenant, 2)
	readOnly := modeKey(t, api, tenant, board.ModeLive, true)
	id := people(t, api, board.ModeLive, grace)[0]
	for _, k := range []string{key, readOnly} {
		closed(t, api, id, k)
		api.Want(t, 200, servertest.Request{Method: http.MethodHead, Path: candidatePath(id), Key: k})
		api.Want(t, 402, servertest.Request{Method: http.MethodHead, Path: candidatePath(id) + "/cv", Key: k})
		api.Want(t, 200, servertest.Request{Method: http.MethodHead, Path: search, Key: k})
	}
	api.Want(t, 403, unlock(id, readOnly))
	closed(t, api, id, readOnly)
	if left := cvCredits(t, api, key); left != 2 {
		t.Errorf("%d credits left, want 2", left)
	}
}

func TestAnApplicantIsFree(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	id := people(t, api, board.ModeLive, grace)[0]
	applied(t, api, api.OpenJob(t, tenant), "Grace.Hopper@example.com", "")
	var c candidateAnswer
	api.Want(t, 200, get(candidatePath(id), key)).JSON(t, &c)
	if c.Email != "grace.hopper@example.com" || c.Unlock != nil {
		t.Errorf("read: %+v", c)
	}
	api.Want(t, 200, get(candidatePath(id)+"/cv", key))
	api.Want(t, 200, unlock(id, key)) // there is nothing to pay for
	var found searchAnswer
	api.Want(t, 200, get(search+"?q=kubernetes", key)).JSON(t, &found)
	if len(found.Items) != 1 || !found.Items[0].InPipeline {
		t.Errorf("found %+v", found)
	}
}

func TestTestKeysSeeInventedPeopleForFree(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, live := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	grant(t, api, tenant, 1)
	test := modeKey(t, api, tenant, board.ModeTest, false)
	living, madeUp := people(t, api, board.ModeLive, grace)[0], people(t, api, board.ModeTest, plain("Test"))[0]
	var c candidateAnswer
	api.Want(t, 200, get(candidatePath(madeUp), test)).JSON(t, &c)
	if c.Unlock == nil || !c.Unlock.Required || c.Unlock.Price != 0 || c.Email != "" {
		t.Errorf("a test key reads %+v", c)
	}
	api.Want(t, 200, unlock(madeUp, test)).JSON(t, &c)
	if c.Unlock.Required || c.Email != "test@example.com" {
		t.Errorf("a test key has unlocked %+v", c)
	}
	sameAnswer(t, api, get(candidatePath(living), test), get(candidatePath(999_999), test))
	sameAnswer(t, api, get(candidatePath(madeUp), live), get(candidatePath(999_999), live))
	for key, want := range map[string]int64{live: living, test: madeUp} {
		var found searchAnswer
		api.Want(t, 200, get(search, key)).JSON(t, &found)
		if len(found.Items) != 1 || found.Items[0].ID != want {
			t.Errorf("found %+v, want %d", found.Items, want)
		}
	}
	if left := cvCredits(t, api, live); left != 1 {
		t.Errorf("%d credits left, want 1", left)
	}
}

func TestAHiddenOrErasedPersonIsNotFound(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	grant(t, api, tenant, 5)
	all := people(t, api, board.ModeLive, grace, plain("Ann"), plain("Ben"))
	api.Want(t, 200, unlock(all[1], key)) // unlocked before, and still not found afterwards
	if err := api.Store.CV.SetVisibility(t.Context(), all[0], board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	if err := api.Store.CV.SetVisibility(t.Context(), all[1], board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Store.Erasure.EraseCV(t.Context(), all[2]); err != nil {
		t.Fatal(err)
	}
	for _, id := range all {
		for _, path := range []string{"", "/cv"} {
			api.Want(t, 404, get(candidatePath(id)+path, key))
			api.Want(t, 404, unlock(id, key))
			sameAnswer(t, api, get(candidatePath(id)+path, key), get(candidatePath(999_999)+path, key))
		}
	}
	var found searchAnswer
	api.Want(t, 200, get(search, key)).JSON(t, &found)
	if found.Total != 0 || len(found.Items) != 0 || cvCredits(t, api, key) != 4 {
		t.Errorf("found %+v, %d credits left of 5, one spent", found, cvCredits(t, api, key))
	}
	if err := api.Store.CV.SetVisibility(t.Context(), all[1], board.VisibilityVisible); err != nil {
		t.Fatal(err)
	}
	api.Want(t, 200, get(candidatePath(all[1])+"/cv", key)) // it was paid for
	if left := cvCredits(t, api, key); left != 4 {
		t.Errorf("%d credits left, want 4", left)
	}
}
