package styleguide

import "itmanagerjobs/server/pages"

// sampleForm has a field of each kind. The prefix keeps the ids of two forms apart.
func sampleForm(prefix, problem string) *pages.Form {
	id := func(name string) string { return prefix + name }
	return &pages.Form{
		Action: "/styleguide", Submit: "Save", Problem: problem, Cancel: &pages.Link{Text: "Cancel", Path: "#forms"},
		More: []pages.Submit{{Name: "then", Value: "preview", Label: "Save and preview"}},
		Fields: []*pages.Field{
			{ID: id("title"), Label: "Title", Kind: "text", Section: "The job", SectionHint: "What candidates see first.", MaxLength: 200, Value: "Head of IT"},
			{ID: id("city"), Label: "City", Kind: "text", Width: "half", Suggestions: []string{"London", "Leeds"}, Value: "London"},
			{ID: id("country"), Label: "Country", Kind: "text", Width: "half"},
			{ID: id("description"), Label: "Description", Kind: "markdown", Rows: 6, Hint: "Plain text, or Markdown for headings, lists and links."},
			{ID: id("from"), Label: "Salary from", Kind: "money", Prefix: "£", Width: "third", Section: "Pay and contract", Optional: true, Value: "95,000"},
			{ID: id("to"), Label: "Salary to", Kind: "money", Prefix: "£", Width: "third", Optional: true},
			{ID: id("period"), Label: "Per", Kind: "select", Width: "third", Options: []pages.Option{{Value: "Year", Label: "Year", Checked: true}, {Value: "Day", Label: "Day"}}},
			{ID: id("pattern"), Label: "Working pattern", Kind: "radios", Options: []pages.Option{
				{ID: id("pattern-1"), Value: "a", Label: "Hybrid", Hint: "Some days in the office.", Checked: true}, {ID: id("pattern-2"), Value: "b", Label: "Fully remote"},
			}},
			{ID: id("scopes"), Label: "Scopes", Kind: "checkboxes", Optional: true, Options: []pages.Option{
				{ID: id("scope-1"), Value: "a", Label: "Job posting", Checked: true}, {ID: id("scope-2"), Value: "b", Label: "CV search", Example: "{\n  \"jobPostId\": 1234\n}", Hint: "Personal data: a key waits for review."},
			}},
			{ID: id("expires"), Label: "Expiry date", Kind: "date", Optional: true, Hint: "The key works until the end of this day."},
			{ID: id("cv"), Label: "CV", Kind: "file", Accept: ".pdf,.docx", Optional: true},
			{ID: id("letter"), Label: "Cover letter", Kind: "textarea", Rows: 3, Optional: true},
			{ID: id("kept"), Kind: "hidden", Value: "17"},
		},
	}
}

// wrongForm is sampleForm with something wrong in each kind of field.
func wrongForm() *pages.Form {
	f := sampleForm("wrong-", "Somebody else changed this job meanwhile. Look at their version and save again.")
	f.Shown = true
	for id, sentence := range map[string]string{
		"wrong-title": "Enter a title", "wrong-country": "Enter a country", "wrong-description": "Describe the job in a few sentences", "wrong-from": "Enter an amount such as 45,000",
		"wrong-period": "Choose a period", "wrong-pattern": "Choose where the work is done", "wrong-scopes": "Choose at least one scope",
		"wrong-expires": "Choose a day that is not over yet", "wrong-cv": "This file isn't a PDF inside. Save it as PDF again.", "wrong-letter": "Shorten the letter to 10,000 characters",
	} {
		f.Field(id).Error = sentence
	}
	return f
}
