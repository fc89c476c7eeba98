package intake

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"itmanagerjobs/server/company"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
)

const (
	// maxFormParts and maxFormText bound what a form may have besides the file.
	maxFormParts = 32
	maxFormText  = 4*board.MaxCoverLetter + 1<<10 // bytes
)

// sentForm is the form of a job as it was sent.
type sentForm struct {
	values map[string]string
	cv     *board.Upload
	// token is that of a CV that was kept from an earlier form, and kept tells that cv is this one.
	token    string
	kept     bool
	problems []board.FieldError
}

func (f *sentForm) applicant() board.Applicant {
	return board.Applicant{
		FirstName: f.values[fieldFirstName], LastName: f.values[fieldLastName], Email: f.values[fieldEmail],
		Phone: f.values[fieldPhone], CoverLetter: f.values[fieldCoverLetter],
	}
}

func (f *sentForm) bad(field, code, message string) {
	f.problems = append(f.problems, board.FieldError{Field: field, Code: code, Message: message})
}

// readForm reads the form part by part: nothing is written to a file, and no more of the CV is kept than its limit. Its
// errors are those of a form that can't be read: invalid_request, payload_too_large; then the form has what came before. What is
// wrong with a field is noted in the form, so that one answer names all of it.
func readForm(r *http.Request) (*sentForm, error) {
	f := &sentForm{values: map[string]string{}}
	defer func() {
		f.token = f.values[fieldToken]
		delete(f.values, fieldToken)
	}()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return f, unreadableForm(err)
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	seen := map[string]bool{}
	for range maxFormParts {
		// The raw part, because no browser sends a quoted-printable one.
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, unreadableForm(err)
		}
		name := part.FormName()
		switch {
		case name == fieldToken && !seen[name]:
			err = f.readText(part, name)
		case !slices.Contains(fieldNames, name) && name != fieldToken:
			f.bad(contract.AppendName("", name), board.FieldUnknown, "is not a field of this form"+contract.DidYouMean(name, fieldNames)+"; its fields are: "+strings.Join(fieldNames, ", "))
		case seen[name]:
			f.bad(name, board.FieldDuplicate, "must be given once only")
		case name == fieldCV:
			err = f.readCV(part)
		default:
			err = f.readText(part, name)
		}
		seen[name] = true
		if err != nil {
			return f, err
		}
	}
	return f, board.Errorf(board.CodeInvalidRequest, "The form has more than %d parts.", maxFormParts)
}

func (f *sentForm) readText(part *multipart.Part, name string) error {
	b, err := io.ReadAll(io.LimitReader(part, maxFormText+1))
	switch {
	case err != nil:
		return unreadableForm(err)
	case part.FileName() != "":
		f.bad(name, board.FieldInvalidType, "must be a text, not a file")
	case len(b) > maxFormText:
		f.bad(name, board.FieldTooLong, fmt.Sprintf("must have at most %d bytes", maxFormText))
	case !utf8.Valid(b):
		f.bad(name, board.FieldInvalidFormat, "must be UTF-8 text")
	default:
		f.values[name] = string(b)
	}
	return nil
}

// readCV takes a part without file name and content as no CV: a browser sends such a part when no file was chosen.
func (f *sentForm) readCV(part *multipart.Part) error {
	b, err := company.ReadAll(io.LimitReader(part, board.MaxCV+1), -1)
	switch name := part.FileName(); {
	case err != nil:
		return unreadableForm(err)
	case name == "" && len(b) == 0:
	default:
		f.cv = &board.Upload{Name: name, Bytes: b}
	}
	return nil
}

// unreadableForm words why a form can't be read.
func unreadableForm(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return board.Errorf(board.CodePayloadTooLarge, "The form is too large; with its file it may have at most %d bytes.", tooLarge.Limit)
	}
	if e, ok := errors.AsType[*board.Error](err); ok {
		return e // what reads it has said why
	}
	return board.Errorf(board.CodeInvalidRequest, "The form could not be read to its end. Send it again.")
}

// check names everything that is wrong with the form in one error. A form without problems is for the store to check.
func (f *sentForm) check() error {
	if len(f.problems) == 0 {
		return nil
	}
	problems := f.problems
	_, _, err := board.CheckApplication(f.applicant(), f.cv)
	if e, ok := errors.AsType[*board.Error](err); ok {
		for _, p := range e.Fields {
			if !slices.ContainsFunc(f.problems, func(have board.FieldError) bool { return have.Field == p.Field }) {
				problems = append(problems, p)
			}
		}
	}
	return board.Invalid(problems...)
}
