package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// A key that may not see candidates can neither make a webhook with personal data send anything, nor get its secret.
func TestAKeyWithoutTheScopeSendsNoPersonalData(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, full := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks, apikey.ScopeCVSearch)
	blind := api.Key(t, account.NewKey{Tenant: tenant, Name: "blind", Scopes: []apikey.Scope{apikey.ScopeWebhooks}, Approve: true})
	thin := createWebhook(t, api, full, "job.created")
	var rich webhookAnswer
	api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: webhooks, Key: full, Body: map[string]any{
		"url": hookURL, "profile": "autotechjobs", "events": []string{"job.created"},
	}}).JSON(t, &rich)
	if _, err := api.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("Platform Lead")}); err != nil {
		t.Fatal(err)
	}
	api.Attempt(t, outbox.Attempt{Outcome: delivery.AttemptDelivered, Status: 200})
	resend := func(hook webhookAnswer) string {
		var list deliveryList
		api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(hook.ID, "/deliveries"), Key: blind}).JSON(t, &list)
		return fmt.Sprintf("/api/v1/deliveries/%d/resend", list.Items[0].ID)
	}
	named := map[string]any{"fromSequence": 1, "toSequence": 100, "webhookId": rich.ID}
	const replayPath = "/api/v1/events/replay"
	facade := fmt.Sprintf("/v1/webhooks/wh_%d", rich.ID)
	patch := map[string]any{"description": "Mine"}
	for _, call := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, hookPath(rich.ID, "/secret/next"), nil},
		{http.MethodPost, hookPath(rich.ID, "/secret/activate"), nil},
		{http.MethodPost, hookPath(rich.ID, "/enable"), map[string]any{"replay": true}},
		{http.MethodPost, hookPath(rich.ID, "/test"), nil},
		{http.MethodPost, resend(rich), nil},
		{http.MethodPost, replayPath, named},
		{http.MethodPost, replayPath + "/preview", named},
		{http.MethodPut, hookPath(rich.ID, ""), patch},
		{http.MethodPatch, hookPath(rich.ID, ""), patch},
		{http.MethodPut, facade, patch},
		{http.MethodPatch, facade, patch},
	} {
		res := api.Want(t, 403, servertest.Request{Method: call.method, Path: call.path, Key: blind, Body: call.body})
		if !strings.Contains(string(res.Body), "insufficient_scope") || !strings.Contains(string(res.Body), "CvSearch") {
			t.Errorf("%s %s: %s", call.method, call.path, res.Body)
		}
	}
	// A webhook that does not exist is not found, whatever the scopes.
	api.Want(t, 404, servertest.Request{Method: http.MethodPost, Path: hookPath(9999, "/test"), Key: blind})
	api.Want(t, 404, servertest.Request{Method: http.MethodPost, Path: "/api/v1/deliveries/9999/resend", Key: blind})

	// A replay to all webhooks leaves it out, but only for such a key.
	for key, want := range map[string][]map[string]int64{
		blind: {{"webhookId": thin.ID, "total": 1}}, full: {{"webhookId": thin.ID, "total": 1}, {"webhookId": rich.ID, "total": 1}},
	} {
		var counted replayAnswer
		body := map[string]any{"fromSequence": 1, "toSequence": 100}
		api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: replayPath + "/preview", Key: key, Body: body}).JSON(t, &counted)
		if diff := cmp.Diff(want, counted.Webhooks); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
	}
	var begun replayAnswer
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: replayPath, Key: blind, Body: map[string]any{"fromSequence": 1, "toSequence": 100}}).JSON(t, &begun)
	if begun.Total != 1 || len(begun.Webhooks) != 1 || begun.Webhooks[0]["webhookId"] != thin.ID {
		t.Errorf("begun: %+v", begun)
	}

	// The key may read, disable and delete it, and do everything with the other webhook.
	api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: resend(thin), Key: blind})
	api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: hookPath(thin.ID, "/secret/next"), Key: blind})
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(rich.ID, ""), Key: blind})
	api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: hookPath(rich.ID, "/disable"), Key: blind})
	api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: hookPath(rich.ID, "/enable"), Key: full})
	api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: hookPath(rich.ID, "/secret/next"), Key: full})
	api.Want(t, 204, servertest.Request{Method: http.MethodDelete, Path: hookPath(rich.ID, ""), Key: blind})
}
