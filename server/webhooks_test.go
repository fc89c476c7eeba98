package server_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
)

const (
	webhooks = "/api/v1/webhooks"
	hookURL  = "https://ats.example.com/hooks"
)

type webhookAnswer struct {
	ID                int64
	URL               string
	Events            []string
	Profile           string
	Description       *string
	Status            string
	DisabledReason    *string
	Secret            string
	NextSecretPending bool
	Replayed          *int64
}

func hookPath(id int64, suffix string) string { return fmt.Sprintf("%s/%d%s", webhooks, id, suffix) }

func createWebhook(t *testing.T, api *servertest.API, key string, events ...string) webhookAnswer {
	t.Helper()
	var w webhookAnswer
	body := map[string]any{"url": hookURL, "events": events}
	api.Want(t, http.StatusCreated, servertest.Request{Method: http.MethodPost, Path: webhooks, Key: key, Body: body}).JSON(t, &w)
	return w
}

func TestTheLifeOfAWebhook(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	made := api.Want(t, 201, servertest.Request{
		Method: http.MethodPost, Path: webhooks, Key: key,
		Body: map[string]any{"url": hookURL, "events": []string{"job.published"}, "description": " Staging "},
	})
	var w webhookAnswer
	made.JSON(t, &w)
	if w.Status != "Active" || w.Profile != "native" || *w.Description != "Staging" || !strings.HasPrefix(w.Secret, "whsec_") || w.NextSecretPending {
		t.Errorf("created %+v", w)
	}
	if want := servertest.PublicURL + hookPath(w.ID, ""); made.Header.Get("Location") != want || made.Header.Get("ETag") != `"1"` {
		t.Errorf("Location %s, ETag %s, want %s at \"1\"", made.Header.Get("Location"), made.Header.Get("ETag"), want)
	}

	for _, method := range []string{http.MethodPut, http.MethodPatch} {
		changed := api.Want(t, 200, servertest.Request{
			Method: method, Path: hookPath(w.ID, ""), Key: key, Header: map[string]string{"If-Match": `"1"`},
			Body: map[string]any{"events": []string{"job.expired", "job.deleted"}, "description": nil, "profile": "native"},
		})
		var now webhookAnswer
		changed.JSON(t, &now)
		want := webhookAnswer{ID: w.ID, URL: hookURL, Events: []string{"job.expired", "job.deleted"}, Profile: "native", Status: "Active"}
		if diff := cmp.Diff(want, now); diff != "" || changed.Header.Get("ETag") != `"2"` {
			t.Errorf("%s, ETag %s (-want +got):\n%s", method, changed.Header.Get("ETag"), diff)
		}
		stale := api.Do(t, servertest.Request{Method: method, Path: hookPath(w.ID, ""), Key: key, Header: map[string]string{"If-Match": `"1"`}, Body: map[string]any{"url": hookURL + "/2"}})
		if stale.Status != http.StatusPreconditionFailed {
			t.Errorf("%s of an old version: %d, want 412", method, stale.Status)
		}
		api.Want(t, 200, servertest.Request{Method: method, Path: hookPath(w.ID, ""), Key: key, Body: map[string]any{"events": []string{"job.published"}, "description": "Staging"}})
		w = createWebhook(t, api, key, "job.published") // at version 1 for the other method
	}

	gone := api.Want(t, 204, servertest.Request{Method: http.MethodDelete, Path: hookPath(w.ID, ""), Key: key})
	if len(gone.Body) != 0 {
		t.Errorf("deleted with the body %q, want none", gone.Body)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		api.Want(t, 404, servertest.Request{Method: method, Path: hookPath(w.ID, ""), Key: key})
	}
}

func TestAWebhookKeepsItsProfile(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	sub, _, err := api.Store.Outbox.CreateSubscription(t.Context(), tenant, "later", delivery.SubscriptionPatch{
		URL: board.Set(hookURL), Events: board.Set([]event.Type{event.JobExpired}),
	})
	if err != nil {
		t.Fatal(err)
	}
	res := api.Want(t, 400, servertest.Request{Method: http.MethodPatch, Path: hookPath(sub.ID, ""), Key: key, Body: map[string]any{"profile": "native", "url": "http://x.example"}})
	var e struct {
		Errors []struct{ Field, Code string }
	}
	res.JSON(t, &e)
	if diff := cmp.Diff([]struct{ Field, Code string }{{"url", "invalid_format"}, {"profile", "immutable"}}, e.Errors); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	api.Want(t, 404, servertest.Request{Method: http.MethodPatch, Path: hookPath(999, ""), Key: key, Body: map[string]any{"profile": "native"}})
}

