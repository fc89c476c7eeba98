package board

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var cvNow = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

func TestParseCvLine(t *testing.T) {
	t.Parallel()
	years, senior, hybrid, latitude, longitude, low := 12, Senior, HybridRemote, 53.8, -1.55, int64(65_000_00)
	got, err := ParseCvLine([]byte(`{"externalId":"x-1","firstName":" Grace ","lastName":"Hopper","email":"grace@example.com","phone":"+1 202 555 0100",
 "title":"Compiler Lead","summary":"Wrote\r\nthe first one.","skills":["COBOL","cobol"," Go "],"experience":[{"title":"Rear Admiral","employer":"US Navy","from":"1943-12","to":"1986"}],
 "yearsExperience":12.5,"seniority":"Senior","city":"Leeds","country":"GB","latitude":53.8,"longitude":-1.55,"remoteType":"HybridRemote","availability":"OneMonth",
 "salaryExpectation":{"min":65000,"currency":"GBP","period":"Year"},"languages":["English"],"cvText":"All of it.","consents":[{"purpose":"search","givenAt":"2026-01-02T03:04:05.123456789+01:00"}],
 "updatedAt":"2026-02-01T00:00:00Z"}`), cvNow)
	want := CvCandidate{
		ExternalID: "x-1", FirstName: "Grace", LastName: "Hopper", Email: "grace@example.com", Phone: "+1 202 555 0100", Title: "Compiler Lead",
		Summary: "Wrote\nthe first one.", Skills: []string{"COBOL", "Go"}, Experience: []Experience{{Title: "Rear Admiral", Employer: "US Navy", From: "1943-12", To: "1986"}},
		YearsExperience: &years, Seniority: &senior, City: "Leeds", Country: "GB", Latitude: &latitude, Longitude: &longitude, RemoteType: &hybrid,
		Availability: "OneMonth", Salary: &Salary{Min: &low, Currency: "GBP", Period: PerYear}, Languages: []string{"English"}, CvText: "All of it.",
		Visibility: VisibilityVisible, Consents: []Consent{{Purpose: "search", GivenAt: time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC)}},
		UpdatedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got), %v:\n%s", err, diff)
	}
	if !got.LastConsent().Equal(want.Consents[0].GivenAt) {
		t.Errorf("last consent %v", got.LastConsent())
	}
	least, err := ParseCvLine([]byte(`{"firstName":"A","lastName":"B","email":"a@b.example","title":"CTO"}`), cvNow)
	if err != nil || least.Visibility != VisibilityVisible || !least.UpdatedAt.IsZero() || !least.LastConsent().IsZero() {
		t.Errorf("the least: %+v, %v", least, err)
	}
}

func TestABadCvLineNamesItsFields(t *testing.T) {
	t.Parallel()
	const ok = `"firstName":"A","lastName":"B","email":"a@b.example","title":"CTO"`
	for _, tc := range []struct{ line, fields string }{
		{`{}`, "firstName lastName title email"},
		{`{` + ok + `,"email":"a@b"}`, "email"},
		{`{` + ok + `,"skills":["` + strings.Repeat("x", 61) + `",""],"languages":[""]}`, "skills[0] skills[1] languages[0]"},
		{`{` + ok + `,"visibility":"Shy","seniority":"Chief","remoteType":"Moon","availability":"Soon"}`, "visibility availability seniority remoteType"},
		{`{` + ok + `,"latitude":91,"longitude":-181}`, "latitude longitude"},
		{`{` + ok + `,"latitude":51.5}`, "longitude"},
		{`{` + ok + `,"yearsExperience":71,"experience":[{"title":"x","from":"May","to":"2019-13"},{"title":""}]}`, "yearsExperience experience[0].from experience[0].to experience[1].title"},
		{`{` + ok + `,"salaryExpectation":{"min":5.555,"max":4,"period":"Week"}}`, "salaryExpectation.min salaryExpectation.currency salaryExpectation.period"},
		{`{` + ok + `,"consents":[{"purpose":""},{"purpose":"x","givenAt":"2027-01-01T00:00:00Z"}]}`, "consents[0].purpose consents[0].givenAt consents[1].givenAt"},
		{`{` + ok + `,"updatedAt":"2024-03-02T09:30:00Z"}`, "updatedAt"},
		{`{` + ok + `,"updatedAt":"2026-03-03T09:30:00Z"}`, "updatedAt"},
		{`{` + ok + `,"summary":"` + strings.Repeat("x", MaxSummary+1) + `"}`, "summary"},
		{`{` + ok + `,"nickname":"x"}`, "nickname"},
		{`{` + ok + `,"city":5}`, "city"},
		{`{` + ok + `,"skills":[1]}`, "skills"},
		{`["x"]`, ""},
		{`{`, ""},
		{`{` + ok + `} {}`, ""},
		{strings.Repeat(" ", MaxCvLine) + `{` + ok + `}`, ""},
	} {
		_, err := ParseCvLine([]byte(tc.line), cvNow)
		bad, isOurs := errors.AsType[*Error](err)
		if !isOurs || bad.Code != CodeInvalidRequest {
			t.Errorf("%.200s: %v, want invalid_request", tc.line, err)
			continue
		}
		var fields []string
		for _, f := range bad.Fields {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != tc.fields {
			t.Errorf("%.200s: fields %q, want %q: %v", tc.line, got, tc.fields, err)
		}
	}
}

func TestScrubContact(t *testing.T) {
	t.Parallel()
	person := []string{"Ada", "O'Neill-Lovelace", "countess.ada@mail.example"}
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"Runs Kubernetes 1.29 on 12,000 nodes.", "Runs Kubernetes 1.29 on 12,000 nodes."},
		{"Ada led it. ADA's team, (ada) and Lovelace’s.", "… led it. … team, … and …"},
		{"Adaptive, Canada, Nevada", "Adaptive, Canada, Nevada"},
		{"Write to ada@mail.example, or see https://ada.example/cv now", "Write to … or see … now"},
		{"me AT mail DOT example please", "… please"},
		{"me [at] mail.example please", "… please"},
		{"me(at)mail.example please", "… please"},
		{"countess.ada on GitHub, @adal on X", "… on GitHub, … on X"},
		{"linkedin.com/in/someone, www.x.example, ada-lovelace.dev", "…"},
		{"ASP.NET, Node.js, .NET/C#, asp.net/mvc, CI/CD, e.g. this", "ASP.NET, Node.js, .NET/C#, asp.net/mvc, CI/CD, e.g. this"},
		{"Call +44 20 7946 0958 or (0161) 496 0000, ext. 5", "Call … or … ext. 5"},
		{"Phone: 020-7946-0958. Then 07700900123", "Phone: … Then …"},
		{"2015 - 2019, 2015-2019, 01/04/2019, 2019-04-01, 1,000,000 users, 10 000 000 rows", "2015 - 2019, 2015-2019, 01/04/2019, 2019-04-01, 1,000,000 users, 10 000 000 rows"},
		{"line one\n+44 7700 900123\nline three", "line one\n…\nline three"},
		{"ISO 27001 and 99.99 % of 365 days", "ISO 27001 and 99.99 % of 365 days"},
	} {
		if got := ScrubContact(tc.text, person...); got != tc.want {
			t.Errorf("%q\n got %q\nwant %q", tc.text, got, tc.want)
		}
	}
	if got := ScrubContact("Managed I and Q releases", "I", "Q"); got != "Managed I and Q releases" {
		t.Errorf("initials: %q", got)
	}
}
