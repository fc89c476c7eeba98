package board_test

import (
	"strings"
	"testing"

	"itmanagerjobs/store/board"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	text := func(set func(*board.JobPatch, board.Change[string])) func(string) board.JobPatch {
		return func(s string) (p board.JobPatch) { set(&p, board.Set(s)); return p }
	}
	title := text(func(p *board.JobPatch, c board.Change[string]) { p.Title = c })
	reference := text(func(p *board.JobPatch, c board.Change[string]) { p.Reference = c })
	description := text(func(p *board.JobPatch, c board.Change[string]) { p.Description = c })
	city := text(func(p *board.JobPatch, c board.Change[string]) { p.City = c })
	email := text(func(p *board.JobPatch, c board.Change[string]) { p.ApplyEmailAddress = c })
	applyURL := text(func(p *board.JobPatch, c board.Change[string]) { p.ApplyURL = c })
	push := text(func(p *board.JobPatch, c board.Change[string]) { p.ApplyPushURL = c })
	skills := func(s ...string) board.JobPatch { return board.JobPatch{RequiredSkills: board.Set(s)} }
	salary := func(lo, hi *int64, cur string, per board.SalaryPeriod) board.JobPatch {
		return board.JobPatch{Salary: board.SetSalary(board.Salary{Min: lo, Max: hi, Currency: cur, Period: per})}
	}
	n := func(v int64) *int64 { return &v }

	for _, tc := range []struct {
		name  string
		patch board.JobPatch
		want  []string
	}{
		{"title", title("Chief – 技術 👩‍💻"), nil},
		{"title longest", title(strings.Repeat("ä", 200)), nil},
		{"title longest after trim", title("  " + strings.Repeat("ä", 200) + "\n"), nil},
		{"title too long", title(strings.Repeat("ä", 201)), []string{"title too_long"}},
		{"title empty", title(""), []string{"title too_short"}},
		{"title blank", title(" \t\n\u00a0"), []string{"title too_short"}},
		{"title invisible", title("\u200b\u2060"), []string{"title too_short"}},
		{"title NUL", title("a\x00b"), []string{"title invalid_format"}},
		{"title line break", title("a\nb"), []string{"title invalid_format"}},
		{"title line separator", title("a\u2028b"), []string{"title invalid_format"}},
		{"title override", title("a\u202eb"), []string{"title invalid_format"}},
		{"title not UTF-8", title("a\xffb"), []string{"title invalid_format"}},
		{"reference", reference("PL-001/ä 1"), nil},
		{"reference blank", reference(" "), []string{"reference too_short"}},
		{"reference too long", reference(strings.Repeat("x", 101)), []string{"reference too_long"}},
		{"reference invisible", reference("PL\u200b1"), []string{"reference invalid_format"}},
		{"city blank is null", city(""), nil},
		{"city too long", city(strings.Repeat("x", 101)), []string{"city too_long"}},
		{"description lines", description("a\r\n\tb\u2028c"), nil},
		{"description NUL", description("a\x00"), []string{"description invalid_format"}},
		{"description not UTF-8", description("\xc3("), []string{"description invalid_format"}},
		{"description longest", description(strings.Repeat("ä", 50_000)), nil},
		{"description too long", description(strings.Repeat("ä", 50_001)), []string{"description too_long"}},
		{"description too long escaped", description(strings.Repeat("&", 20_000)), []string{"description too_long"}},

		{"email", email(" first.last+jobs@mail.example.co.uk "), nil},
		{"email empty", email(""), []string{"applyEmailAddress invalid_format"}},
		{"email without domain", email("jobs"), []string{"applyEmailAddress invalid_format"}},
		{"email single label", email("jobs@localhost"), []string{"applyEmailAddress invalid_format"}},
		{"email with name", email("Jobs <jobs@example.com>"), []string{"applyEmailAddress invalid_format"}},
		{"email in brackets", email("<jobs@example.com>"), []string{"applyEmailAddress invalid_format"}},
		{"email quoted", email(`"a b"@example.com`), []string{"applyEmailAddress invalid_format"}},
		{"email list", email("a@example.com,b@example.com"), []string{"applyEmailAddress invalid_format"}},
		{"email literal", email("a@[127.0.0.1]"), []string{"applyEmailAddress invalid_format"}},
		{"email two ats", email("a@b@example.com"), []string{"applyEmailAddress invalid_format"}},
		{"email header injection", email("a@example.com\r\nBcc: b@example.com"), []string{"applyEmailAddress invalid_format"}},
		{"email not ASCII", email("jöbs@example.com"), []string{"applyEmailAddress invalid_format"}},
		{"email bad label", email("a@-example.com"), []string{"applyEmailAddress invalid_format"}},
		{"email comment", email("a@example.com (x)"), []string{"applyEmailAddress invalid_format"}},
		{"email too long", email(strings.Repeat("a", 250) + "@x.io"), []string{"applyEmailAddress too_long"}},
		{"email long local part", email(strings.Repeat("a", 65) + "@x.io"), []string{"applyEmailAddress invalid_format"}},

		{"url", applyURL("https://example.com:8443/a?b=%20c#d"), nil},
		{"url http", applyURL("http://example.com"), nil},
		{"url capitals in the scheme", applyURL("HTTPS://example.com"), nil},
		{"url v6", applyURL("https://[2606:4700::1]/"), nil},
		{"url relative", applyURL("/apply"), []string{"applyUrl invalid_format"}},
		{"url without scheme", applyURL("example.com/apply"), []string{"applyUrl invalid_format"}},
		{"url without host", applyURL("https:///apply"), []string{"applyUrl invalid_format"}},
		{"url opaque", applyURL("https:example.com"), []string{"applyUrl invalid_format"}},
		{"url script", applyURL("javascript:alert(1)"), []string{"applyUrl invalid_format"}},
		{"url user", applyURL("https://a:b@example.com/"), []string{"applyUrl invalid_format"}},
		{"url user empty", applyURL("https://@example.com/"), []string{"applyUrl invalid_format"}},
		{"url space", applyURL("https://example.com/a b"), []string{"applyUrl invalid_format"}},
		{"url control", applyURL("https://example.com/a\x00"), []string{"applyUrl invalid_format"}},
		{"url not ASCII", applyURL("https://exämple.com/"), []string{"applyUrl invalid_format"}},
		{"url backslash", applyURL(`https://example.com\@evil.com`), []string{"applyUrl invalid_format"}},
		{"url port 0", applyURL("https://example.com:0/"), []string{"applyUrl invalid_format"}},
		{"url port too high", applyURL("https://example.com:65536/"), []string{"applyUrl invalid_format"}},
		{"url port empty", applyURL("https://example.com:/"), []string{"applyUrl invalid_format"}},
		{"url bad label", applyURL("https://exa..mple.com/"), []string{"applyUrl invalid_format"}},
		{"url too long", applyURL("https://example.com/" + strings.Repeat("a", 1981)), []string{"applyUrl too_long"}},
		{"url longest", applyURL("https://example.com/" + strings.Repeat("a", 1980)), nil},
		{"push", push("https://example.com/push"), nil},
		{"push http", push("http://example.com/push"), []string{"applyPushUrl invalid_format"}},

		{"salary", salary(n(0), n(100_000_000_00), "GBP", board.PerYear), nil},
		{"salary one end", salary(nil, n(5), "CHF", board.PerHour), nil},
		{"salary equal ends", salary(n(5), n(5), "EUR", board.PerDay), nil},
		{"salary order", salary(n(6), n(5), "EUR", board.PerDay), []string{"salary.min conflict"}},
		{"salary range", salary(n(-1), n(100_000_000_01), "EUR", board.PerDay), []string{"salary.min out_of_range", "salary.max out_of_range"}},
		{"salary empty", salary(nil, nil, "", ""), []string{"salary.min required", "salary.currency required", "salary.period required"}},
		{"salary unknown", salary(n(1), nil, "gbp", "Week"), []string{"salary.currency not_allowed", "salary.period not_allowed"}},
		{"salary withdrawn currency", salary(n(1), nil, "DEM", board.PerDay), []string{"salary.currency not_allowed"}},
		{"salary currency with spaces", salary(n(1), nil, "P G", board.PerDay), []string{"salary.currency not_allowed"}},
		{"salary currency over a border", salary(n(1), nil, "D A", board.PerDay), []string{"salary.currency not_allowed"}},

		{"skills", skills("Go", "C++", "C#", "C"), nil},
		{"skills none", skills(), nil},
		{"skills repeated", skills("Go", "SQL", " gO"), []string{"requiredSkills[2] duplicate"}},
		{"skills bad", skills("", strings.Repeat("x", 61), "a\x07"), []string{"requiredSkills[0] too_short", "requiredSkills[1] too_long", "requiredSkills[2] invalid_format"}},
		{"skills too many", skills(make([]string, 51)...), []string{"requiredSkills too_long"}},

		{"enums", board.JobPatch{
			EmploymentType: board.Set(board.EmploymentType("fulltime")), RemoteType: board.Set(board.RemoteType("")),
			Seniority: board.Set(board.Seniority("x")), ApplyMethod: board.Set(board.ApplyMethod("Fax")),
		}, []string{"employmentType not_allowed", "remoteType not_allowed", "seniority not_allowed", "applyMethod not_allowed"}},
		{"all at once", board.JobPatch{
			Title: board.Clear[string](), Reference: board.Set(""), ApplyURL: board.Set("x"),
			Salary: board.SetSalary(board.Salary{Min: n(2), Max: n(1), Currency: "EUR", Period: board.PerDay}), OptionalSkills: board.Set([]string{""}),
		}, []string{"title required", "reference too_short", "applyUrl invalid_format", "salary.min conflict", "optionalSkills[0] too_short"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := tc.patch.Check()
			diff(t, "problems", tc.want, brief(got))
			for _, f := range got {
				if f.Message == "" {
					t.Errorf("%s %s has no message", f.Field, f.Code)
				}
			}
		})
	}
}

