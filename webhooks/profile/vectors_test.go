package profile

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/<profile>.json and docs/webhooks/profiles anew; refused under CI")

// publicURL is the public address of the platform in the vectors.
const publicURL = "https://itmanagerjobs.example"

// sample is an event with everything that its delivery depends on.
type sample struct {
	Name  string `json:"name"`
	Event struct {
		ID         int64     `json:"id"`
		Type       string    `json:"type"`
		CreatedAt  time.Time `json:"createdAt"`
		Mode       string    `json:"mode"`
		EmployerID int64     `json:"employerId"`
		// Data is a string here, so that formatting the file cannot change its bytes.
		Data string `json:"data"`
		// Dossier names one of the dossiers of the file; empty for none.
		Dossier string `json:"dossier"`
	} `json:"event"`
	DeliveryID int64     `json:"deliveryId"`
	Attempt    int       `json:"attempt"`
	At         time.Time `json:"at"`
	Secret     string    `json:"secret"`
	NextSecret string    `json:"nextSecret"`
	// Odd says why Data is not valid by the contract; empty when it is valid.
	Odd string `json:"odd"`

	dossier json.RawMessage
}

// vector is the delivery of a sample in a profile, which must stay the same to the byte.
type vector struct {
	Name       string            `json:"name"`
	Event      string            `json:"event"`
	DeliveryID int64             `json:"deliveryId"`
	Attempt    int               `json:"attempt"`
	At         time.Time         `json:"at"`
	Secret     string            `json:"secret"`
	NextSecret string            `json:"nextSecret,omitempty"`
	Body       string            `json:"body"`
	Headers    map[string]string `json:"headers"`
}

func readSamples(t *testing.T) []sample {
	t.Helper()
	var file struct {
		Dossiers map[string]json.RawMessage `json:"dossiers"`
		Events   []sample                   `json:"events"`
	}
	readJSON(t, "events.json", &file)
	for i, s := range file.Events {
		dossier, ok := file.Dossiers[s.Event.Dossier]
		if s.Event.Dossier != "" && !ok {
			t.Fatalf("%s: there is no dossier %q", s.Name, s.Event.Dossier)
		}
		file.Events[i].dossier = dossier
	}
	return file.Events
}

func readVectors(t *testing.T, profile string) []vector {
	t.Helper()
	var vectors []vector
	readJSON(t, profile+".json", &vectors)
	return vectors
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// mayUpdate refuses -update under CI, which would otherwise accept any change.
func mayUpdate(t *testing.T) bool {
	t.Helper()
	if *update && os.Getenv("CI") != "" {
		t.Fatal("-update is refused under CI: run `go test ./webhooks/profile -args -update` and look at the difference")
	}
	return *update
}

// TestVectors compares the deliveries of every profile with its golden file, <name>.json, for every sample
// whose event the profile has. A difference means that deliveries that are queued while the new version is
// deployed have another body at their next attempt than at the last one: docs/adr/0005 says when that is
// acceptable.
func TestVectors(t *testing.T) {
	t.Parallel()
	samples := readSamples(t)
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			var got []vector
			var covered []string
			for _, s := range samples {
				if _, known := p.Wire(s.Event.Type); known {
					got = append(got, deliver(t, p, s))
					covered = append(covered, s.Event.Type)
				}
			}
			for _, wire := range append(p.WireNames(), webhookTest) {
				canonical, _ := p.Canonical(wire)
				for _, c := range canonical {
					if !slices.Contains(covered, c) {
						t.Errorf("events.json has no %s", c)
					}
				}
			}
			if mayUpdate(t) {
				writeVectors(t, p.Name, got)
			}
			if diff := cmp.Diff(readVectors(t, p.Name), got); diff != "" {
				t.Errorf("testdata/%s.json (-want +got):\n%s", p.Name, diff)
			}
		})
	}
}

func deliver(t *testing.T, p Profile, s sample) vector {
	t.Helper()
	body, err := p.Encode(Event{
		ID: s.Event.ID, Type: s.Event.Type, CreatedAt: s.Event.CreatedAt, Mode: s.Event.Mode,
		EmployerID: s.Event.EmployerID, PublicURL: publicURL, Data: json.RawMessage(s.Event.Data), Dossier: s.dossier,
	})
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	if !json.Valid(body) {
		t.Errorf("%s: the body is not JSON: %s", s.Name, body)
	}
	h, err := p.Headers(Attempt{
		DeliveryID: s.DeliveryID, EventID: s.Event.ID, EventType: s.Event.Type, Number: s.Attempt, At: s.At, Secret: s.Secret, NextSecret: s.NextSecret,
	}, body)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return vector{s.Name, s.Event.Type, s.DeliveryID, s.Attempt, s.At, s.Secret, s.NextSecret, string(body), flat(t, h)}
}

func writeVectors(t *testing.T, profile string, vectors []vector) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(vectors); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", profile+".json"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// flat returns headers as a map. Each must have one value and the canonical form of its name, or the
// methods of http.Header would not find it. The header of AutoTechJobs is spelled as in its documentation.
func flat(t *testing.T, h http.Header) map[string]string {
	t.Helper()
	m := make(map[string]string, len(h))
	for name, values := range h {
		canonical := strings.Replace(name, "X-AutoTechJobs-", "X-Autotechjobs-", 1)
		if len(values) != 1 || canonical != http.CanonicalHeaderKey(name) {
			t.Errorf("header %s: %q", name, values)
		}
		m[name] = values[0]
	}
	return m
}
