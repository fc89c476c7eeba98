package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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
	// Cancel leads away without sending; nil for none.
	Cancel *Link
	// More are further buttons, which send the same form with another value.
	More []Submit
	// Quiet is for a form beside another one that people come for: a page has one button that stands out.
	Quiet bool
	// Danger marks a form that destroys something.
	Danger bool
	// Long makes the browser ask before somebody leaves a form with changes in it.
	Long bool
	// Passkey makes the form one that the browser answers with a passkey; nil for none.
	Passkey *PasskeyRequest
	// Shown leaves the focus where it is when something is wrong: for a page that shows the form as a sample.
	Shown bool
	// Opened is for whom the form was opened, so that it changes nothing else; zero for nobody.
	Opened Opened

	// wait is how long to wait before the form is sent again, because that was done too often; 0 for any other form.
	wait time.Duration
}

// Submit is a button that sends a form with a name and a value of its own.
type Submit struct{ Name, Value, Label string }

// PasskeyRequest asks the browser for a passkey, whose answer the form sends as "credential". It needs the script; without it the
// form says so.
type PasskeyRequest struct {
	// Create makes a new passkey, instead of using one.
	Create bool
	// Options are JSON for parseCreationOptionsFromJSON or parseRequestOptionsFromJSON of W3C Web Authentication Level 3.
	Options string
	// AtOnce asks when the page is opened, without waiting for the button.
	AtOnce bool
}

// OpenFor notes for whom the form is shown.
func (f *Form) OpenFor(o Opened) { f.Opened = o }

// Multipart tells whether the form sends a file, and so must be read otherwise than by Read.
func (f *Form) Multipart() bool {
	return slices.ContainsFunc(f.Fields, func(fd *Field) bool { return fd.Kind == "file" })
}

// Field is one control of a form. Kind is the type of an input, or one of
//
//	textarea, markdown   lines of text; markdown gets buttons for its signs
//	checkboxes, radios   all Options at once
//	select               one of the Options, in a list that opens
//	money                an amount such as 95,000 or 95000.50, after the sign in Prefix; see ParseMoney
//	hidden               a value that nobody sees; what is wrong with it is told as the form's Problem
type Field struct {
	ID           string
	Label        string
	Hint         string
	Kind         string
	Value        string
	Autocomplete string
	Accept       string // of a file
	Min, Max     string
	InputMode    string
	Prefix       string // of an amount of money
	Rows         int    // of a textarea; 0 for 8
	MaxLength    int
	MaxBytes     int // of a file
	Optional     bool
	Options      []Option
	// Suggestions are offered while somebody types, who may enter something else.
	Suggestions []string
	// Section begins a part of the form with this heading; it ends where the next one begins.
	Section     string
	SectionHint string
	// Width is "half" or "third" of the form, or empty for all of it.
	Width string
	// Says has a sentence for a code of a board.FieldError that the field may get, for people; without one the store's
	// message is shown after the label.
	Says  map[string]string
	Error string
}

// Option is one choice of a field.
type Option struct {
	ID      string
	Value   string
	Label   string
	Hint    string
	Checked bool
	// Example is a text that can be opened below the choice; empty for none.
	Example string
}

// Target is the id of the first control of a field, which a link in the summary leads to.
func (fd *Field) Target() string {
	if len(fd.Options) > 0 && fd.Kind != "select" {
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
		if e, ok := errors.AsType[*board.Error](err); ok {
			return e // what reads it has said why
		}
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return board.Errorf(board.CodePayloadTooLarge, "This form is too large.")
		}
		return board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and send it again.")
	}
	f.Take(r.PostForm)
	f.blameChoices(r.PostForm)
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

// Address is where the form is sent to; empty for no form.
func (f *Form) Address() string {
	if f == nil {
		return ""
	}
	return f.Action
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

// Text is what was entered into a field, without white space around it. It is empty when there is no such field.
func (f *Form) Text(id string) string {
	if fd := f.Field(id); fd != nil {
		return strings.TrimSpace(fd.Value)
	}
	return ""
}

// Chosen lists the values of the options that were chosen, in their order.
func (f *Form) Chosen(id string) []string {
	fd := f.Field(id)
	if fd == nil {
		return nil
	}
	var values []string
	for _, o := range fd.Options {
		if o.Checked {
			values = append(values, o.Value)
		}
	}
	return values
}

// Choice is the value of the option that was chosen, or empty.
func (f *Form) Choice(id string) string {
	if values := f.Chosen(id); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Choose marks the options that have these values, and no other.
func (fd *Field) Choose(values ...string) {
	for i := range fd.Options {
		fd.Options[i].Checked = slices.Contains(values, fd.Options[i].Value)
	}
}

// Parts are the fields in the sections that they are shown in. Hidden ones are in none.
func (f *Form) Parts() []Part {
	var parts []Part
	for _, fd := range f.Fields {
		if fd.Kind == "hidden" {
			continue
		}
		if fd.Section != "" || len(parts) == 0 {
			parts = append(parts, Part{Title: fd.Section, Hint: fd.SectionHint})
		}
		last := &parts[len(parts)-1]
		last.Fields = append(last.Fields, fd)
	}
	return parts
}

// Part is a section of a form; without a title it is one that has no frame.
type Part struct {
	Title  string
	Hint   string
	Fields []*Field
}

// Hidden are the fields that nobody sees.
func (f *Form) Hidden() []*Field {
	var hidden []*Field
	for _, fd := range f.Fields {
		if fd.Kind == "hidden" {
			hidden = append(hidden, fd)
		}
	}
	return hidden
}

func (f *Form) waits() time.Duration { return f.wait }

// Status of a page that shows the form.
func (f *Form) Status() int {
	switch {
	case f.wait > 0:
		return http.StatusTooManyRequests
	case f.Failed():
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
