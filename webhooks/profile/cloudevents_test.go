package profile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/google/go-cmp/cmp"
)

// TestCloudEventsParse reads every vector with the official SDK, as a receiver of structured mode.
func TestCloudEventsParse(t *testing.T) {
	t.Parallel()
	samples := map[string]sample{}
	for _, s := range readSamples(t) {
		samples[s.Name] = s
	}
	for _, v := range readVectors(t, "cloudevents") {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(v.Body))
		r.Header = headersOf(v)
		e, err := cloudevents.NewEventFromHTTPRequest(r)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		s := samples[v.Name]
		type read struct{ SpecVersion, ID, Source, Type, Time, DataContentType string }
		want := read{"1.0", prefixed("evt_", s.Event.ID), "/employers/17", "com.itmanagerjobs." + s.Event.Type, s.Event.CreatedAt.String(), "application/json"}
		got := read{e.SpecVersion(), e.ID(), e.Source(), e.Type(), e.Time().String(), e.DataContentType()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v.Name, diff)
		}
		var data bytes.Buffer
		if err := json.Compact(&data, []byte(s.Event.Data)); err != nil {
			t.Fatal(err)
		}
		recorded := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(data.String())
		if diff := cmp.Diff(recorded, string(e.Data())); diff != "" {
			t.Errorf("%s: data (-want +got):\n%s", v.Name, diff)
		}
	}
}

func TestCloudEventsSubject(t *testing.T) {
	t.Parallel()
	for canonical, want := range map[string]string{
		"job.created":              "jobs/1",
		"application.submitted":    "applications/2",
		"candidate.matched":        "candidates/3",
		"interview.scheduled":      "interviews/4",
		"ai_call.completed":        "ai-calls/5",
		"webhook.test":             "webhooks/6",
		"employer.profile_updated": "",
	} {
		f := eventData{JobPostID: 1, ApplicationID: 2, CandidateID: 3, InterviewID: 4, AICallID: 5, SubscriptionID: 6, EmployerID: 7}
		if got := cloudEventsSubject(canonical, f); got != want {
			t.Errorf("subject of %s is %q, want %q", canonical, got, want)
		}
		if got := cloudEventsSubject(canonical, eventData{}); got != "" {
			t.Errorf("subject of %s without its number is %q", canonical, got)
		}
	}
}
