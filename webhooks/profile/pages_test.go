package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board/event"
)

const pagesDir = "../../docs/webhooks/profiles"

// TestPages compares the reference pages with what the test makes of the texts in testdata/pages, the
// profiles and their vectors.
func TestPages(t *testing.T) {
	t.Parallel()
	samples := readSamples(t)
	pages := map[string]string{"README.md": fill(t, "README.md", template.FuncMap{"index": indexOfPages})}
	for _, p := range All() {
		page := page{profile: p}
		for _, s := range samples {
			if _, known := p.Wire(s.Event.Type); known {
				page.vectors = append(page.vectors, deliver(t, p, s))
			}
		}
		pages[p.Name+".md"] = fill(t, p.Name+".md", page.functions(t))
	}
	if mayUpdate(t) {
		for file, text := range pages {
			if err := os.WriteFile(filepath.Join(pagesDir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := filepath.Glob(filepath.Join(pagesDir, "*"))
	if err != nil || len(found) != len(pages) {
		t.Errorf("%s holds %v, %v; want %v", pagesDir, found, err, slices.Sorted(maps.Keys(pages)))
	}
	for file, want := range pages {
		got, err := os.ReadFile(filepath.Join(pagesDir, file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("docs/webhooks/profiles/%s is not what the vectors make; run `go test ./webhooks/profile -args -update` (-want +got):\n%s", file, diff)
		}
	}
}

func fill(t *testing.T, file string, functions template.FuncMap) string {
	t.Helper()
	text, err := template.New(file).Funcs(functions).ParseFiles(filepath.Join("testdata/pages", file))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := text.Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for strings.Contains(page, "\n\n\n") {
		page = strings.ReplaceAll(page, "\n\n\n", "\n\n")
	}
	return strings.TrimRight(page, "\n") + "\n"
}

// meanings describe the events.
var meanings = map[event.Type]string{
	event.JobCreated:               "a draft of a job was created",
	event.JobUpdated:               "fields of a job were changed",
	event.JobPublished:             "a job was published",
	event.JobExpired:               "the expiry date of a job has passed",
	event.JobDeleted:               "a job was closed for good",
	event.ApplicationSubmitted:     "a person has applied",
	event.ApplicationStatusChanged: "the status of an application was changed",
	event.ApplicationWithdrawn:     "an application was withdrawn",
	event.CandidateRegistered:      "a candidate has registered",
	event.CandidateProfileUpdated:  "a candidate's profile or CV was changed",
	event.CandidateCreated:         "an email has brought a new candidate",
	event.CandidateMatched:         "a candidate matches a job, with a score of 70 or more",
	event.CandidateStatusChanged:   "the status of a candidate was changed, by a person or by a change of an application",
	event.CandidateErased:          "the data of a candidate were erased",
	event.InterviewScheduled:       "an interview was scheduled",
	event.InterviewCompleted:       "an interview has taken place",
	event.AICallCompleted:          "a call by a voice assistant has ended",
	event.EmployerRegistered:       "an employer has registered",
	event.EmployerProfileUpdated:   "an employer's profile was changed",
}

func indexOfPages() string {
	var b strings.Builder
	b.WriteString("| profile | events | attempts | personal data |\n|---|---|---|---|\n")
	for _, p := range All() {
		personal := "no"
		if p.NeedsCandidates {
			personal = "yes: needs the scope `CvSearch`"
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %d | %d | %s |\n", p.Name, p.Name, len(p.WireNames()), p.MaxAttempts, personal)
	}
	return b.String()
}

// page is the reference page of a profile.
type page struct {
	profile Profile
	vectors []vector
}

func (p page) functions(t *testing.T) template.FuncMap {
	t.Helper()
	return template.FuncMap{
		"events":   func() string { return p.events(t) },
		"headers":  func() string { return fence("", p.headerLines(p.fullest(p.profile.WireNames()[0]))) },
		"schedule": p.schedule,
		"example":  func() string { return p.example(t) },
		"verifier": func() string { return p.verifier(t) },
		"rotation": p.rotation,
		"secret":   p.secret,
		"bodies":   p.bodies,
		"unknown":  p.unknown,
	}
}

func (p page) events(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("## Events\n\n")
	b.WriteString("A webhook subscribes to events by name:\n\n| event | sent when |\n|---|---|\n")
	for _, wire := range p.profile.WireNames() {
		canonical, _ := p.profile.Canonical(wire)
		when := make([]string, len(canonical))
		for i, c := range canonical {
			if when[i] = meanings[event.Type(c)]; when[i] == "" {
				t.Errorf("meanings lacks %s", c)
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", wire, strings.Join(when, "; "))
	}
	b.WriteString("\n`webhook.test` is sent on request to one webhook; it can't be subscribed to.\n")
	return b.String()
}

// fullest returns the vector of a name that has the longest body.
func (p page) fullest(wire string) vector {
	canonical, _ := p.profile.Canonical(wire)
	if wire == webhookTest {
		canonical = []string{webhookTest}
	}
	var best vector
	for _, v := range p.vectors {
		if slices.Contains(canonical, v.Event) && len(v.Body) > len(best.Body) && !strings.Contains(v.Name, "unusual") {
			best = v
		}
	}
	return best
}

// headerLines writes the names of Standard Webhooks in lower case, as its documentation does. HTTP ignores the case.
func (p page) headerLines(v vector) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(v.Headers)) {
		shown := name
		if strings.HasPrefix(name, "Webhook-") {
			shown = strings.ToLower(name)
		}
		fmt.Fprintf(&b, "%s: %s\n", shown, v.Headers[name])
	}
	return b.String()
}

func (p page) schedule() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Schedule\n\nA delivery is tried %d times at most; then it is a dead letter, which can be resent.\n\n", p.profile.MaxAttempts)
	b.WriteString("| attempt | after the one before | after the first |\n|---|---|---|\n| 1 | | |\n")
	var since time.Duration
	for i, d := range p.profile.Delays[:p.profile.MaxAttempts-1] {
		since += d
		fmt.Fprintf(&b, "| %d | %s | %s |\n", i+2, delaysText([]time.Duration{d}), delaysText([]time.Duration{since}))
	}
	b.WriteString("\nEach delay may be up to a tenth longer, but not shorter.\n\n")
	if p.profile.OwnSchedule {
		b.WriteString("That is the schedule of the format's documentation. The operator of the platform can set another one for this profile\n")
	} else {
		b.WriteString("That is the default. The operator of the platform can set another one for all profiles without a schedule of their own\n" +
			"(`WEBHOOK_DELAYS`, `WEBHOOK_MAX_ATTEMPTS`) or for this profile\n")
	}
	b.WriteString("(`WEBHOOK_PROFILE_DELAYS`, `WEBHOOK_PROFILE_MAX_ATTEMPTS`).\n")
	return b.String()
}

func (p page) verifier(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(filepath.Join("testdata/verify", nodeVerifiers[p.profile.Name].file))
	if err != nil {
		t.Fatal(err)
	}
	return fence("js", string(program))
}

func (p page) secret() string {
	form := "A secret is `whsec_` and the base64 of 32 random bytes. It is shown once, when it is created"
	key := "The whole string as\nshown is the key.\n"
	switch p.profile.Name {
	case "autotechjobs":
		key = "The whole string as\nshown is the key. `/v1/webhooks` also accepts a `secret` of your own, of 16 to 200 printable ASCII characters without blanks.\n"
	case "standardwebhooks":
		key = "The key is the bytes\nthat the base64 encodes.\n"
	}
	return "## Secret\n\n" + form + ". " + key
}

func (p page) bodies() string {
	var b strings.Builder
	b.WriteString("## Bodies\n\nThey are sent as shown, without the line breaks and spaces between the values.\n")
	for _, wire := range append(p.profile.WireNames(), webhookTest) {
		fmt.Fprintf(&b, "\n### `%s`\n\n%s", wire, fence("json", pretty(p.fullest(wire).Body)))
	}
	return b.String()
}

// unknown shows a body with few known values.
func (p page) unknown() string {
	for _, v := range p.vectors {
		if v.Event == string(event.ApplicationSubmitted) && v.Name == v.Event {
			return "### When only the event itself is known\n\n" + fence("json", pretty(v.Body))
		}
	}
	return ""
}

func pretty(body string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		panic(err) // the vectors are JSON; see deliver
	}
	return b.String()
}

func fence(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```\n"
}
