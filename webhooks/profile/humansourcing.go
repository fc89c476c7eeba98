package profile

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
	_ "time/tzdata" // the format's dates are in the time of Paris, also on a machine without a time zone database
)

// HumanSourcing is the format of Human Sourcing's webhooks: an array with one element, which has the
// whole job or candidate. Its documentation has no signature; the headers have that of native.
func HumanSourcing() Profile {
	return Profile{
		Name:            "humansourcing",
		Delays:          nativeDelays(),
		MaxAttempts:     nativeAttempts,
		NeedsCandidates: true,
		NeedsDossier:    true,
		Encode:          humanEncode,
		Headers: func(a Attempt, body []byte) (http.Header, error) {
			wire, ok := HumanSourcing().Wire(a.EventType)
			if !ok {
				return nil, unknownEvent("humansourcing", Event{Type: a.EventType})
			}
			h, err := nativeHeaders("application/json", wire, a, body)
			if err == nil {
				// Bodies have neither a time nor a number by which a receiver could order them.
				h["X-Webhook-Event-Id"] = []string{strconv.FormatInt(a.EventID, 10)}
			}
			return h, err
		},
		names: []eventName{
			{"job.creation", []string{"job.created"}},
			{"job.update", []string{"job.updated", "job.published", "job.expired"}},
			{"job.delete", []string{"job.deleted"}},
			// candidate.created always comes with candidate.registered, and would be a second creation.
			{"candidate.creation", []string{"candidate.registered"}},
			// candidate.status_changed comes with application.status_changed, or for a status that
			// was set by hand, for which the body has no field.
			{"candidate.update", []string{"candidate.profile_updated", "application.submitted", "application.status_changed"}},
			{"candidate.delete", []string{"candidate.erased"}},
		},
	}
}

// humanMessage is the only element of a body.
type humanMessage struct {
	Event string `json:"event"`
	Type  string `json:"type"`
	Data  any    `json:"data"`
}

func humanEncode(e Event) ([]byte, error) {
	wire, ok := HumanSourcing().Wire(e.Type)
	if !ok {
		return nil, unknownEvent("humansourcing", e)
	}
	f, d, err := decode(e)
	if err != nil {
		return nil, err
	}
	var m humanMessage
	switch wire {
	case "job.creation":
		m = humanMessage{"creation", "job", humanJobOf(e, f, d)}
	case "job.update":
		m = humanMessage{"update", "job", humanJobOf(e, f, d)}
	case "job.delete":
		m = humanMessage{"delete", "job", struct {
			JobID int64 `json:"job_id"`
		}{f.JobPostID}}
	case "candidate.creation":
		m = humanMessage{"creation", "candidate", humanCandidateOf(e, f, d)}
	case "candidate.update":
		m = humanMessage{"update", "candidate", humanCandidateOf(e, f, d)}
	case "candidate.delete":
		m = humanMessage{"delete", "candidate", struct {
			ID int64 `json:"id"`
		}{f.CandidateID}}
	case webhookTest:
		// These values are not documented, so that no receiver takes the test for a job or a candidate.
		m = humanMessage{"test", "webhook", struct {
			WebhookID int64  `json:"webhook_id"`
			Message   string `json:"message"`
		}{f.SubscriptionID, f.Message}}
	default:
		return nil, fmt.Errorf("profile: humansourcing has no body for %s", wire)
	}
	return encode([]humanMessage{m})
}

// paris is the time zone of the format's dates.
var paris = func() *time.Location {
	l, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // it is compiled in
	}
	return l
}()

// The format writes the offset of a time without a colon for jobs and with a colon for candidates. A date
// that is not known is empty.
func humanJobDate(t *time.Time) string       { return humanDate(t, "2006-01-02T15:04:05-0700") }
func humanCandidateDate(t *time.Time) string { return humanDate(t, "2006-01-02T15:04:05-07:00") }

func humanDate(t *time.Time, layout string) string {
	if t == nil {
		return ""
	}
	return t.In(paris).Format(layout)
}

// humanID writes an identifier as a text. One that is not known is "0".
func humanID(id int64) string { return strconv.FormatInt(id, 10) }
