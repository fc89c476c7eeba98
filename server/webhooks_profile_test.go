package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/webhooks/profile"
)

func TestTheContractsHaveTheNamesOfTheProfiles(t *testing.T) {
	t.Parallel()
	schemas := servertest.Document().Components.Schemas
	var names, union []string
	catalogues := map[string][]string{}
	for _, p := range profile.All() {
		names = append(names, p.Name)
		catalogues[p.Name] = p.WireNames()
		for _, name := range p.WireNames() {
			if !slices.Contains(union, name) {
				union = append(union, name)
			}
		}
	}
	published := map[string][]string{}
	for name, events := range schemas["WebhookEvent"].Value.Extensions["x-profile-events"].(map[string]any) {
		published[name] = values(events.([]any))
	}
	if diff := cmp.Diff(catalogues, published); diff != "" {
		t.Errorf("x-profile-events (-profiles +contract):\n%s", diff)
	}
	facade := servertest.Documents()[1].Components.Schemas
	for schema, pair := range map[string][2][]string{
		"WebhookEvent":         {union, documented(schemas["WebhookEvent"])},
		"WebhookProfile":       {names, documented(schemas["WebhookProfile"])},
		"WebhookEndpointEvent": {catalogues["autotechjobs"], documented(facade["WebhookEndpointEvent"])},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(pair[0])), slices.Sorted(slices.Values(pair[1]))); diff != "" {
			t.Errorf("%s (-profiles +contract):\n%s", schema, diff)
		}
	}
}

// documented are the values of an open enum.
func documented(schema *openapi3.SchemaRef) []string {
	list, _ := schema.Value.Extensions["x-extensible-enum"].([]any)
	return values(list)
}

func values(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}

// shown is a webhook as the API shows it.
type shown struct {
	ID      int64
	Profile string
	Events  []string
}

func TestEventsHaveTheNamesOfTheProfile(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks, apikey.ScopeCVSearch)
	for _, p := range profile.All() {
		var w shown
		api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Key: key, Body: map[string]any{
			"url": hookURL, "profile": p.Name, "events": p.WireNames(),
		}}).JSON(t, &w)
		if diff := cmp.Diff(shown{w.ID, p.Name, p.WireNames()}, w); diff != "" {
			t.Errorf("%s (-sent +shown):\n%s", p.Name, diff)
		}
		sub, err := api.Store.Outbox.Subscription(t.Context(), tenant, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range sub.Events {
			if !e.Valid() {
				t.Errorf("%s: %s is stored", p.Name, e)
			}
		}

		first := p.WireNames()[:1]
		api.Want(t, 200, servertest.Request{Method: http.MethodPatch, Path: hookPath(w.ID, ""), Key: key, Body: map[string]any{"events": first}}).JSON(t, &w)
		if !slices.Equal(first, w.Events) {
			t.Errorf("%s: changed to %q", p.Name, w.Events)
		}
		for _, body := range []map[string]any{
			{"events": []string{first[0], "job.lost"}},
			{"events": []string{first[0], first[0]}},
			{"events": []string{first[0], "webhook.test"}, "colour": "red"},
		} {
			refused := api.Want(t, 400, servertest.Request{Method: http.MethodPatch, Path: hookPath(w.ID, ""), Key: key, Body: body})
			if !strings.Contains(string(refused.Body), `"events[1]"`) {
				t.Errorf("%s: %v is refused with %s", p.Name, body, refused.Body)
			}
		}
		body := map[string]any{"url": hookURL, "profile": p.Name, "events": []string{"job.lost"}}
		for range 2 { // the second time the contract refuses something as well
			refused := api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Key: key, Body: body})
			if want := "must be one of: " + strings.Join(p.WireNames(), ", ") + `"`; !strings.Contains(string(refused.Body), want) {
				t.Errorf("%s: refused with %s, want %q", p.Name, refused.Body, want)
			}
			body["colour"] = "red"
		}
	}
}

func TestAProfileWithPersonalDataNeedsTheScope(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	personal := 0
	for _, p := range profile.All() {
		want := http.StatusCreated
		if p.NeedsCandidates {
			personal++
			want = http.StatusForbidden
			sub, _, err := api.Store.Outbox.CreateSubscription(t.Context(), tenant, p.Name, delivery.SubscriptionPatch{
				URL: board.Set(hookURL), Events: board.Set([]event.Type{event.JobCreated}),
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, method := range []string{http.MethodPut, http.MethodPatch} {
				api.Want(t, 403, servertest.Request{Method: method, Path: hookPath(sub.ID, ""), Key: key, Body: map[string]any{"url": "https://elsewhere.example/hook"}})
			}
			api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(sub.ID, ""), Key: key})
		}
		res := api.Want(t, want, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Key: key, Body: map[string]any{
			"url": hookURL, "profile": p.Name, "events": p.WireNames()[:1],
		}})
		if p.NeedsCandidates && !strings.Contains(string(res.Body), "CvSearch") {
			t.Errorf("%s: %s", p.Name, res.Body)
		}
	}
	if personal != 2 {
		t.Errorf("%d profiles tell of people", personal)
	}
}

