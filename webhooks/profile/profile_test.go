package profile

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board/event"
)

func TestHeadersRefuseAnEmptySecret(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		if _, err := p.Headers(Attempt{DeliveryID: 1, EventType: webhookTest, Number: 1}, []byte("{}")); err == nil {
			t.Errorf("%s signed with an empty secret", p.Name)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"native", "autotechjobs", "rejento", "humansourcing", "standardwebhooks", "cloudevents"} {
		if p, ok := Lookup(want); !ok || p.Name != want {
			t.Errorf("Lookup(%s) = %q, %v", want, p.Name, ok)
		}
	}
	if _, ok := Lookup("none"); ok {
		t.Error("Lookup(none) found a profile")
	}
}

func TestEventNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		profile   Profile
		canonical string
		wire      string
		known     bool
		together  []string // all that the name stands for
	}{
		{"canonical names", Native(), "job.expired", "job.expired", true, []string{"job.expired"}},
		{"own name", AutoTechJobs(), "application.status_changed", "application.status_updated", true, []string{"application.status_changed"}},
		{"two by one name", AutoTechJobs(), "job.published", "job.updated", true, []string{"job.updated", "job.published"}},
		{"not there", AutoTechJobs(), "interview.scheduled", "", false, nil},
		{"not there either", Rejento(), "application.submitted", "", false, nil},
		{"a subset", Rejento(), "candidate.matched", "candidate.matched", true, []string{"candidate.matched"}},
		{"expired is an update", HumanSourcing(), "job.expired", "job.update", true, []string{"job.updated", "job.published", "job.expired"}},
		{"an erasure is a deletion", HumanSourcing(), "candidate.erased", "candidate.delete", true, []string{"candidate.erased"}},
		{"an application updates its candidate", HumanSourcing(), "application.submitted", "candidate.update", true,
			[]string{"candidate.profile_updated", "application.submitted", "application.status_changed"}},
		{"a status alone changes no body", HumanSourcing(), "candidate.status_changed", "", false, nil},
		{"a prefix", CloudEvents(), "job.created", "com.itmanagerjobs.job.created", true, []string{"job.created"}},
		{"unheard of", Native(), "job.eaten", "", false, nil},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire, known := tc.profile.Wire(tc.canonical)
			if wire != tc.wire || known != tc.known {
				t.Errorf("Wire(%q) = %q, %v, want %q, %v", tc.canonical, wire, known, tc.wire, tc.known)
			}
			together, ok := tc.profile.Canonical(wire)
			if diff := cmp.Diff(tc.together, together); diff != "" || ok != tc.known {
				t.Errorf("Canonical(%q) = %v (-want +got):\n%s", wire, ok, diff)
			}
		})
	}
}

// TestCatalogues compares the names of each profile with its documentation, and checks that a profile has
// one name for an event.
func TestCatalogues(t *testing.T) {
	t.Parallel()
	documented := map[string][]string{
		"autotechjobs": {
			"job.created", "job.updated", "job.expired", "job.deleted",
			"application.submitted", "application.status_updated", "application.withdrawn",
			"candidate.registered", "candidate.profile_updated", "employer.registered", "employer.profile_updated",
		},
		"rejento": {
			"candidate.created", "candidate.matched", "interview.scheduled", "interview.completed",
			"candidate.status_changed", "ai_call.completed",
		},
		"humansourcing": {"job.creation", "job.update", "job.delete", "candidate.creation", "candidate.update", "candidate.delete"},
	}
	for _, p := range All() {
		want, ok := documented[p.Name]
		if !ok {
			for _, e := range event.AllTypes() {
				wire, _ := p.Wire(string(e))
				want = append(want, wire)
			}
		}
		if diff := cmp.Diff(want, p.WireNames()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Name, diff)
		}
		var all []string
		for _, wire := range p.WireNames() {
			canonical, ok := p.Canonical(wire)
			if !ok || len(canonical) == 0 {
				t.Errorf("%s: %s stands for nothing", p.Name, wire)
			}
			for _, c := range canonical {
				if back, _ := p.Wire(c); back != wire || slices.Contains(all, c) {
					t.Errorf("%s: %s is %s and %s", p.Name, c, wire, back)
				}
			}
			all = append(all, canonical...)
		}
		if wire, ok := p.Wire("webhook.test"); !ok || wire != "webhook.test" {
			t.Errorf("%s: Wire(webhook.test) = %q, %v", p.Name, wire, ok)
		}
		if _, ok := p.Canonical("webhook.test"); ok {
			t.Errorf("%s: webhook.test can be subscribed to", p.Name)
		}
	}
}

// TestEncodeRefuses checks what must not be sent: an event without data, an event that the format does not
// have, an invalid dossier.
func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		for _, data := range []string{"", "null", "[]", `"x"`, "1", `{"a":}`, `{"a":1}{`} {
			if body, err := p.Encode(Event{ID: 7, Type: webhookTest, Data: []byte(data)}); err == nil {
				t.Errorf("%s: data %q gave the body %q, want an error", p.Name, data, body)
			}
		}
		if _, known := p.Wire("job.eaten"); known {
			t.Errorf("%s knows job.eaten", p.Name)
		}
		if !p.NeedsDossier {
			continue
		}
		if body, err := p.Encode(Event{ID: 7, Type: "job.eaten", Data: []byte(`{}`)}); err == nil {
			t.Errorf("%s: an unknown event gave the body %q", p.Name, body)
		}
		if body, err := p.Encode(Event{ID: 7, Type: "job.created", Data: []byte(`{}`), Dossier: []byte(`{"job":7}`)}); err == nil {
			t.Errorf("%s: a broken dossier gave the body %q", p.Name, body)
		}
		for _, dossier := range []string{"", "null", "{}", `{"job":null,"candidate":null}`} {
			if _, err := p.Encode(Event{ID: 7, Type: "job.created", Data: []byte(`{"jobPostId":null}`), Dossier: []byte(dossier)}); err != nil {
				t.Errorf("%s: dossier %q: %v", p.Name, dossier, err)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"a":"\u003cb\u003e \u0026"}`:    `{"a":"<b> &"}`,
		`{"a":"\\u003c","b":"\\\u003c"}`:  `{"a":"\\u003c","b":"\\<"}`,
		`{"a":"\"\u2028\n\u00e9","\\":1}`: `{"a":"\"\u2028\n\u00e9","\\":1}`,
		`{}`:                              `{}`,
	} {
		if got := string(unescapeHTML([]byte(data))); got != want {
			t.Errorf("unescapeHTML(%s) = %s, want %s", data, got, want)
		}
	}
}