func TestBadWebhooksAreRefusedAndNamed(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	all := make([]string, 0, len(event.AllTypes()))
	for _, e := range event.AllTypes() {
		all = append(all, string(e))
	}
	for name, tt := range map[string]struct {
		body any
		want []string
	}{
		"nothing":           {map[string]any{}, []string{"events required", "url required"}},
		"no events":         {map[string]any{"url": hookURL, "events": []string{}}, []string{"events too_short"}},
		"http":              {map[string]any{"url": "http://ats.example.com", "events": all}, []string{"url invalid_format"}},
		"no URL":            {map[string]any{"url": "ats.example.com", "events": all}, []string{"url invalid_format"}},
		"a password":        {map[string]any{"url": "https://a:b@ats.example.com", "events": all}, []string{"url invalid_format"}},
		"a long URL":        {map[string]any{"url": "https://a.example/" + strings.Repeat("x", 2000), "events": all}, []string{"url too_long"}},
		"an event twice":    {map[string]any{"url": hookURL, "events": []string{"job.expired", "job.expired"}}, []string{"events[1] duplicate"}},
		"an unknown event":  {map[string]any{"url": hookURL, "events": []string{"job.expired", "job.lost"}}, []string{"events[1] not_allowed"}},
		"the test event":    {map[string]any{"url": hookURL, "events": []string{"webhook.test"}}, []string{"events[0] not_allowed"}},
		"all at once":       {map[string]any{"url": "http://x.example", "events": []string{"job.lost"}, "description": strings.Repeat("x", 201), "status": "Active"}, []string{"description too_long", "events[0] not_allowed", "status unknown_field", "url invalid_format"}},
		"an unknown format": {map[string]any{"url": hookURL, "events": all, "profile": "xml"}, []string{"profile not_allowed"}},
		"a secret":          {map[string]any{"url": hookURL, "events": all, "secret": "whsec_x"}, []string{"secret unknown_field"}},
		"two lines":         {map[string]any{"url": hookURL, "events": all, "description": "a\nb"}, []string{"description invalid_format"}},
	} {
		var e struct {
			Errors []struct{ Field, Code, Message string }
		}
		api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: webhooks, Key: key, Body: tt.body}).JSON(t, &e)
		var got []string
		for _, f := range e.Errors {
			got = append(got, f.Field+" "+f.Code)
			if strings.HasPrefix(f.Field, "events[") && f.Code == "not_allowed" && !strings.Contains(f.Message, strings.Join(all, ", ")) {
				t.Errorf("%s: %q does not list the events", name, f.Message)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestTheAddressIsJudgedByTheModeOfTheKey sends an address that test data alone may have, beside a field that is refused.
func TestTheAddressIsJudgedByTheModeOfTheKey(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, live := api.Employer(t, "Northwind", 0, allScopes...)
	body := map[string]any{"url": "http://localhost:9000/hooks", "events": []string{"job.expired"}, "status": "Active"}
	for _, path := range []string{webhooks, "/v1/webhooks"} {
		for key, refused := range map[string]bool{live: true, testKeyOf(t, api, tenant.EmployerID): false} {
			res := api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body})
			if got := strings.Contains(string(res.Body), `"field":"url"`); got != refused || !strings.Contains(string(res.Body), `"field":"status"`) {
				t.Errorf("%s, the address is refused: %t, want %t\n%s", path, got, refused, res.Body)
			}
		}
	}
}

// webhookOperations are all operations on one webhook or delivery.
func webhookOperations(hook, delivery int64) []servertest.Request {
	d := fmt.Sprintf("/api/v1/deliveries/%d", delivery)
	return []servertest.Request{
		{Method: http.MethodGet, Path: hookPath(hook, "")},
		{Method: http.MethodGet, Path: hookPath(hook, "/deliveries")},
		{Method: http.MethodGet, Path: d},
		{Method: http.MethodPut, Path: hookPath(hook, ""), Body: map[string]any{"description": "Mine"}},
		{Method: http.MethodPatch, Path: hookPath(hook, ""), Body: map[string]any{"profile": "native"}},
		{Method: http.MethodPost, Path: hookPath(hook, "/test")},
		{Method: http.MethodPost, Path: hookPath(hook, "/disable")},
		{Method: http.MethodPost, Path: hookPath(hook, "/enable"), Body: map[string]any{"replay": true}},
		{Method: http.MethodPost, Path: hookPath(hook, "/secret/next")},
		{Method: http.MethodPost, Path: hookPath(hook, "/secret/activate")},
		{Method: http.MethodPost, Path: d + "/resend"},
		{Method: http.MethodDelete, Path: hookPath(hook, "")},
	}
}

