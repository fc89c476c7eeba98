package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
)

// Form is a form with what was typed into it and what is wrong with it. One template renders all of them.
type Form struct {
	Action string
	Submit string
	Fields []*Field
	// Problem is what is wrong with no single field.
	Problem string
	// ID makes a form work once, where sending it twice would do something twice; else it is empty.
	ID string
	// Next is the page to go to afterwards; empty where there is no choice.
	Next string
	// Employer is for whom the form was opened, so that it changes nobody else; 0 for nobody.
	Employer int64

	limited bool
}

// OpenFor notes the employer for which the form is shown.
func (f *Form) OpenFor(employerID int64) { f.Employer = employerID }

// Multipart tells whether the form sends a file, and so must be read otherwise than by Read.
func (f *Form) Multipart() bool {
	return slices.ContainsFunc(f.Fields, func(fd *Field) bool { return fd.Kind == "file" })
}

// Field is one control of a form. Kind is the type of an input, or "checkboxes", "radios" or "textarea"; one
// that is "hidden" has no label.
type Field struct {
	ID           string
	Label        string
	Hint         string
	Kind         string
	Value        string
	Autocomplete string
	Accept       string // of a file
	Min          string
	MaxLength    int
	Optional     bool
	Options      []Option
	Error        string
}

// Option is one choice of a field.
type Option struct {
	ID      string
	Value   string
	Label   string
	Hint    string
	Checked bool
}

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

// Target is the id of the first control of a field, which a link in the summary leads to.
func (fd *Field) Target() string {
	if len(fd.Options) > 0 {
		return fd.Options[0].ID
	}
	return fd.ID
}

// Describes lists the ids of the hint and the error for aria-describedby.
func (fd *Field) Describes() string {
	var ids []string
	if fd.Hint != "" {
		ids = append(ids, fd.ID+"-hint")
	}
	if fd.Error != "" {
		ids = append(ids, fd.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// Read takes what was sent in a form without files.
func (f *Form) Read(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return board.Errorf(board.CodePayloadTooLarge, "This form is too large.")
		}
		return board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and send it again.")
	}
	f.Take(r.PostForm)
	return nil
}

// Take takes the values that were sent. A file and a password are never sent back to the page.
func (f *Form) Take(values url.Values) {
	for _, fd := range f.Fields {
		sent := values[fd.ID]
		for i := range fd.Options {
			fd.Options[i].Checked = false
			for _, value := range sent {
				if value == fd.Options[i].Value {
					fd.Options[i].Checked = true
				}
			}
		}
		if len(sent) > 0 && len(fd.Options) == 0 && fd.Kind != "password" && fd.Kind != "file" {
			fd.Value = sent[0]
		}
	}
	f.ID = values.Get("form")
	f.Next = values.Get("next")
}

// Restore puts back what was typed before, into a form that is shown anew.
func (f *Form) Restore(values url.Values) {
	id, next := f.ID, f.Next
	f.Take(values)
	f.ID, f.Next = id, next
}

// Field gives the field with the id, nil when there is none.
func (f *Form) Field(id string) *Field {
	for _, fd := range f.Fields {
		if fd.ID == id {
			return fd
		}
	}
	return nil
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
		f.limited = true
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
		} else if fd.Error == "" {
			fd.Error = fd.Label + " " + problem.Message
		}
	}
}

// Status of a page that shows the form.
func (f *Form) Status() int {
	switch {
	case f.limited:
		return http.StatusTooManyRequests
	case f.Failed():
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
