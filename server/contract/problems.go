package contract

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"itmanagerjobs/store/board"
)

const (
	// maxProblems is how many fields an answer names. Without it, the answer to a body of unknown names would be many
	// times as large as the body.
	maxProblems = 100
	// maxNameInMessage is how many characters of a caller's own name for a field an answer repeats.
	maxNameInMessage = 100
)

// problems collects field errors, one for each field.
type problems struct {
	fields []board.FieldError
	named  map[string]bool
	cut    bool // there are more than maxProblems
}

func (p *problems) add(field, code, message string) {
	if p.named[field] {
		return
	}
	if len(p.fields) == maxProblems {
		p.cut = true
		return
	}
	if p.named == nil {
		p.named = map[string]bool{}
	}
	p.named[field] = true
	p.fields = append(p.fields, board.FieldError{Field: field, Code: code, Message: message})
}

// invalidFields is invalid_request for the fields.
func invalidFields(fields []board.FieldError) error {
	e := board.Invalid(fields...)
	if len(fields) >= maxProblems {
		e.Message += " There may be more."
	}
	return e
}

// InvalidParameters is invalid_query for parameters of the query.
func InvalidParameters(fields ...board.FieldError) error {
	noun := "parameters"
	if len(fields) == 1 {
		noun = "parameter"
	}
	names := make([]string, min(len(fields), 10))
	for i := range names {
		names[i] = fields[i].Field
	}
	more := ""
	if n := len(fields) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return &board.Error{Code: board.CodeInvalidQuery, Fields: fields,
		Message: fmt.Sprintf("The request has %d invalid query %s: %s%s.", len(fields), noun, strings.Join(names, ", "), more)}
}

// AppendName adds a name to a field's path: salary, min gives salary.min. A name that is not plain is quoted, so that a
// caller's own name cannot look like a path.
func AppendName(field, name string) string {
	plain := name != "" && len(name) <= maxNameInMessage && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_-$@:", c)
	})
	switch {
	case !plain:
		return field + "[" + quoted(name) + "]"
	case field == "":
		return name
	}
	return field + "." + name
}

// appendIndex adds the place in a list to a field's path: requiredSkills[0].
func appendIndex(field, index string) string { return field + "[" + index + "]" }

func quoted(name string) string {
	if utf8.RuneCountInString(name) > maxNameInMessage {
		name = string([]rune(name)[:maxNameInMessage]) + "…"
	}
	return strconv.QuoteToGraphic(name)
}
