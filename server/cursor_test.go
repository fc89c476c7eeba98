package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
)

// numbers are at and beyond the bounds of the types that positions have.
var numbers = []string{
	"-1", "0", "5", "32767", "32768", "-32769", "2147483648", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
	"317355235200000000", "-63745056000000000", "x", "", // the years 12026 and -50
}

// forgeries are cursors that the server has not made: positions without a signature, or with that of another position.
func forgeries(given string) []string {
	signed, _ := base64.RawURLEncoding.DecodeString(given)
	all := []string{"eyJpZCI6MTIzNH0", given + "A", given[:len(given)-2], "A" + given, strings.Repeat("A", 500)}
	for _, list := range []string{"", "matches ", "search ", "-createdAt ", "candidates:-createdAt ", "deliveries "} {
		for _, n := range numbers {
			for _, text := range []string{"2 " + list + n + " 5", "2 " + list + "5 " + n, n + " " + list + "5 5", "2 " + list + n, "2 " + list + n + "." + n + "." + n + ".true"} {
				all = append(all, base64.RawURLEncoding.EncodeToString([]byte(text)))
				if len(signed) > 16 {
					all = append(all, base64.RawURLEncoding.EncodeToString(append(signed[:16:16], text...)))
				}
			}
		}
	}
	return all
}

func TestNoListAcceptsAForgedCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch, apikey.ScopeWebhooks)
	for _, family := range board.AllLimitFamilies() {
		if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, family, 1_000_000); err != nil {
			t.Fatal(err)
		}
	}
	list := []board.Job{api.OpenJob(t, tenant), api.OpenJob(t, tenant)}
	for i, job := range []board.Job{list[0], list[1], list[0]} {
		id := applied(t, api, job, fmt.Sprintf("ada%d.lovelace@example.com", i%2+i/2*2), "Kubernetes")
		anInterview(t, api, key, id, job.ID)
		aCall(t, api, key, id)
	}
	people(t, api, board.ModeLive, grace, strings.ReplaceAll(grace, "grace.hopper@", "grace.hopper2@"))
	matched(t, api)
	hook := twoWebhooks(t, api, tenant)
	for range 2 {
		if _, err := api.Store.Outbox.CreateReplay(t.Context(), tenant, delivery.ReplayRequest{FromSequence: new(int64(1)), ToSequence: new(int64(2))}); err != nil {
			t.Fatal(err)
		}
	}
	others := map[string]string{} // a cursor of each list, to try on all others
	for path, narrowed := range map[string]string{
		jobs: "q=manager", jobs + fmt.Sprintf("/%d/applications", list[0].ID): "status=New", "/api/v1/applications": "status=New",
		candidates: "status=New", search: "sort=recency&q=kubernetes", "/api/v1/matches": "minScore=1", "/api/v1/interviews": "status=Scheduled",
		"/api/v1/ai-calls": "status=InProgress", "/api/v1/webhooks": "", "/api/v1/events/replays": "", fmt.Sprintf("/api/v1/webhooks/%d/deliveries", hook): "status=Pending",
	} {
		first := path + "?pageSize=1"
		if path == search {
			first += "&sort=recency"
		}
		var l struct{ NextCursor string }
		api.Want(t, 200, get(first, key)).JSON(t, &l)
		if l.NextCursor != "" {
			api.Want(t, 200, get(first+"&cursor="+l.NextCursor, key))
			api.Want(t, 200, get(strings.Replace(first, "pageSize=1", "pageSize=2", 1)+"&cursor="+l.NextCursor, key))
			others[path] = l.NextCursor
			if narrowed != "" {
				api.Want(t, 400, get(path+"?"+narrowed+"&cursor="+l.NextCursor, key))
			}
		} else {
			t.Errorf("%s: no second page", first)
			l.NextCursor = strings.Repeat("A", 30)
		}
		for _, cursor := range forgeries(l.NextCursor) {
			res := api.Do(t, get(first+"&cursor="+url.QueryEscape(cursor), key))
			if res.Status != http.StatusBadRequest || !strings.Contains(string(res.Body), `"field":"cursor"`) {
				t.Fatalf("%s: cursor %q: %d %s", path, cursor, res.Status, res.Body)
			}
		}
	}
	for path, cursor := range others {
		for other := range others {
			first := other + "?cursor=" + cursor
			if other == search {
				first += "&sort=recency"
			}
			if other != path {
				api.Want(t, 400, get(first, key))
			}
		}
	}
}

// twoWebhooks creates two webhooks with two deliveries each, and returns the first.
func twoWebhooks(t *testing.T, api *servertest.API, tenant board.Tenant) (first int64) {
	t.Helper()
	for i := range 2 {
		sub, _, err := api.Store.Outbox.CreateSubscription(t.Context(), tenant, "native", delivery.SubscriptionPatch{
			URL: board.Set(fmt.Sprintf("https://partner%d.example/hooks", i)), Events: board.Set([]event.Type{event.JobPublished}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if first == 0 {
			first = sub.ID
		}
	}
	for range 2 {
		api.OpenJob(t, tenant)
	}
	return first
}
