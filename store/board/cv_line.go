package board

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// cvLine is a line of an import before the checks.
type cvLine struct {
	CVCandidate

	years    *float64
	salary   *salaryLine
	unparsed []FieldError // fields of a wrong type, and unknown ones
}

type salaryLine struct {
	min, max *float64
	currency string
	period   SalaryPeriod
}

// cvField reads the value of a field.
type cvField[T any] func(r *lineReader, into *T) error

// The fields of a line and of the objects in it. Their names are case-sensitive.
var (
	cvFields = map[string]cvField[cvLine]{
		"externalId":        func(r *lineReader, l *cvLine) error { return readText(r, &l.ExternalID) },
		"firstName":         func(r *lineReader, l *cvLine) error { return readText(r, &l.FirstName) },
		"lastName":          func(r *lineReader, l *cvLine) error { return readText(r, &l.LastName) },
		"email":             func(r *lineReader, l *cvLine) error { return readText(r, &l.Email) },
		"phone":             func(r *lineReader, l *cvLine) error { return readText(r, &l.Phone) },
		"title":             func(r *lineReader, l *cvLine) error { return readText(r, &l.Title) },
		"summary":           func(r *lineReader, l *cvLine) error { return readText(r, &l.Summary) },
		"skills":            func(r *lineReader, l *cvLine) error { return readList(r, &l.Skills, readText[string]) },
		"experience":        func(r *lineReader, l *cvLine) error { return readList(r, &l.Experience, readObject(workFields)) },
		"yearsExperience":   func(r *lineReader, l *cvLine) error { return r.number(&l.years) },
		"seniority":         func(r *lineReader, l *cvLine) error { return readChoice(r, &l.Seniority) },
		"city":              func(r *lineReader, l *cvLine) error { return readText(r, &l.City) },
		"country":           func(r *lineReader, l *cvLine) error { return readText(r, &l.Country) },
		"latitude":          func(r *lineReader, l *cvLine) error { return r.number(&l.Latitude) },
		"longitude":         func(r *lineReader, l *cvLine) error { return r.number(&l.Longitude) },
		"remoteType":        func(r *lineReader, l *cvLine) error { return readChoice(r, &l.RemoteType) },
		"availability":      func(r *lineReader, l *cvLine) error { return readText(r, &l.Availability) },
		"salaryExpectation": readSalary,
		"languages":         func(r *lineReader, l *cvLine) error { return readList(r, &l.Languages, readText[string]) },
		"cvText":            func(r *lineReader, l *cvLine) error { return readText(r, &l.CVText) },
		"visibility":        func(r *lineReader, l *cvLine) error { return readText(r, &l.Visibility) },
		"consents":          func(r *lineReader, l *cvLine) error { return readList(r, &l.Consents, readObject(consentFields)) },
		"updatedAt":         func(r *lineReader, l *cvLine) error { return r.moment(&l.UpdatedAt) },
	}
	workFields = map[string]cvField[Experience]{
		"title":       func(r *lineReader, e *Experience) error { return readText(r, &e.Title) },
		"employer":    func(r *lineReader, e *Experience) error { return readText(r, &e.Employer) },
		"from":        func(r *lineReader, e *Experience) error { return readText(r, &e.From) },
		"to":          func(r *lineReader, e *Experience) error { return readText(r, &e.To) },
		"description": func(r *lineReader, e *Experience) error { return readText(r, &e.Description) },
	}
	salaryFields = map[string]cvField[salaryLine]{
		"min":      func(r *lineReader, s *salaryLine) error { return r.number(&s.min) },
		"max":      func(r *lineReader, s *salaryLine) error { return r.number(&s.max) },
		"currency": func(r *lineReader, s *salaryLine) error { return readText(r, &s.currency) },
		"period":   func(r *lineReader, s *salaryLine) error { return readText(r, &s.period) },
	}
	consentFields = map[string]cvField[Consent]{
		"purpose": func(r *lineReader, c *Consent) error { return readText(r, &c.Purpose) },
		"givenAt": func(r *lineReader, c *Consent) error { return r.moment(&c.GivenAt) },
	}
)

