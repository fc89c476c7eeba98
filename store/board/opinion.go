package board

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of what a team does with applications on the pages.
const (
	MaxNote        = 5_000 // characters
	MaxRating      = 5
	MaxBulk        = 100 // applications at once
	MaxMailSubject = 200
	MaxMailText    = 5_000
)

// NormalizeNote trims a note on an application. Error: invalid_request.
func NormalizeNote(text string) (string, error) {
	text = CleanText(text)
	switch n := utf8.RuneCountInString(text); {
	case !showsSomething(text):
		return "", Invalid(FieldError{"text", FieldRequired, "is needed"})
	case n > MaxNote:
		return "", Invalid(TooLong("text", n, MaxNote))
	}
	return text, nil
}

// CheckNoteEditor lets the author of a note change it, and nobody else: it stays the author's word. Error: insufficient_scope.
func CheckNoteEditor(author, by int64) error {
	if author != by {
		return Errorf(CodeInsufficientScope, "Only the author of a note can edit it. Add a note of your own instead.")
	}
	return nil
}

// CheckNoteDeleter lets the author of a note delete it, and admins of the employer any. Error: insufficient_scope.
func CheckNoteDeleter(author, by int64, role Role) error {
	if author != by && !role.May(RightManageTeam) {
		return Errorf(CodeInsufficientScope, "Only the author of a note and an employer admin can delete it. Ask one of them.")
	}
	return nil
}

// CheckRating accepts 1 to MaxRating, and 0 for none. Error: invalid_request.
func CheckRating(rating int) error {
	if rating < 0 || rating > MaxRating {
		return Invalid(FieldError{"rating", FieldOutOfRange, fmt.Sprintf("must be from 1 to %d", MaxRating)})
	}
	return nil
}

// CheckBulk bounds how many applications are moved at once. Error: invalid_request.
func CheckBulk(n int) error {
	switch {
	case n == 0:
		return Errorf(CodeInvalidRequest, "Choose at least one application first.")
	case n > MaxBulk:
		return Errorf(CodeInvalidRequest, "Choose at most %d applications at once; these are %d.", MaxBulk, n)
	}
	return nil
}

// MailTemplate is an email to several applicants. These placeholders in it stand for what differs: {first name}, {last name}, {job}
// and {company}.
type MailTemplate struct {
	Subject string
	Text    string
}

// MailPlaceholders lists what MailTemplate knows.
func MailPlaceholders() []string {
	return []string{"{first name}", "{last name}", "{job}", "{company}"}
}

// Check accepts a template that has a subject of one line and a text, and no placeholder that is not known. Error: invalid_request.
func (t MailTemplate) Check() error {
	var problems []FieldError
	if _, problem, bad := CheckText("subject", t.Subject, TextRule{Min: 1, Max: MaxMailSubject}); bad {
		problems = append(problems, problem)
	} else if p, ok := unknownPlaceholder(t.Subject); ok {
		problems = append(problems, p.in("subject"))
	}
	if text := CleanText(t.Text); !showsSomething(text) {
		problems = append(problems, FieldError{"body", FieldRequired, "is needed"})
	} else if n := utf8.RuneCountInString(text); n > MaxMailText {
		problems = append(problems, TooLong("body", n, MaxMailText))
	} else if p, ok := unknownPlaceholder(text); ok {
		problems = append(problems, p.in("body"))
	}
	if len(problems) > 0 {
		return Invalid(problems...)
	}
	return nil
}

type placeholder string

func (p placeholder) in(field string) FieldError {
	return FieldError{field, FieldNotAllowed, fmt.Sprintf("has %s, which is no placeholder; there are %s", string(p), strings.Join(MailPlaceholders(), ", "))}
}

// unknownPlaceholder finds the first text in braces that is no placeholder.
func unknownPlaceholder(text string) (placeholder, bool) {
	for _, known := range MailPlaceholders() {
		text = strings.ReplaceAll(text, known, "")
	}
	_, rest, found := strings.Cut(text, "{")
	name, _, closed := strings.Cut(rest, "}")
	if !found || !closed || strings.Contains(name, "\n") || utf8.RuneCountInString(name) > 40 {
		return "", false
	}
	return placeholder("{" + name + "}"), true
}

// For fills the template in for one applicant. What is filled in is not searched for placeholders.
func (t MailTemplate) For(a Applicant, job, company string) (subject, text string) {
	fill := strings.NewReplacer("{first name}", a.FirstName, "{last name}", a.LastName, "{job}", job, "{company}", company)
	return strings.Join(strings.Fields(fill.Replace(t.Subject)), " "), fill.Replace(CleanText(t.Text))
}
