package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// documentedKey is a key of the format's documentation, with its path and the JSON types of its values.
// humansourcing_keys.json lists them by type and event.
type documentedKey struct {
	Key   string   `json:"key"`
	Types []string `json:"types"`
}

// TestHumanSourcingKeys checks that every body has the keys of the documentation: all of them, in its
// order, with its types, and no others.
func TestHumanSourcingKeys(t *testing.T) {
	t.Parallel()
	var documented map[string][]documentedKey
	readJSON(t, "humansourcing_keys.json", &documented)
	if n := slices.DeleteFunc(slices.Clone(documented["job.creation"]), func(k documentedKey) bool { return strings.Contains(k.Key, ".") }); len(n) != 42 {
		t.Fatalf("the document has 42 keys of a job, the list %d", len(n))
	}
	seen := map[string]bool{}
	for _, v := range readVectors(t, "humansourcing") {
		if v.Event == webhookTest {
			continue
		}
		var body []struct {
			Event string          `json:"event"`
			Type  string          `json:"type"`
			Data  json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal([]byte(v.Body), &body); err != nil || len(body) != 1 {
			t.Fatalf("%s: %d elements, %v", v.Name, len(body), err)
		}
		if !strings.HasPrefix(v.Body, `[{"event":"`+body[0].Event+`","type":"`+body[0].Type+`","data":{`) {
			t.Errorf("%s begins %.60s", v.Name, v.Body)
		}
		name := body[0].Type + "." + body[0].Event
		keys, ok := documented[name]
		if !ok {
			t.Fatalf("%s: the document has no %s", v.Name, name)
		}
		types := map[string][]string{}
		order := map[string][]string{}
		for _, k := range keys {
			types[k.Key] = k.Types
			at := strings.LastIndexByte(k.Key, '.') + 1
			order[k.Key[:at]] = append(order[k.Key[:at]], k.Key[at:])
		}
		// Null in the documentation, whose example has no telephone number. Otherwise it is a text.
		types["tel_mobile"] = []string{"null", "string"}
		for _, problem := range compareKeys(json.NewDecoder(bytes.NewReader(body[0].Data)), "", types, order, seen) {
			t.Errorf("%s: %s", v.Name, problem)
		}
	}
	// Every key occurs in some vector, including those of the deepest level.
	for _, keys := range documented {
		for _, k := range keys {
			if !seen[k.Key] {
				t.Errorf("no vector has %s", k.Key)
			}
		}
	}
}

// compareKeys reads one value and reports what differs from the documentation.
func compareKeys(d *json.Decoder, path string, types, order map[string][]string, seen map[string]bool) []string {
	token, err := d.Token()
	if err != nil {
		return []string{err.Error()}
	}
	var kind string
	var problems []string
	switch token {
	case json.Delim('{'):
		kind = "object"
		prefix := strings.TrimPrefix(path+".", ".")
		var keys []string
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return []string{err.Error()}
			}
			keys = append(keys, key.(string))
			problems = append(problems, compareKeys(d, prefix+key.(string), types, order, seen)...)
		}
		// The documentation has actions without these two keys.
		optional := func(k string) bool { return (k == "attachment" || k == "form") && !slices.Contains(keys, k) }
		if diff := cmp.Diff(slices.DeleteFunc(slices.Clone(order[prefix]), optional), keys); diff != "" {
			problems = append(problems, fmt.Sprintf("keys of %q (-want +got):\n%s", path, diff))
		}
		_, _ = d.Token()
	case json.Delim('['):
		kind = "array"
		for d.More() {
			problems = append(problems, compareKeys(d, path+"[]", types, order, seen)...)
		}
		_, _ = d.Token()
	case nil:
		kind = "null"
	default:
		kind = map[string]string{"string": "string", "float64": "number", "bool": "boolean"}[fmt.Sprintf("%T", token)]
	}
	if want, ok := types[path]; ok && !slices.Contains(want, kind) {
		problems = append(problems, fmt.Sprintf("%s is a %s, want %v", path, kind, want))
	}
	seen[path] = true
	return problems
}