// endpoint is a webhook as clients of AutoTechJobs see it.
type endpoint struct {
	ID          string
	URL         string
	Events      []string
	Description *string
	Secret      string
	Status      string
	CreatedAt   string `json:"created_at"`
}

func readEndpoint(t *testing.T, r servertest.Response) endpoint {
	t.Helper()
	var body struct{ Data endpoint }
	r.JSON(t, &body)
	return body.Data
}

func TestTheFacadeShowsTheSameRows(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks, apikey.ScopeCVSearch)
	const secret = "a-secret-of-our-own"
	asked := map[string]any{"url": hookURL, "events": []string{"job.updated", "application.status_updated"}, "description": "ATS", "secret": secret}
	post := servertest.Request{Method: http.MethodPost, Path: "/v1/webhooks", Key: key, Body: asked, Header: map[string]string{"Idempotency-Key": "one"}}
	res := api.Want(t, 201, post)
	made := readEndpoint(t, res)
	description := "ATS"
	want := endpoint{"wh_1", hookURL, []string{"job.updated", "application.status_updated"}, &description, secret, "active", "2026-03-02T09:30:00Z"}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	if got := res.Header.Get("Location"); got != servertest.PublicURL+"/v1/webhooks/wh_1" {
		t.Errorf("Location %q", got)
	}
	if again := api.Want(t, 201, post); string(again.Body) != string(res.Body) {
		t.Errorf("repeated: %s", again.Body)
	}
	drawn := readEndpoint(t, api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/v1/webhooks", Key: key, Body: map[string]any{"url": hookURL, "events": []string{"job.expired"}}}))
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(drawn.Secret, "whsec_")); err != nil || len(raw) != 32 || drawn.Description != nil {
		t.Errorf("with a secret of ours: %+v", drawn)
	}
	native := createWebhook(t, api, key, "job.expired")

	var w shown
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(1, ""), Key: key}).JSON(t, &w)
	if diff := cmp.Diff(shown{1, "autotechjobs", want.Events}, w); diff != "" {
		t.Errorf("natively (-want +got):\n%s", diff)
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch} {
		change := map[string]any{"events": []string{"job.deleted"}, "description": nil}
		got := readEndpoint(t, api.Want(t, 200, servertest.Request{Method: method, Path: "/v1/webhooks/wh_1", Key: key, Body: change}))
		if diff := cmp.Diff(endpoint{"wh_1", hookURL, []string{"job.deleted"}, nil, "", "active", want.CreatedAt}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
	api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: hookPath(1, "/disable"), Key: key})
	var list struct{ Data []endpoint }
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: "/v1/webhooks", Key: key}).JSON(t, &list)
	if len(list.Data) != 2 || list.Data[0].Status != "disabled" || list.Data[0].Secret != "" {
		t.Errorf("list: %+v", list.Data)
	}
	absent := []string{"wh_999", "wh_0", "1", "wh_", "wh_99999999999999999999", "wh_" + strconv.FormatInt(native.ID, 10)}
	for _, id := range absent {
		api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: "/v1/webhooks/" + id, Key: key})
	}
	if gone := api.Want(t, 204, servertest.Request{Method: http.MethodDelete, Path: "/v1/webhooks/wh_1", Key: key}); len(gone.Body) != 0 {
		t.Errorf("deleted with the body %s", gone.Body)
	}
	api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: hookPath(1, ""), Key: key})
}

func TestTheFacadeNamesEveryBadField(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks, apikey.ScopeCVSearch)
	for name, tt := range map[string]struct {
		body any
		want []string
	}{
		"nothing":       {map[string]any{}, []string{"url required", "events required"}},
		"canonical":     {map[string]any{"url": hookURL, "events": []string{"application.status_changed"}}, []string{"events[0] not_allowed"}},
		"short secret":  {map[string]any{"url": hookURL, "events": []string{"job.created"}, "secret": "short"}, []string{"secret too_short"}},
		"blank inside":  {map[string]any{"url": hookURL, "events": []string{"job.created"}, "secret": "sixteen letters and more"}, []string{"secret invalid_format"}},
		"everything":    {map[string]any{"url": "http://x.example", "events": []string{"job.lost"}, "description": "two\nlines", "secret": "sixteen letters and more", "colour": "red"}, []string{"colour unknown_field", "events[0] not_allowed", "url invalid_format", "description invalid_format", "secret invalid_format"}},
		"camelCase too": {map[string]any{"url": hookURL, "events": []string{"job.created"}, "profile": "native"}, []string{"profile unknown_field"}},
	} {
		var e struct {
			Errors []struct{ Field, Code string }
		}
		api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: "/v1/webhooks", Key: key, Body: tt.body}).JSON(t, &e)
		var got []string
		for _, f := range e.Errors {
			got = append(got, f.Field+" "+f.Code)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	api.Want(t, 401, servertest.Request{Method: http.MethodGet, Path: "/v1/webhooks"})
	api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: "/v1/jobs", Key: key})
}

func TestTheContractsAreServedByteForByte(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	for _, c := range openapi.All() {
		for _, file := range c.Files() {
			res := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: file.Path})
			if string(res.Body) != string(file.Content) || res.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s is not served as it is", file.Path)
			}
		}
	}
}
