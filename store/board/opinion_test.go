package board_test

import (
	"errors"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
)

func TestMailTemplateIsChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		template board.MailTemplate
		fields   string // those that are wrong
	}{
		"good":                {board.MailTemplate{Subject: "About {job}", Text: "Dear {first name} {last name} of {company}"}, ""},
		"braces of code":      {board.MailTemplate{Subject: "a } b {", Text: "func() {\n}\n"}, ""},
		"empty":               {board.MailTemplate{Subject: " ", Text: "\u200b"}, "subject body"},
		"unknown placeholder": {board.MailTemplate{Subject: "{Job}", Text: "Dear {name}"}, "subject body"},
		"two lines":           {board.MailTemplate{Subject: "a\nBcc: b@example.com", Text: "x"}, "subject"},
		"too long":            {board.MailTemplate{Subject: strings.Repeat("a", board.MaxMailSubject+1), Text: strings.Repeat("ä", board.MaxMailText+1)}, "subject body"},
	} {
		var got []string
		if e, ok := errors.AsType[*board.Error](c.template.Check()); ok {
			for _, f := range e.Fields {
				got = append(got, f.Field)
			}
		}
		if strings.Join(got, " ") != c.fields {
			t.Errorf("%s: %v is wrong, want %q", name, got, c.fields)
		}
	}
}

// TestMailTemplateIsFilledInOnce: a name that looks like a placeholder stays a name, and a subject stays one line.
func TestMailTemplateIsFilledInOnce(t *testing.T) {
	t.Parallel()
	template := board.MailTemplate{Subject: "{first name}: {job}", Text: "Dear {first name} {last name},\n\nno. {company}"}
	subject, text := template.For(board.Applicant{FirstName: "{job}", LastName: "Lovelace"}, "IT\r\nManager", "Northwind")
	if subject != "{job}: IT Manager" || text != "Dear {job} Lovelace,\n\nno. Northwind" {
		t.Errorf("%q, %q", subject, text)
	}
}

func TestNotesRatingsAndBulksHaveBounds(t *testing.T) {
	t.Parallel()
	if text, err := board.NormalizeNote("  Good\n"); err != nil || text != "Good" {
		t.Errorf("%q, %v", text, err)
	}
	_, empty := board.NormalizeNote(" \u200b ")
	_, long := board.NormalizeNote(strings.Repeat("a", board.MaxNote+1))
	for name, err := range map[string]error{
		"no note": empty, "a long note": long, "a rating of -1": board.CheckRating(-1), "a rating of 6": board.CheckRating(board.MaxRating + 1),
		"nothing at once": board.CheckBulk(0), "too much at once": board.CheckBulk(board.MaxBulk + 1),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for rating := range board.MaxRating + 1 {
		if err := board.CheckRating(rating); err != nil {
			t.Errorf("a rating of %d: %v", rating, err)
		}
	}
	if err := board.CheckBulk(board.MaxBulk); err != nil {
		t.Error(err)
	}
}
