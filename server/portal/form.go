package portal

import (
	"errors"
	"net/http"
	"strings"

	"itmanagerjobs/store/board"
)

// form is a form with what was typed into it and what is wrong with it. One template renders all of them.
type form struct {
	Action string
	Submit string
	Fields []*field
	// Problem is what is wrong with no single field.
	Problem string
	// ID makes a form work once, where sending it twice would do something twice; else it is empty.
	ID string
	// Next is the page to go to afterwards; empty where there is no choice.
	Next string

	limited bool
}

// field is one control of a form. Kind is the type of an input, or "checkboxes" or "radios".
type field struct {
	ID           string
	Label        string
	Hint         string
	Kind         string
	Value        string
	Autocomplete string
	Min          string
	MaxLength    int
	Optional     bool
	Options      []option
	Error        string
}

type option struct {
	ID      string
	Value   string
	Label   string
	Hint    string
	Checked bool
}

// Failed tells whether there is anything to be mended.
func (f *form) Failed() bool { return f.Problem != "" || len(f.Errors()) > 0 }

// Errors lists the fields that something is wrong with.
func (f *form) Errors() []*field {
	var wrong []*field
	for _, fd := range f.Fields {
		if fd.Error != "" {
			wrong = append(wrong, fd)
		}
	}
	return wrong
}

// Target is the id of the first control of a field, which a link in the summary leads to.
func (fd *field) Target() string {
	if len(fd.Options) > 0 {
		return fd.Options[0].ID
	}
	return fd.ID
}

// Describes lists the ids of the hint and the error for aria-describedby.
func (fd *field) Describes() string {
	var ids []string
	if fd.Hint != "" {
		ids = append(ids, fd.ID+"-hint")
	}
	if fd.Error != "" {
		ids = append(ids, fd.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// read takes what was sent. A password is never sent back to the page.
func (f *form) read(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return board.Errorf(board.CodePayloadTooLarge, "This form is too large.")
		}
		return board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and send it again.")
	}
	for _, fd := range f.Fields {
		sent := r.PostForm[fd.ID]
		for i := range fd.Options {
			fd.Options[i].Checked = false
			for _, value := range sent {
				if value == fd.Options[i].Value {
					fd.Options[i].Checked = true
				}
			}
		}
		if len(sent) > 0 && len(fd.Options) == 0 && fd.Kind != "password" {
			fd.Value = sent[0]
		}
	}
	f.ID = r.PostForm.Get("form")
	f.Next = r.PostForm.Get("next")
	return nil
}

func (f *form) field(id string) *field {
	for _, fd := range f.Fields {
		if fd.ID == id {
			return fd
		}
	}
	return nil
}

// blame takes the faults that the store found into the form, so that they are shown beside their fields. It is false
// for an error that is not about the form.
func (f *form) blame(err error) bool {
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
	f.blameFields(e.Fields)
	return true
}

func (f *form) blameFields(problems []board.FieldError) {
	for _, problem := range problems {
		name, _, _ := strings.Cut(problem.Field, "[")
		if fd := f.field(name); fd == nil {
			f.Problem = problem.Field + ": " + problem.Message
		} else if fd.Error == "" {
			fd.Error = fd.Label + " " + problem.Message
		}
	}
}

// status of a page that shows the form.
func (f *form) status() int {
	switch {
	case f.limited:
		return http.StatusTooManyRequests
	case f.Failed():
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
