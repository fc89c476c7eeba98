package publication_test

import (
	"encoding/json"
	"encoding/xml"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

const page = "https://board.example/jobs/42"

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// patch is of a job that can be published.
func patch() board.JobPatch {
	return board.JobPatch{
		Title: board.Set("R&D <Lead>"), Reference: board.Set("PL-001"), Description: board.Set("<p>a ]]&gt; b</p>"), City: board.Set("London"),
		Country: board.Set("United Kingdom"), EmploymentType: board.Set(board.FullTime), RemoteType: board.Set(board.HybridRemote),
		ApplyMethod: board.Set(board.ApplyByEmail), ApplyEmailAddress: board.Set("jobs@example.com"),
		Salary:         board.SetSalary(board.Salary{Min: new(int64(45_000_00)), Max: new(int64(55_000_50)), Currency: "GBP", Period: board.PerYear}),
		RequiredSkills: board.Set([]string{"Go"}), OptionalSkills: board.Set([]string{"SQL"}),
	}
}

func draft(t *testing.T, p board.JobPatch) board.Job {
	t.Helper()
	j, err := board.NewJob(7, board.ModeLive, p, now)
	if err != nil {
		t.Fatalf("NewJob: %v", err)
	}
	return j
}

func published(t *testing.T) board.Job {
	t.Helper()
	j := draft(t, patch())
	if err := j.Publish(now, nil); err != nil {
		t.Fatalf("Publish: %v", err)
	}
	j.ID = 42
	return j
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestJobPosting(t *testing.T) {
	t.Parallel()
	j := published(t)
	type m = map[string]any
	want := m{
		"@context": "https://schema.org/", "@type": "JobPosting", "title": "R&D <Lead>", "url": page,
		"description":        "<p>a ]]&gt; b</p>",
		"datePosted":         "2026-05-01T12:00:00Z",
		"validThrough":       "2026-05-31T12:00:00Z",
		"employmentType":     "FULL_TIME",
		"hiringOrganization": m{"@type": "Organization", "name": "Acme"},
		"identifier":         m{"@type": "PropertyValue", "name": "Acme", "value": "PL-001"},
		"jobLocation":        m{"@type": "Place", "address": m{"@type": "PostalAddress", "addressLocality": "London", "addressCountry": "GB"}},
		"baseSalary":         m{"@type": "MonetaryAmount", "currency": "GBP", "value": m{"@type": "QuantitativeValue", "unitText": "YEAR", "minValue": 45000.0, "maxValue": 55000.5}},
		"skills":             "Go, SQL",
		"directApply":        true,
	}
	diff(t, "posting", want, publication.JobPosting(j, "Acme", page))
	if _, err := json.Marshal(want); err != nil {
		t.Error(err)
	}

	j.RemoteType, j.ApplyMethod, j.Reference = new(board.FullyRemote), new(board.ApplyByURL), nil
	j.Salary.Max, j.RequiredSkills, j.OptionalSkills = j.Salary.Min, nil, nil
	delete(want, "jobLocation")
	delete(want, "skills")
	want["jobLocationType"], want["directApply"] = "TELECOMMUTE", false
	want["applicantLocationRequirements"] = m{"@type": "Country", "name": "United Kingdom"}
	want["identifier"] = m{"@type": "PropertyValue", "name": "Acme", "value": "42"}
	want["baseSalary"] = m{"@type": "MonetaryAmount", "currency": "GBP", "value": m{"@type": "QuantitativeValue", "unitText": "YEAR", "value": 45000.0}}
	diff(t, "posting of remote work", want, publication.JobPosting(j, "Acme", page))

	diff(t, "posting of a bare draft", m{
		"@context": "https://schema.org/", "@type": "JobPosting", "title": "CTO", "url": page, "directApply": false,
		"hiringOrganization": m{"@type": "Organization", "name": "Acme"},
		"identifier":         m{"@type": "PropertyValue", "name": "Acme", "value": "0"},
	}, publication.JobPosting(draft(t, board.JobPatch{Title: board.Set("CTO")}), "Acme", page))
}

func TestJobPostingEmploymentTypes(t *testing.T) {
	t.Parallel()
	got := map[board.EmploymentType]any{}
	for _, e := range board.AllEmploymentTypes() {
		j := published(t)
		j.EmploymentType = &e
		got[e] = publication.JobPosting(j, "Acme", page)["employmentType"]
	}
	diff(t, "types", map[board.EmploymentType]any{
		board.FullTime: "FULL_TIME", board.PartTime: "PART_TIME", board.Contract: "CONTRACTOR", board.Temporary: "TEMPORARY",
		board.Internship: "INTERN", board.Apprenticeship: "OTHER", board.Volunteer: "VOLUNTEER",
	}, got)
}

func TestFeedEntry(t *testing.T) {
	t.Parallel()
	got, err := publication.NewFeedEntry(published(t), "Acme ]]> & Sons", page+"?a=1&b=2").XML()
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "entry", `<job>
  <title><![CDATA[R&D <Lead>]]></title>
  <date>Fri, 01 May 2026 12:00:00 GMT</date>
  <referencenumber>42</referencenumber>
  <reference><![CDATA[PL-001]]></reference>
  <url><![CDATA[https://board.example/jobs/42?a=1&b=2]]></url>
  <company><![CDATA[Acme ]]]]><![CDATA[> & Sons]]></company>
  <city><![CDATA[London]]></city>
  <country><![CDATA[United Kingdom]]></country>
  <description><![CDATA[<p>a ]]&gt; b</p>]]></description>
  <salary><![CDATA[GBP 45,000 - 55,000.50 per year]]></salary>
  <jobtype>fulltime</jobtype>
  <remotetype>Hybrid remote</remotetype>
  <expirationdate>Sun, 31 May 2026 12:00:00 GMT</expirationdate>
</job>`, got)
}

// A push names a job by what the feed has as its reference, so that a job without one has our id there.
func TestFeedEntryOfAJobWithoutAReferenceHasOurID(t *testing.T) {
	t.Parallel()
	j := published(t)
	j.Reference = nil
	e := publication.NewFeedEntry(j, "Acme", page)
	diff(t, "reference", "42", e.Reference.Text)
}

func TestFeedEntryIsAlwaysWellFormed(t *testing.T) {
	t.Parallel()
	hostile := "a\x00\x1b\uFFFE]]><job>\xff\U0001F600&"
	j := board.Job{Title: hostile, Reference: &hostile, Description: &hostile, RemoteType: new(board.OnSite)}
	text, err := publication.NewFeedEntry(j, hostile, hostile).XML()
	if err != nil {
		t.Fatal(err)
	}
	var back publication.FeedEntry
	if err := xml.Unmarshal([]byte(text), &back); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	diff(t, "title", "a]]><job>\uFFFD\U0001F600&", back.Title.Text)
	diff(t, "no city", (*publication.CDATA)(nil), back.City)
}
