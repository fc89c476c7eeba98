package board

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var cvNow = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

func TestParseCVLine(t *testing.T) {
	t.Parallel()
	years, senior, hybrid, latitude, longitude, low := 12, Senior, HybridRemote, 53.8, -1.55, int64(65_000_00)
	got, err := ParseCVLine([]byte(`{"externalId":"x-1","firstName":" Grace ","lastName":"Hopper","email":"grace@example.com","phone":"+1 202 555 0100",
 "title":"Compiler Lead","summary":"Wrote\r\nthe first one.","skills":["COBOL","cobol"," Go "],"experience":[{"title":"Rear Admiral","employer":"US Navy","from":"1943-12","to":"1986"}],
 "yearsExperience":12.0,"seniority":"Senior","city":"Leeds","country":"GB","latitude":53.8,"longitude":-1.55,"remoteType":"HybridRemote","availability":"OneMonth",
 "salaryExpectation":{"min":65000,"currency":"GBP","period":"Year"},"languages":["English"],"cvText":"All of it.","consents":[{"purpose":"search","givenAt":"2026-01-02T03:04:05.123456789+01:00"}],
 "updatedAt":"2026-02-01T00:00:00Z"}`), cvNow)
	want := CVCandidate{
		ExternalID: "x-1", FirstName: "Grace", LastName: "Hopper", Email: "grace@example.com", Phone: "+1 202 555 0100", Title: "Compiler Lead",
		Summary: "Wrote\nthe first one.", Skills: []string{"COBOL", "Go"}, Experience: []Experience{{Title: "Rear Admiral", Employer: "US Navy", From: "1943-12", To: "1986"}},
		YearsExperience: &years, Seniority: &senior, City: "Leeds", Country: "GB", Latitude: &latitude, Longitude: &longitude, RemoteType: &hybrid,
		Availability: "OneMonth", Salary: &Salary{Min: &low, Currency: "GBP", Period: PerYear}, Languages: []string{"English"}, CVText: "All of it.",
		Visibility: VisibilityVisible, Consents: []Consent{{Purpose: "search", GivenAt: time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC)}},
		UpdatedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got), %v:\n%s", err, diff)
	}
	if !got.LastConsent().Equal(want.Consents[0].GivenAt) {
		t.Errorf("last consent %v", got.LastConsent())
	}
	least, err := ParseCVLine([]byte(`{"firstName":"A","lastName":"B","email":"a@b.example","title":"CTO"}`), cvNow)
	if err != nil || least.Visibility != VisibilityVisible || !least.UpdatedAt.IsZero() || !least.LastConsent().IsZero() {
		t.Errorf("the least: %+v, %v", least, err)
	}
}

func TestABadCVLineNamesItsFields(t *testing.T) {
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
		{`{` + ok + `,"skills":["Go",1,null],"city":[],"updatedAt":"yesterday","experience":{},"consents":[{"givenAt":7,"by":"x"}]}`,
			"skills[1] city updatedAt experience consents[0].givenAt consents[0].by skills[2] consents[0].purpose"},
		{`{"firstName":5,"lastName":"B","FIRSTNAME":"A","email":"a@b.example","title":"CTO"}`, "firstName FIRSTNAME"},
		{`{` + ok + `,"yearsExperience":5.5,"phone":"call me maybe"}`, "phone yearsExperience"},
		{`{` + ok + `,"yearsExperience":1e999,"latitude":"north","longitude":2}`, "yearsExperience latitude"},
		{`{` + ok + `,"experience":[{"title":"x","from":"2022-01","to":"2020-01"},{"title":"x","from":"2020","to":"2019-12"},{"title":"x","from":"2019-04","to":"2019"}]}`,
			"experience[0].to experience[1].to"},
		{`{` + ok + `,"experience":[{"title":"x","from":"1899"},{"title":"x","from":"2019-1"},{"title":"x","from":"20x9","to":"2019-1x"}]}`,
			"experience[0].from experience[1].from experience[2].from experience[2].to"},
		{`{` + ok + `,"salaryExpectation":{"min":"much"},"languages":"English"}`, "salaryExpectation.min languages salaryExpectation.currency salaryExpectation.period"},
		{`{` + ok + `,"city":"Leeds","city":"York"}`, "city"},
	} {
		_, err := ParseCVLine([]byte(tc.line), cvNow)
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

func TestAPlaceIsAName(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]bool{
		"": true, "Leeds": true, "St. Louis": true, "Washington D.C.": true, "Côte d’Ivoire": true, "Stoke-on-Trent": true, "Frankfurt (Oder)": true, "東京": true,
		"Halle/Saale": true, "Leeds, UK": true, "Trinidad & Tobago": true, "U.S.A.": true, "हैदराबाद": true,
		"xae@plant.example": false, "+447700900555": false, "plant.example": false, "Leeds LS1": false, "https://x": false, "a_b": false, "٠٧٧٠٠": false, "<b>": false,
	} {
		line := `{"firstName":"A","lastName":"B","email":"a@b.example","title":"CTO","city":"` + place + `","country":"` + place + `"}`
		if _, err := ParseCVLine([]byte(line), cvNow); (err == nil) != want || err != nil && !strings.Contains(err.Error(), "name of a place") {
			t.Errorf("%q: %v", place, err)
		}
	}
}

