package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
)

// A move that took place in the partner's own system an hour ago is known as of then, in the history and in events.
func TestAMoveSaysWhenItTookPlace(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, allScopes...)
	candidate := applied(t, api, api.OpenJob(t, tenant), "ada.lovelace@example.com", "Kubernetes")
	arrived := api.Clock.Now()
	api.Clock.Advance(2 * time.Hour)
	earlier, now := arrived.Add(time.Hour).Format(time.RFC3339), api.Clock.Now().Format(time.RFC3339)

	for _, object := range []string{applications + "/1", candidatePath(candidate)} {
		move := func(status int, body map[string]any) servertest.Response {
			t.Helper()
			return api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: object + "/status", Key: key, Body: body})
		}
		for _, wrong := range []time.Time{arrived.Add(-time.Hour), api.Clock.Now().Add(time.Hour)} {
			if res := move(400, map[string]any{"status": "Screened", "changedAt": wrong}); !strings.Contains(string(res.Body), `"field":"changedAt"`) {
				t.Errorf("%s moved at %s: %s", object, wrong, res.Body)
			}
		}
		move(409, map[string]any{"status": "Offered", "fromStatus": "Hired"})
		to := map[string]string{applications + "/1": "Screened", candidatePath(candidate): "Offered"}[object]
		move(200, map[string]any{"status": to, "changedAt": earlier})
	}
	move := servertest.Request{Method: http.MethodPost, Path: applications + "/1/status", Key: key, Body: map[string]any{"status": "Interviewed", "changedAt": nil}}
	api.Want(t, 200, move)
	move.Body = map[string]any{"status": "Withdrawn", "changedAt": earlier}
	api.Want(t, 200, move)

	var a struct{ History []struct{ At string } }
	api.Want(t, 200, get(applications+"/1", key)).JSON(t, &a)
	var at []string
	for _, h := range a.History {
		at = append(at, h.At)
	}
	if diff := cmp.Diff([]string{arrived.Format(time.RFC3339), earlier, now, earlier}, at); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}

	var log struct {
		Items []struct {
			Type, CreatedAt string
			Data            json.RawMessage
		}
	}
	api.Want(t, 200, get("/api/v1/events", key)).JSON(t, &log)
	var events []string
	for _, e := range log.Items {
		var d struct {
			ChangedAt, WithdrawnAt, NewStatus string
			Automatic                         *bool
		}
		if err := json.Unmarshal(e.Data, &d); err != nil {
			t.Fatal(err)
		}
		if d.ChangedAt != "" || d.WithdrawnAt != "" {
			events = append(events, strings.Join([]string{e.Type, d.NewStatus, d.ChangedAt + d.WithdrawnAt}, " "))
		}
	}
	want := []string{
		"application.status_changed Screened " + earlier, "candidate.status_changed Screened " + earlier, "candidate.status_changed Offered " + earlier,
		"application.status_changed Interviewed " + now, "candidate.status_changed Interviewed " + now,
		"application.status_changed Withdrawn " + earlier, "application.withdrawn  " + earlier, "candidate.status_changed Withdrawn " + earlier,
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