// TestHumanSourcingDates checks the two formats in which the documentation writes dates.
func TestHumanSourcingDates(t *testing.T) {
	t.Parallel()
	job := regexp.MustCompile(`"job_(?:jobstart|mission_start|published_at|updated_at)":"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]00)?"`)
	candidate := regexp.MustCompile(`"(?:date|latest_action)":"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00)?"`)
	var jobs, candidates int
	for _, v := range readVectors(t, "humansourcing") {
		if want := 4 * strings.Count(v.Body, `"job_jobstart"`); len(job.FindAllString(v.Body, -1)) != want {
			t.Errorf("%s: dates of a job in %s", v.Name, v.Body)
		} else {
			jobs += want
		}
		if want := strings.Count(v.Body, `"date":`) + strings.Count(v.Body, `"latest_action":`); len(candidate.FindAllString(v.Body, -1)) != want {
			t.Errorf("%s: dates of a candidate in %s", v.Name, v.Body)
		} else {
			candidates += want
		}
	}
	if jobs == 0 || candidates == 0 {
		t.Errorf("%d dates of jobs, %d of candidates", jobs, candidates)
	}

	summer, winter := time.Date(2019, 7, 18, 22, 0, 0, 0, time.UTC), time.Date(2016, 1, 20, 13, 27, 0, 0, time.UTC)
	for got, want := range map[string]string{
		humanJobDate(&summer):        "2019-07-19T00:00:00+0200",
		humanJobDate(dayOf(&winter)): "2016-01-20T00:00:00+0100",
		humanCandidateDate(&winter):  "2016-01-20T14:27:00+01:00",
		humanJobDate(nil):            "",
	} {
		if got != want {
			t.Errorf("date %q, want %q", got, want)
		}
	}
}

// TestHumanSourcingActionsOfOneSecond has applications that were created in the second in which another one was moved.
func TestHumanSourcingActionsOfOneSecond(t *testing.T) {
	t.Parallel()
	at := func(ms int) *time.Time {
		when := time.Date(2026, 5, 4, 9, 30, 0, ms*1_000_000, time.UTC)
		return &when
	}
	c := DossierCandidate{ID: 77, Applications: []DossierApplication{
		{ID: 12, AppliedAt: at(1000)},
		{ID: 13, AppliedAt: at(0), History: []DossierMove{{To: "New", At: at(0)}, {From: "New", To: "Screened", At: at(500)}, {From: "Screened", To: "Offered", At: at(700)}}},
		{ID: 14, AppliedAt: at(0)}, // at 0.8 s, but stored in whole seconds
		{ID: 15, AppliedAt: at(-1000)},
	}}
	var got []string
	for _, a := range humanCandidateOf(Event{}, eventData{}, Dossier{Candidate: &c}).Action {
		got = append(got, a.ID)
	}
	if diff := cmp.Diff([]string{"12", "14", "13-2", "13-1", "13", "15"}, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

func TestHumanSourcingSalary(t *testing.T) {
	t.Parallel()
	low, high := 45000.0, 55000.5
	for want, s := range map[string]*DossierSalary{
		"0": nil, "45000": {Min: &low, Max: &high}, "55000.5": {Max: &high},
	} {
		if got := humanSalary(s); got != want {
			t.Errorf("salary %q, want %q", got, want)
		}
	}
	if got := humanSalary(&DossierSalary{Currency: "EUR"}); got != "0" {
		t.Errorf("salary without an amount %q, want 0", got)
	}
}

func TestCountry(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]country{
		"":   {},
		"GB": {"United Kingdom", "GBR", "GB"},
		"CI": {"Côte d'Ivoire", "CIV", "CI"},
		"ZZ": {},
	} {
		if diff := cmp.Diff(want, countryOf(code)); diff != "" {
			t.Errorf("countryOf(%q) (-want +got):\n%s", code, diff)
		}
	}
}
