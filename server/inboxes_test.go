package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

const inboxes = "/api/v1/test/inboxes"

type inboxPage struct {
	Items []struct {
		ID, WebhookID, DeliveryID int64
		Method, Body              string
		Headers                   []struct{ Name, Value string }
	}
	NextCursor string
}

// TestInboxes: an inbox takes what test webhooks of its own tenant send, keeps so many of them for so long, and nobody else looks in.
func TestInboxes(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, live := api.Employer(t, "Northwind", 5, allScopes...)
	other, _ := api.Employer(t, "Southwind", 5, allScopes...)
	key, otherKey := testKeyOf(t, api, tenant.EmployerID), testKeyOf(t, api, other.EmployerID)
	test := board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}
	var inbox struct {
		ID  int64
		URL string
	}
	api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: inboxes, Key: key, Body: map[string]any{"name": "Trying out"}}).JSON(t, &inbox)
	token, ok := strings.CutPrefix(inbox.URL, servertest.PublicURL+"/inbox/")
	if !ok || len(token) < 20 {
		t.Fatalf("the address is %s", inbox.URL)
	}
	hook := map[string]any{"url": inbox.URL, "events": []string{"job.published"}}
	api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Key: key, Body: hook})
	for _, k := range []string{otherKey, live} {
		if res := api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: "/api/v1/webhooks", Key: k, Body: hook}); !strings.Contains(string(res.Body), `"field":"url"`) {
			t.Errorf("a webhook at somebody else's inbox: %s", res.Body)
		}
	}

	// Nothing comes from outside, and a caller who tries learns why, and not whether the inbox is there.
	outside := api.Want(t, 404, servertest.Request{Method: http.MethodPost, Path: delivery.InboxPath + token, Body: map[string]any{}})
	absent := api.Want(t, 404, servertest.Request{Method: http.MethodPost, Path: delivery.InboxPath + "nobody", Body: map[string]any{}})
	mine, others := withoutRequestID(t, outside.Body), withoutRequestID(t, absent.Body)
	if diff := cmp.Diff(mine, others); diff != "" || !strings.Contains(fmt.Sprint(mine["message"]), "/api/v1/test/inboxes/{id}/requests") {
		t.Errorf("who writes to an inbox reads %v; of one that is not there (-it +this):\n%s", mine, diff)
	}

	arrive := func(of board.Tenant, n int) (found bool) {
		t.Helper()
		found, err := api.Store.Outbox.Receive(t.Context(), outbox.Arrival{
			Tenant: of, Token: token, SubscriptionID: 1, DeliveryID: int64(n), Method: "POST",
			Header: http.Header{"X-Webhook-Event": {"job.published"}}, Body: fmt.Appendf(nil, `{"n":%d}`, n),
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if arrive(tenant, 1) || arrive(board.Tenant{EmployerID: other.EmployerID, Mode: board.ModeTest}, 1) {
		t.Error("an inbox takes what is not of its tenant")
	}
	for n := range delivery.InboxKeeps + 5 {
		arrive(test, n+1)
	}
	requests := fmt.Sprintf("%s/%d/requests", inboxes, inbox.ID)
	var all []int64
	for path := requests + "?pageSize=40"; ; {
		var p inboxPage
		api.Want(t, 200, get(path, key)).JSON(t, &p)
		for _, q := range p.Items {
			all = append(all, q.DeliveryID)
			if q.Body != fmt.Sprintf(`{"n":%d}`, q.DeliveryID) || q.Method != http.MethodPost || q.WebhookID != 1 || len(q.Headers) != 1 || q.Headers[0].Value != "job.published" {
				t.Errorf("a request is %+v", q)
			}
		}
		if p.NextCursor == "" {
			break
		}
		path = requests + "?pageSize=40&cursor=" + p.NextCursor
	}
	if len(all) != delivery.InboxKeeps || all[0] != delivery.InboxKeeps+5 || all[len(all)-1] != 6 {
		t.Errorf("%d are kept: %v", len(all), all)
	}
	for _, k := range []string{otherKey, testKeyOf(t, api, other.EmployerID)} {
		api.Want(t, 404, get(requests, k))
		api.Want(t, 404, servertest.Request{Method: http.MethodDelete, Path: fmt.Sprintf("%s/%d", inboxes, inbox.ID), Key: k})
	}

	api.Clock.Advance(delivery.InboxRetention + time.Minute)
	var none inboxPage
	if api.Want(t, 200, get(requests, key)).JSON(t, &none); len(none.Items) != 0 {
		t.Errorf("after a week %d are shown", len(none.Items))
	}
	if n, err := api.Store.Outbox.PurgeInboxes(t.Context(), 1000); err != nil || n != delivery.InboxKeeps {
		t.Errorf("%d are purged, %v", n, err)
	}
	api.Want(t, 204, servertest.Request{Method: http.MethodDelete, Path: fmt.Sprintf("%s/%d", inboxes, inbox.ID), Key: key})
	if arrive(test, 1) {
		t.Error("an inbox that was deleted takes something")
	}
}

func TestInboxesAreLimited(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, allScopes...)
	key := testKeyOf(t, api, tenant.EmployerID)
	create := servertest.Request{Method: http.MethodPost, Path: inboxes, Key: key, Body: map[string]any{}}
	for range delivery.MaxInboxes {
		api.Want(t, 201, create)
	}
	if res := api.Want(t, 400, create); !strings.Contains(string(res.Body), "Delete one") {
		t.Errorf("%s", res.Body)
	}
	var list struct{ Total int }
	if api.Want(t, 200, get(inboxes, key)).JSON(t, &list); list.Total != delivery.MaxInboxes {
		t.Errorf("%d inboxes", list.Total)
	}
}