func TestMessagesNameTheAllowedValues(t *testing.T) {
	t.Parallel()
	problems := board.JobPatch{ApplyMethod: board.Set(board.ApplyMethod("Fax")), ApplyPushURL: board.Set("http://example.com/")}.Check()
	diff(t, "problems", []board.FieldError{
		{Field: "applyMethod", Code: "not_allowed", Message: "must be one of: EmailApply, UrlApply, DirectApply, HttpPushApply"},
		{Field: "applyPushUrl", Code: "invalid_format", Message: "must begin with https://"},
	}, problems)
}

// A host with letters beyond ASCII is told as the DNS has it: to percent-encode it would not help.
func TestAHostIsToldAsTheDNSHasIt(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"https://bücher.example/jobs", "https://b%C3%BCcher.example/"} {
		diff(t, given, []board.FieldError{
			{Field: "applyUrl", Code: "invalid_format", Message: "must have its host as the DNS has it: write xn--bcher-kva.example"},
		}, board.JobPatch{ApplyURL: board.Set(given)}.Check())
	}
}

// What is stored and returned is accepted when it comes back, and changes nothing.
func TestStoredFormIsStable(t *testing.T) {
	t.Parallel()
	p := complete()
	p.Description = board.Set(`<div class=x><a href="https://example.com?a=1&b=2" onclick=x>A & B</a><script>x</script>` + "\r\n<b>open")
	p.RequiredSkills = board.Set([]string{" Go ", "C++"})
	j := draft(t, p)
	changed, err := j.Apply(board.JobPatch{
		Title: board.Set(j.Title), Description: board.Set(*j.Description), RequiredSkills: board.Set(j.RequiredSkills),
	}, now)
	if changed || err != nil {
		t.Errorf("changed %t, error %v", changed, err)
	}
}
