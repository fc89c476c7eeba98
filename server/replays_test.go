package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

type replayAnswer struct {
	ID                     int64
	Status                 string
	WebhookID              *int64
	Total, Queued, Skipped int64
	Webhooks               []map[string]int64
	FinishedAt             *time.Time
	NextCursor             string
	Items                  []struct{ ID int64 }
}

func TestAReplayIsBegunWatchedAndCancelled(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	call := func(status int, method, path string, body any) (a replayAnswer, res servertest.Response) {
		t.Helper()
		res = api.Want(t, status, servertest.Request{Method: method, Path: "/api/v1/events/" + path, Key: key, Body: body})
		res.JSON(t, &a)
		return a, res
	}
	for range 3 {
		if _, err := api.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("Platform Lead")}); err != nil {
			t.Fatal(err)
		}
		api.Attempt(t, outbox.Attempt{Outcome: delivery.AttemptDelivered, Status: 200})
	}
	counted, _ := call(200, http.MethodPost, "replay/preview", map[string]any{"fromSequence": 1, "toSequence": 1000})
	if diff := cmp.Diff([]map[string]int64{{"webhookId": hook.ID, "total": 3}}, counted.Webhooks); diff != "" || counted.Total != 3 || counted.ID != 0 {
		t.Errorf("%+v (-want +got):\n%s", counted, diff)
	}
	begun, res := call(202, http.MethodPost, "replay", map[string]any{"fromSequence": 2, "toSequence": 1000, "webhookId": hook.ID, "perSecond": 1000})
	if begun.Status != "Running" || begun.Total != 2 || !strings.HasSuffix(res.Header.Get("Location"), "/api/v1/events/replays/1") {
		t.Errorf("%+v, Location %s", begun, res.Header.Get("Location"))
	}
	if _, err := api.Store.Outbox.StepReplays(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended, _ := call(200, http.MethodGet, "replays/1", nil)
	if ended.Status != "Completed" || ended.Queued != 2 || ended.Skipped != 0 || ended.FinishedAt == nil || *ended.WebhookID != hook.ID {
		t.Errorf("%+v", ended)
	}
	call(400, http.MethodPost, "replays/1/cancel", nil)

	slow, _ := call(202, http.MethodPost, "replay", map[string]any{"since": "2020-01-01T00:00:00Z", "types": []string{"job.created"}})
	for range 2 {
		if got, _ := call(200, http.MethodPost, "replays/2/cancel", nil); got.Status != "Cancelled" || got.ID != slow.ID || got.Total != 3 {
			t.Errorf("%+v", got)
		}
	}
	list, res := call(200, http.MethodGet, "replays?pageSize=1", nil)
	if list.Total != 2 || len(list.Items) != 1 || list.Items[0].ID != 2 || !strings.Contains(res.Header.Get("Link"), "page=2") {
		t.Errorf("%+v, %s", list, res.Header.Get("Link"))
	}
	if rest, _ := call(200, http.MethodGet, "replays?pageSize=1&cursor="+list.NextCursor, nil); len(rest.Items) != 1 || rest.Items[0].ID != 1 || rest.NextCursor != "" {
		t.Errorf("%+v", rest)
	}
}