func TestABadCVLineIsExplainedInWords(t *testing.T) {
	t.Parallel()
	const ok = `"firstName":"A","lastName":"B","email":"a@b.example","title":"CTO"`
	for _, tc := range []struct{ line, want string }{
		{`["x"]`, "The line is not a JSON object, but a list."},
		{`null`, "The line is not a JSON object, but null."},
		{`not JSON`, "The line is not valid JSON at character 2."},
		{`{`, "The line ends before its JSON object does."},
		{`{` + ok, "The line ends before its JSON object does."},
		{`{"firstName":"Zoë",}`, "The line is not valid JSON at character 19."},
		{`{` + ok + `} {}`, "The line has something after its JSON object."},
		{`{` + ok + `}}`, "The line has something after its JSON object."},
		{`{` + ok + `}] garbage`, "The line has something after its JSON object."},
		{`{` + ok + `} x`, "The line has something after its JSON object."},
		{"{\"firstName\":\"a\xff\xfeb\"}", "The line is not UTF-8 at byte 16."},
		{`{"firstName":"a\ud800b"}`, "The line has half of a surrogate pair at character 16."},
		{`{"firstName":"a\ude00"}`, "The line has half of a surrogate pair at character 16."},
		{strings.Repeat(" ", MaxCVLine) + `{` + ok + `}`, "The line is longer than 1048576 bytes."},
		{`{` + ok + `,"skills":{}}`, "skills must be a list, not an object"},
		{`{` + ok + `,"city":true}`, "city must be a text, not true or false"},
		{`{` + ok + `,"latitude":"1"}`, "latitude must be a number, not a text"},
		{`{` + ok + `,"updatedAt":"yesterday"}`, "updatedAt must be a time with its zone, such as 2026-06-01T00:00:00Z"},
		{`{` + ok + `,"consents":[{"givenAt":"0001-01-01T00:00:00Z","purpose":"x"}]}`, "consents[0].givenAt must be a time with its zone, such as 2026-06-01T00:00:00Z"},
		{`{` + ok + `,"FirstName":"A"}`, "FirstName is not a field of a candidate; it is written firstName"},
		{`{` + ok + `,"phone":"12-34"}`, "phone must be a telephone number: it has 4 digits, and needs at least 5"},
		{`{` + ok + `,"title":"CIO"}`, "title is given twice"},
	} {
		_, err := ParseCVLine([]byte(tc.line), cvNow)
		bad, isOurs := errors.AsType[*Error](err)
		if !isOurs {
			t.Errorf("%.200s: %v, want an error of ours", tc.line, err)
			continue
		}
		got := bad.Message
		if len(bad.Fields) > 0 {
			got = bad.Fields[0].Field + " " + bad.Fields[0].Message
		}
		if got != tc.want {
			t.Errorf("%.200s\n got %s\nwant %s", tc.line, got, tc.want)
		}
	}
	for _, line := range []string{
		`{` + ok + `,"city":null,"skills":null,"experience":null,"salaryExpectation":null,"updatedAt":null,"latitude":null}`,
		"  {" + ok + `,"phone":"٠٧٧٠٠","summary":"\ud83d\ude00"}` + "\r\n",
	} {
		if _, err := ParseCVLine([]byte(line), cvNow); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
