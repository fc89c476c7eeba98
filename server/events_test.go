package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/event"
)

type eventList struct {
	Items []struct {
		ID, Sequence int64
		Type         string
		CreatedAt    time.Time
		Data         json.RawMessage
	}
	PageSize  int
	NextAfter int64
	HasMore   bool
}

func TestEventsAreReadInOrderAndByType(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeWebhooks, apikey.ScopeJobPosting)
	read := func(query string) (l eventList, types string) {
		t.Helper()
		api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: "/api/v1/events" + query, Key: key}).JSON(t, &l)
		var all []string
		for _, e := range l.Items {
			all = append(all, e.Type)
		}
		return l, strings.Join(all, " ")
	}
	if l, _ := read(""); l.NextAfter != 0 || l.HasMore || l.PageSize != 50 {
		t.Errorf("before anything happened: %+v", l)
	}
	job := createJob(t, api, key, example())
	for _, q := range []servertest.Request{
		{Method: http.MethodPatch, Path: path(job.ID, ""), Body: map[string]any{"title": "Lead <Platform> & more"}},
		{Method: http.MethodPost, Path: path(job.ID, "/publish"), Body: map[string]any{"expiryDate": api.Clock.Now().Add(time.Hour)}},
	} {
		q.Key = key
		api.Want(t, 200, q)
	}
	api.Clock.Advance(time.Hour)
	if _, err := api.Store.Jobs.ExpireDue(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	api.Want(t, 200, servertest.Request{Method: http.MethodDelete, Path: path(job.ID, ""), Key: key})

	all, types := read("")
	if want := "job.created job.updated job.published job.expired job.deleted"; types != want || all.NextAfter != 5 || all.HasMore {
		t.Errorf("all: %s, next %d, more %t; want %s", types, all.NextAfter, all.HasMore, want)
	}
	// The data of events is as the contract says under x-webhooks.
	for i, e := range all.Items {
		if e.Sequence != int64(i)+1 {
			t.Errorf("event %d has the number %d", i, e.Sequence)
		}
		var data any
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		schema := strings.NewReplacer("job.c", "JobC", "job.u", "JobU", "job.p", "JobP", "job.e", "JobE", "job.d", "JobD").Replace(e.Type) + "Event"
		if err := servertest.Document().Components.Schemas[schema].Value.VisitJSON(data); err != nil {
			t.Errorf("%s %s is not as %s says: %v", e.Type, e.Data, schema, err)
		}
	}
	var walked []string
	for after, more := int64(0), true; more; {
		l, types := read(fmt.Sprintf("?pageSize=2&after=%d", after))
		walked, after, more = append(walked, types), l.NextAfter, l.HasMore
	}
	if diff := cmp.Diff([]string{"job.created job.updated", "job.published job.expired", "job.deleted"}, walked); diff != "" {
		t.Errorf("walked (-want +got):\n%s", diff)
	}
	if l, types := read("?type=job.expired"); types != "job.expired" || l.NextAfter != 5 {
		t.Errorf("by type: %s, next %d; want job.expired and 5, as nothing else is left to read", types, l.NextAfter)
	}
	if l, types := read("?after=5"); types != "" || l.NextAfter != 5 || l.HasMore {
		t.Errorf("at the end: %+v", l)
	}
	for _, bad := range []string{"?after=-1", "?after=x", "?type=job.lost", "?pageSize=201", "?type=webhook.test", "?limit=3"} {
		api.Want(t, 400, servertest.Request{Method: http.MethodGet, Path: "/api/v1/events" + bad, Key: key})
	}
	api.Clock.Advance(event.Retention - time.Second)
	if l, types := read("?after=1"); types != "job.expired job.deleted" || l.Items[0].Sequence != 4 {
		t.Errorf("30 days later: %s", types)
	}
}
