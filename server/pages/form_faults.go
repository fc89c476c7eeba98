package pages

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
)

// Failed tells whether there is anything to be mended.
func (f *Form) Failed() bool { return f.Problem != "" || len(f.Errors()) > 0 }

// Errors lists the fields that something is wrong with.
func (f *Form) Errors() []*Field {
	var wrong []*Field
	for _, fd := range f.Fields {
		if fd.Error != "" {
			wrong = append(wrong, fd)
		}
	}
	return wrong
}

// Blame takes the faults that the store found into the form, so that they are shown beside their fields. It is false
// for an error that is not about the form.
func (f *Form) Blame(err error) bool {
	e, ok := errors.AsType[*board.Error](err)
	if !ok {
		return false
	}
	switch e.Code {
	case board.CodeInvalidRequest, board.CodeConflict:
	case board.CodeRateLimited:
		f.wait = e.Waits()
	default:
		return false
	}
	if len(e.Fields) == 0 {
		f.Problem = e.Message
		return true
	}
	f.BlameFields(e.Fields)
	return true
}

// BlameFields shows each problem beside its field.
func (f *Form) BlameFields(problems []board.FieldError) {
	for _, problem := range problems {
		name, _, _ := strings.Cut(problem.Field, "[")
		if fd := f.Field(name); fd == nil {
			f.Problem = problem.Field + ": " + problem.Message
		} else if fd.Kind == "hidden" {
			f.Problem = fd.explain(problem)
		} else if fd.Error == "" {
			fd.Error = fd.explain(problem)
		}
	}
}

// maxNamed is how many choices a sentence names.
const maxNamed = 12

// blameChoices shows beside a field that something was sent which is none of its choices. Nothing sent at all is for the field's own rules.
func (f *Form) blameChoices(values url.Values) {
	for _, fd := range f.Fields {
		if len(fd.Options) == 0 {
			continue
		}
		labels := make([]string, 0, len(fd.Options))
		for _, o := range fd.Options {
			if o.Value != "" {
				labels = append(labels, o.Label)
			}
		}
		for _, value := range values[fd.ID] {
			if value == "" || slices.ContainsFunc(fd.Options, func(o Option) bool { return o.Value == value }) {
				continue
			}
			message := "must be one of: " + strings.Join(labels, ", ")
			if len(labels) > maxNamed {
				message = "must be one of those in the list"
			}
			f.BlameFields([]board.FieldError{{Field: fd.ID, Code: board.FieldNotAllowed, Message: message}})
		}
	}
}

func (fd *Field) explain(problem board.FieldError) string {
	if sentence, ok := fd.Says[problem.Code]; ok {
		return sentence
	}
	if fd.Kind == "email" && problem.Code == board.FieldInvalidFormat {
		return "Enter an email address such as jobs@example.com"
	}
	return fd.Label + " " + problem.Message
}

// Needed has the sentence for a field that was left empty.
func Needed(sentence string) map[string]string {
	return map[string]string{board.FieldRequired: sentence, board.FieldTooShort: sentence}
}

// Repeat takes over what is wrong with a form of the same kind that was sent.
func (f *Form) Repeat(sent *Form) {
	f.Problem, f.wait = sent.Problem, sent.wait
	for _, wrong := range sent.Errors() {
		if fd := f.Field(wrong.ID); fd != nil {
			fd.Error = wrong.Error
		}
	}
}
