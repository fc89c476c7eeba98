package profile

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board/event"
)

// cloudEventsPrefix makes the type of an event unique among all senders of CloudEvents.
const cloudEventsPrefix = "com.itmanagerjobs."

// CloudEvents is CloudEvents 1.0 over HTTP in structured mode. The specification has no signature; the
// headers have that of native.
func CloudEvents() Profile {
	return Profile{
		Name:        "cloudevents",
		Delays:      nativeDelays(),
		MaxAttempts: nativeAttempts,
		Handshake:   true,
		Encode:      cloudEventsEncode,
		Headers: func(a Attempt, body []byte) (http.Header, error) {
			return nativeHeaders("application/cloudevents+json", cloudEventsType(a.EventType), a, body)
		},
		names: prefixedNames(cloudEventsPrefix, event.AllTypes()...),
	}
}

// cloudEventsType is the type in the body, where webhook.test has the prefix, too.
func cloudEventsType(canonical string) string { return cloudEventsPrefix + canonical }

func cloudEventsEncode(e Event) ([]byte, error) {
	f, _, err := decode(Event{ID: e.ID, Data: e.Data})
	if err != nil {
		return nil, err
	}
	return encode(struct {
		SpecVersion     string          `json:"specversion"`
		ID              string          `json:"id"` // unique together with the source, and the same on replay
		Source          string          `json:"source"`
		Type            string          `json:"type"`
		Subject         string          `json:"subject,omitempty"`
		Time            time.Time       `json:"time"`
		DataContentType string          `json:"datacontenttype"`
		Data            json.RawMessage `json:"data"`
	}{
		"1.0", prefixed("evt_", e.ID), "/employers/" + strconv.FormatInt(e.EmployerID, 10), cloudEventsType(e.Type),
		cloudEventsSubject(e.Type, f), e.CreatedAt.UTC(), "application/json", unescapeHTML(e.Data),
	})
}

// cloudEventsSubject identifies the object that the event is about, relative to the source. It returns
// "" when the identifier was removed by an erasure.
func cloudEventsSubject(canonical string, f eventData) string {
	about := func(kind string, id int64) string {
		if id == 0 {
			return ""
		}
		return kind + "/" + strconv.FormatInt(id, 10)
	}
	noun, _, _ := strings.Cut(canonical, ".")
	switch noun {
	case "job":
		return about("jobs", f.JobPostID)
	case "application":
		return about("applications", f.ApplicationID)
	case "candidate":
		return about("candidates", f.CandidateID)
	case "interview":
		return about("interviews", f.InterviewID)
	case "ai_call":
		return about("ai-calls", f.AICallID)
	case "webhook":
		return about("webhooks", f.SubscriptionID)
	default: // the employer is the source itself
		return ""
	}
}