func TestAForeignWebhookIsAnsweredLikeAnAbsentOne(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	var sent struct{ ID int64 }
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: hookPath(hook.ID, "/test"), Key: key}).JSON(t, &sent)
	tenant.Mode = board.ModeTest
	_, another := api.Employer(t, "Contoso", 0, apikey.ScopeWebhooks)
	for name, key := range map[string]string{
		"another employer": another,
		"a test key":       api.Key(t, account.NewKey{Tenant: tenant, Name: "Test", Scopes: []apikey.Scope{apikey.ScopeWebhooks}, Approve: true}),
	} {
		absent := webhookOperations(999, 999)
		for i, q := range webhookOperations(hook.ID, sent.ID) {
			q.Key, absent[i].Key = key, key
			got, want := api.Want(t, 404, q), api.Want(t, 404, absent[i])
			if diff := cmp.Diff(withoutRequestID(t, want.Body), withoutRequestID(t, got.Body)); diff != "" {
				t.Errorf("%s: %s %s differs from an absent one (-want +got):\n%s", name, q.Method, q.Path, diff)
			}
		}
		for _, path := range []string{webhooks, "/api/v1/events"} {
			var list struct{ Items []json.RawMessage }
			api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: path, Key: key}).JSON(t, &list)
			if len(list.Items) != 0 {
				t.Errorf("%s: %s shows %s", name, path, list.Items)
			}
		}
	}
	// No request had an effect.
	var now webhookAnswer
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(hook.ID, ""), Key: key}).JSON(t, &now)
	hook.Secret = ""
	if diff := cmp.Diff(hook, now); diff != "" {
		t.Errorf("the webhook has changed (-want +got):\n%s", diff)
	}
}

func withoutRequestID(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("decode %s: %v", body, err)
	}
	delete(e, "requestId")
	return e
}

func TestWebhooksNeedTheirScope(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	var sent struct{ ID int64 }
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: hookPath(hook.ID, "/test"), Key: key}).JSON(t, &sent)
	other := api.Key(t, account.NewKey{Tenant: tenant, Name: "Jobs", Scopes: []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch}, Approve: true})
	readOnly := api.Key(t, account.NewKey{Tenant: tenant, Name: "Reader", Scopes: []apikey.Scope{apikey.ScopeWebhooks}, ReadOnly: true, Approve: true})
	for _, q := range append(webhookOperations(hook.ID, sent.ID),
		servertest.Request{Method: http.MethodGet, Path: webhooks}, servertest.Request{Method: http.MethodGet, Path: "/api/v1/events"},
		servertest.Request{Method: http.MethodPost, Path: webhooks, Body: map[string]any{"url": hookURL, "events": []string{"job.created"}}}) {
		q.Key = other
		if res := api.Want(t, 403, q); !bytes.Contains(res.Body, []byte("Webhooks")) {
			t.Errorf("%s %s: %s does not name the scope", q.Method, q.Path, res.Body)
		}
		want := 403
		if q.Method == http.MethodGet {
			want = 200
		}
		q.Key = readOnly
		api.Want(t, want, q)
	}
}

// TestASecretIsShownOnceAndKeptSealed searches all other answers and a dump of the database for the secrets that the API
// gave out.
func TestASecretIsShownOnceAndKeptSealed(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, url, storetest.Options(clock)), clock.Now)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	ask := func(path, idempotencyKey string, body any) (secret string) {
		t.Helper()
		for i := range 2 {
			res := api.Do(t, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body, Header: map[string]string{"Idempotency-Key": idempotencyKey}})
			var w webhookAnswer
			res.JSON(t, &w)
			if replayed := res.Header.Get("Idempotency-Replayed"); (replayed == "true") != (i == 1) || res.Status >= 300 || w.Secret == "" || i == 1 && w.Secret != secret {
				t.Fatalf("%s, time %d: %d, replayed %q, secret %q after %q", path, i+1, res.Status, replayed, w.Secret, secret)
			}
			secret = w.Secret
		}
		return secret
	}
	first := ask(webhooks, "create", map[string]any{"url": hookURL, "events": []string{"job.created"}})
	second := ask(hookPath(1, "/secret/next"), "next", nil)
	if first == second {
		t.Error("the next secret is the first one")
	}

	leaks := func(where string, text []byte) {
		t.Helper()
		for _, secret := range []string{first, second} {
			bare := strings.TrimPrefix(secret, "whsec_")
			for _, form := range []string{bare, hex.EncodeToString([]byte(bare)), strings.ReplaceAll(bare, "/", `\/`)} {
				if bytes.Contains(text, []byte(form)) {
					t.Errorf("%s holds a secret: %s", where, text)
				}
			}
		}
	}
	for _, q := range append([]servertest.Request{{Method: http.MethodGet, Path: webhooks}}, webhookOperations(1, 1)...) {
		q.Key = key
		res := api.Do(t, q)
		if strings.HasSuffix(q.Path, "/secret/next") {
			continue // the secret of a second rotation
		}
		leaks(q.Method+" "+q.Path, res.Body)
		if bytes.Contains(res.Body, []byte("whsec_")) {
			t.Errorf("%s %s shows a secret: %s", q.Method, q.Path, res.Body)
		}
	}
	leaks("the log", []byte(api.Log.String()))
	dump(t, url, func(table string, row []byte) { leaks("the table "+table, row) })
}

