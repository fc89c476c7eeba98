package pages

import (
	"errors"
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
