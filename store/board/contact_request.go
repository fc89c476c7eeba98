package board

import (
	"strings"
	"unicode/utf8"
)

// MaxContactMessage is in characters.
const MaxContactMessage = 5000

// ContactRequest is what somebody writes to the platform.
type ContactRequest struct {
	Name, Email string
	Company     string // may be empty
	Message     string
}

// Normalize trims and checks the request. Error: invalid_request naming every bad field: name, email, company, message.
func (c ContactRequest) Normalize() (ContactRequest, error) {
	var problems []FieldError
	note := func(trimmed string, problem FieldError, bad bool) string {
		if bad {
			problems = append(problems, problem)
		}
		return trimmed
	}
	c.Name = note(CheckPersonName("name", c.Name))
	c.Email = note(CheckEmail("email", c.Email))
	c.Company = note(CheckText("company", c.Company, TextRule{Max: maxAccountName}))
	c.Message = CleanText(c.Message)
	switch n := utf8.RuneCountInString(c.Message); {
	case strings.TrimSpace(c.Message) == "":
		problems = append(problems, FieldError{"message", FieldTooShort, "must not be empty"})
	case n > MaxContactMessage:
		problems = append(problems, TooLong("message", n, MaxContactMessage))
	}
	return c, InvalidOrNil(problems)
}