// dump returns every row of every table, with binary columns in hexadecimal.
func dump(t *testing.T, url string, each func(table string, row []byte)) {
	t.Helper()
	db, err := sqlx.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables []string
	if err := db.SelectContext(t.Context(), &tables, `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, table := range tables {
		var all [][]byte
		if err := db.SelectContext(t.Context(), &all, `SELECT row_to_json(r)::text FROM `+table+` r`); err != nil {
			t.Fatal(err)
		}
		rows += len(all)
		for _, row := range all {
			each(table, row)
		}
	}
	if rows < 10 {
		t.Errorf("the dump has %d rows in %d tables: that is not the whole database", rows, len(tables))
	}
}

func TestTheSecretRotatesInTwoSteps(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	post := func(status int, suffix string) (w webhookAnswer) {
		t.Helper()
		api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: hookPath(hook.ID, suffix), Key: key}).JSON(t, &w)
		return w
	}
	post(400, "/secret/activate")
	next := post(200, "/secret/next")
	if !next.NextSecretPending || next.Secret == "" || next.Secret == hook.Secret {
		t.Errorf("begun: %+v", next)
	}
	if anew := post(200, "/secret/next"); anew.Secret == next.Secret {
		t.Error("begun anew with the same secret")
	}
	if done := post(200, "/secret/activate"); done.NextSecretPending || done.Secret != "" {
		t.Errorf("finished: %+v", done)
	}
	post(400, "/secret/activate")
}

func TestTheEnumsAreTheBoards(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string][]string{
		"EventType":       append(texts(event.AllTypes()), string(event.WebhookTest)),
		"EventTypeFilter": texts(event.AllTypes()),
		"DeliveryStatus":  texts(delivery.AllStatuses()),
		"AttemptOutcome":  {string(delivery.AttemptDelivered), string(delivery.AttemptFailed), string(delivery.AttemptDead), string(delivery.AttemptCancelled)},
		"WebhookStatus":   {string(delivery.SubscriptionActive), string(delivery.SubscriptionDisabled)},

		"CandidateStatus": texts(board.AllApplicationStatuses()), "InterviewStatus": texts(board.AllInterviewStatuses()),
		"AiCallStatus": texts(board.AllAICallStatuses()), "Availability": board.AllAvailabilities(), "Population": texts(fit.AllPopulations()),
	} {
		s := servertest.Document().Components.Schemas[schema].Value
		values := s.Enum
		if open, ok := s.Extensions["x-extensible-enum"].([]any); ok {
			values = open
		}
		got := make([]string, len(values))
		for i, v := range values {
			got[i] = fmt.Sprint(v)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-board +contract):\n%s", schema, diff)
		}
	}
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// An endpoint that hangs: activations under keys, more of them than there are connections, are answered at once, and the state
// tells when the switch is done.
func TestAnActivationThatWaitsIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 1, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	q, err := api.Store.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	worker, err := q.Join(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	lanes, err := q.TakeLanes(t.Context(), worker, 100)
	if err != nil {
		t.Fatal(err)
	}
	post := func(path, idempotencyKey string) (state struct{ NextSecretPending, SecretActivating bool }) {
		api.Want(t, 200, servertest.Request{
			Method: http.MethodPost, Path: hookPath(hook.ID, path), Key: key, Header: map[string]string{"Idempotency-Key": idempotencyKey},
		}).JSON(t, &state)
		return state
	}
	post("/secret/next", "next")
	var asked sync.WaitGroup
	for i := range store.DefaultConns + 1 {
		asked.Go(func() {
			if s := post("/secret/activate", "activate "+strconv.Itoa(i)); !s.SecretActivating || !s.NextSecretPending {
				t.Errorf("while the owner has older settings in flight: %+v", s)
			}
		})
	}
	asked.Wait()
	sub, err := api.Store.Outbox.Subscription(t.Context(), tenant, hook.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lanes {
		if l.Endpoint == nil {
			continue
		}
		if err := q.AcknowledgeSettings(t.Context(), []outbox.LaneSettings{{LaneID: l.ID, Epoch: l.Epoch, Version: sub.Version}}); err != nil {
			t.Fatal(err)
		}
	}
	var now struct{ NextSecretPending, SecretActivating bool }
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(hook.ID, ""), Key: key}).JSON(t, &now)
	if now.NextSecretPending || now.SecretActivating {
		t.Errorf("when nothing is in flight any more: %+v", now)
	}
}