// CVFields lists the fields of a line of an import.
func CVFields() []string { return slices.Sorted(maps.Keys(cvFields)) }

// readCVLine reads a line. It records fields of a wrong type as problems and goes on, so that all of them are reported.
// Error: invalid_request when the line is not one JSON object.
func readCVLine(line []byte) (cvLine, error) {
	if len(line) > MaxCVLine {
		return cvLine{}, Errorf(CodeInvalidRequest, "The line is longer than %d bytes.", MaxCVLine)
	}
	var l cvLine
	r := usedReaders.Get().(*lineReader) //nolint:forcetypeassert // nothing else is in there
	defer usedReaders.Put(r)
	r.begin(line)
	if kind := r.dec.PeekKind(); kind != jsontext.KindBeginObject {
		if err := r.dec.SkipValue(); err != nil {
			return cvLine{}, brokenLine(line, err)
		}
		return cvLine{}, Errorf(CodeInvalidRequest, "The line is not a JSON object, but %s.", jsonWords(kind))
	}
	if err := readObject(cvFields)(r, &l); err != nil {
		return cvLine{}, brokenLine(line, err)
	}
	if r.dec.PeekKind() != jsontext.KindInvalid || len(bytes.TrimSpace(line[r.dec.InputOffset():])) > 0 {
		return cvLine{}, Errorf(CodeInvalidRequest, "The line has something after its JSON object.")
	}
	l.unparsed = r.problems
	return l, nil
}

func brokenLine(line []byte, err error) error {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && ok:
		return Invalid(FieldError{fieldOf(syntax.JSONPointer), FieldDuplicate, "is given twice"})
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Errorf(CodeInvalidRequest, "The line ends before its JSON object does.")
	case !utf8.Valid(line):
		valid := len(line) - len(bytes.TrimLeftFunc(line, func(c rune) bool { return c != utf8.RuneError }))
		return Errorf(CodeInvalidRequest, "The line is not UTF-8 at byte %d.", valid+1)
	case !ok:
		return Errorf(CodeInvalidRequest, "The line is not valid JSON.")
	}
	at := min(int(syntax.ByteOffset), len(line))
	if isSurrogate(line[at:]) {
		return Errorf(CodeInvalidRequest, "The line has half of a surrogate pair at character %d.", 1+utf8.RuneCount(line[:at]))
	}
	return Errorf(CodeInvalidRequest, "The line is not valid JSON at character %d.", 1+utf8.RuneCount(line[:at]))
}

// isSurrogate reports whether data begins with an escaped surrogate, \ud800 to \udfff.
func isSurrogate(data []byte) bool {
	return len(data) > 3 && data[0] == '\\' && data[1] == 'u' && data[2]|0x20 == 'd' && strings.IndexByte("89abcdefABCDEF", data[3]) >= 0
}

func spelling[T any](fields map[string]T, name string) string {
	for field := range fields {
		if strings.EqualFold(field, name) {
			return "; it is written " + field
		}
	}
	return ""
}

func readSalary(r *lineReader, l *cvLine) error {
	if r.dec.PeekKind() != jsontext.KindBeginObject {
		_, err := r.is(jsontext.KindBeginObject)
		return err
	}
	l.salary = &salaryLine{}
	return readObject(salaryFields)(r, l.salary)
}

func jsonWords(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindString:
		return "a text"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginArray:
		return "a list"
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindNull:
		return "null"
	default: // no other kind begins a value
		return "true or false"
	}
}

// fieldOf turns a JSON pointer into the path of a field: "/experience/0/title" as "experience[0].title".
func fieldOf(pointer jsontext.Pointer) string {
	var b strings.Builder
	for token := range pointer.Tokens() {
		switch index := strings.Trim(token, "0123456789") == ""; {
		case index && b.Len() > 0:
			fmt.Fprintf(&b, "[%s]", token)
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	return b.String()
}
