package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

type deliveryAnswer struct {
	ID            int64
	Status        string
	WebhookID     int64
	EventID       int64
	EventType     string
	AttemptCount  int
	NextAttemptAt *time.Time
	Attempts      []struct {
		Number    int
		StartedAt time.Time
		Outcome   string
		Status    *int
		Stage     *string
		Error     *string
		Excerpt   *string
		LatencyMs map[string]float64
	}
}

type deliveryList struct {
	Total, Page, PageSize int
	Items                 []deliveryAnswer
	NextCursor            string
}

func TestATestEventIsADeliveryLikeAnyOther(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	call := func(status int, method, path string) (d deliveryAnswer) {
		t.Helper()
		api.Want(t, status, servertest.Request{Method: method, Path: path, Key: key}).JSON(t, &d)
		return d
	}
	sent := call(202, http.MethodPost, hookPath(hook.ID, "/test"))
	at := fmt.Sprintf("/api/v1/deliveries/%d", sent.ID)
	if sent.Status != "Pending" || sent.EventType != "webhook.test" || sent.WebhookID != hook.ID || !sent.NextAttemptAt.Equal(api.Clock.Now()) {
		t.Errorf("sent %+v", sent)
	}
	call(400, http.MethodPost, at+"/resend")

	api.Attempt(t, outbox.Attempt{
		Outcome: delivery.AttemptFailed, RetryAt: api.Clock.Now().Add(time.Minute), Stage: "timeout", Error: "No answer within 10s.",
		DNS: 3100 * time.Microsecond, Total: 10*time.Second + 400*time.Microsecond, LaneFailures: 1,
	})
	api.Clock.Advance(time.Minute)
	api.Attempt(t, outbox.Attempt{Outcome: delivery.AttemptDead, Status: 503, Excerpt: "busy", LaneFailures: 2})
	dead := call(200, http.MethodGet, at)
	if dead.Status != "DeadLetter" || dead.AttemptCount != 2 || dead.NextAttemptAt != nil || len(dead.Attempts) != 2 {
		t.Fatalf("given up: %+v", dead)
	}
	first, second := dead.Attempts[0], dead.Attempts[1]
	if first.Outcome != "Failed" || first.Status != nil || *first.Stage != "timeout" || *first.Error == "" || first.Excerpt != nil || first.LatencyMs["total"] != 10000.4 || first.LatencyMs["dns"] != 3.1 {
		t.Errorf("first attempt %+v", first)
	}
	if second.Number != 2 || second.Outcome != "DeadLetter" || *second.Status != 503 || second.Stage != nil || second.Error != nil || *second.Excerpt != "busy" || !second.StartedAt.Equal(api.Clock.Now()) {
		t.Errorf("second attempt %+v", second)
	}

	if again := call(202, http.MethodPost, at+"/resend"); again.ID != sent.ID || again.Status != "Pending" || again.AttemptCount != 2 {
		t.Errorf("resent %+v, want the same delivery", again)
	}
	api.Attempt(t, outbox.Attempt{Outcome: delivery.AttemptDelivered, Status: 204})
	if done := call(200, http.MethodGet, at); done.Status != "Delivered" || done.AttemptCount != 3 {
		t.Errorf("delivered %+v", done)
	}
	call(200, http.MethodPost, hookPath(hook.ID, "/disable"))
	call(400, http.MethodPost, at+"/resend")
	call(400, http.MethodPost, hookPath(hook.ID, "/test"))
}

func TestAReplaySendsMissedEvents(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks, apikey.ScopeJobPosting)
	hook := createWebhook(t, api, key, "job.created", "job.deleted")
	post := func(suffix string, body any) (w webhookAnswer) {
		t.Helper()
		api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: hookPath(hook.ID, suffix), Key: key, Body: body}).JSON(t, &w)
		return w
	}
	statuses := func() string {
		t.Helper()
		var list deliveryList
		api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(hook.ID, "/deliveries"), Key: key}).JSON(t, &list)
		var all []string
		for _, d := range list.Items {
			all = append(all, d.Status)
		}
		return strings.Join(slices.Compact(all), " ") + " " + strconv.Itoa(len(all))
	}
	create := func() { createJob(t, api, key, map[string]any{"title": "Lead"}) }

	create()
	for range 2 {
		if w := post("/disable", nil); w.Status != "Disabled" || *w.DisabledReason != "Disabled by its owner." {
			t.Errorf("disabled %+v", w)
		}
	}
	create()
	create()
	if w := post("/enable", map[string]any{"replay": true}); w.Status != "Active" || w.DisabledReason != nil || *w.Replayed != 2 {
		t.Errorf("enabled with a replay: %+v, want 2 replayed", w)
	}
	if got := statuses(); got != "Pending 3" {
		t.Errorf("after the replay: %s", got)
	}
	post("/disable", nil)
	create()
	if w := post("/enable", nil); *w.Replayed != 0 {
		t.Errorf("enabled without a replay: %+v", w)
	}
	if got := statuses(); got != "Cancelled 3" {
		t.Errorf("without a replay: %s", got)
	}
	if w := post("/enable", map[string]any{"replay": true}); *w.Replayed != 0 {
		t.Errorf("an active one was enabled: %+v", w)
	}
}

func TestDeliveriesWalkByPageAndByCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	hook := createWebhook(t, api, key, "job.created")
	// Two of each status except the last, in turn.
	for i := range 6 {
		api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: hookPath(hook.ID, "/test"), Key: key})
		outcome := []delivery.AttemptOutcome{delivery.AttemptDelivered, delivery.AttemptDead, delivery.AttemptFailed}[i%3]
		api.Attempt(t, outbox.Attempt{Outcome: outcome, Status: 500, RetryAt: api.Clock.Now().Add(time.Hour)})
	}
	list := func(query string) (l deliveryList, res servertest.Response) {
		t.Helper()
		res = api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: hookPath(hook.ID, "/deliveries") + query, Key: key})
		res.JSON(t, &l)
		return l, res
	}
	ids := func(l deliveryList) (ids []int64) {
		for _, d := range l.Items {
			ids = append(ids, d.ID)
		}
		return ids
	}
	for query, want := range map[string]struct {
		total int
		ids   []int64
		more  bool
	}{
		"":                                  {6, []int64{6, 5, 4, 3, 2, 1}, false},
		"?pageSize=4":                       {6, []int64{6, 5, 4, 3}, true},
		"?pageSize=4&page=2":                {6, []int64{2, 1}, false},
		"?page=9":                           {6, nil, false},
		"?status=Pending":                   {2, []int64{6, 3}, false},
		"?status=Delivered&pageSize=1":      {2, []int64{4}, true},
		"?status=DeadLetter&pageSize=1":     {2, []int64{5}, true},
		"?status=DeadLetter&page=2":         {2, nil, false},
		"?status=Pending&pageSize=1&page=2": {2, []int64{3}, false},
		"?status=Cancelled":                 {0, nil, false},
	} {
		got, _ := list(query)
		if diff := cmp.Diff(want.ids, ids(got)); diff != "" || got.Total != want.total || (got.NextCursor != "") != want.more {
			t.Errorf("%s: total %d, cursor %q (-want +got):\n%s", query, got.Total, got.NextCursor, diff)
		}
	}
	for _, filter := range []string{"", "&status=Delivered"} {
		var walked []int64
		cursor, pages := "", 0
		for {
			l, res := list("?pageSize=1" + filter + cursor)
			walked = append(walked, ids(l)...)
			pages++
			if l.Page != pages {
				t.Errorf("%q: page %d is called %d", filter, pages, l.Page)
			}
			if l.NextCursor == "" {
				break
			}
			if pages > 1 && !strings.Contains(res.Header.Get("Link"), l.NextCursor) {
				t.Errorf("%q: Link %q does not lead to %s", filter, res.Header.Get("Link"), l.NextCursor)
			}
			cursor = "&cursor=" + l.NextCursor
		}
		want, _ := list("?" + filter)
		if diff := cmp.Diff(ids(want), walked); diff != "" {
			t.Errorf("%q walked (-want +got):\n%s", filter, diff)
		}
	}
	first, _ := list("?pageSize=2")
	for path, query := range map[string]string{
		hookPath(hook.ID, "/deliveries"): "?page=1&cursor=" + first.NextCursor,
		webhooks:                         "?cursor=" + first.NextCursor, // a cursor of another list
		hookPath(1, "/deliveries"):       "?cursor=MSBkZWxpdmVyaWVzIC0x",
	} {
		api.Want(t, 400, servertest.Request{Method: http.MethodGet, Path: path + query, Key: key})
	}
}

func TestWebhooksWalkByPageAndByCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeWebhooks)
	for range 5 {
		createWebhook(t, api, key, "job.created")
	}
	api.Want(t, 204, servertest.Request{Method: http.MethodDelete, Path: hookPath(2, ""), Key: key})
	type answer struct {
		Total, Page int
		Items       []struct{ ID int64 }
		NextCursor  string
	}
	list := func(query string) (l answer, ids []int64, link string) {
		t.Helper()
		res := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: webhooks + query, Key: key})
		res.JSON(t, &l)
		for _, w := range l.Items {
			ids = append(ids, w.ID)
		}
		return l, ids, res.Header.Get("Link")
	}
	l, ids, link := list("?pageSize=3")
	if diff := cmp.Diff([]int64{1, 3, 4}, ids); diff != "" || l.Total != 4 || l.NextCursor == "" || !strings.Contains(link, "page=2") {
		t.Errorf("first page: total %d, link %q (-want +got):\n%s", l.Total, link, diff)
	}
	byCursor, ids, _ := list("?pageSize=3&cursor=" + l.NextCursor)
	if diff := cmp.Diff([]int64{5}, ids); diff != "" || byCursor.NextCursor != "" || byCursor.Page != 2 {
		t.Errorf("by cursor: %+v (-want +got):\n%s", byCursor, diff)
	}
	if byPage, ids, _ := list("?pageSize=3&page=2"); len(ids) != 1 || byPage.NextCursor != "" {
		t.Errorf("by page: %+v", byPage)
	}
	if beyond, ids, _ := list("?page=7"); len(ids) != 0 || beyond.Total != 4 {
		t.Errorf("beyond the end: %+v", beyond)
	}
}
