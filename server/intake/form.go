package intake

import (
	"net/url"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
)

// ApplyForm is the empty form of a job; nil for a job whose applicants go to the employer's own address.
func ApplyForm(j board.Job) *pages.Form {
	if j.ApplyMethod == nil || *j.ApplyMethod == board.ApplyByURL {
		return nil
	}
	return &pages.Form{Action: jobPath(j.ID) + "/apply", Submit: "Send application", Fields: formFields()}
}

// formFields are the fields of the form, in the order in which people see them.
func formFields() []*pages.Field {
	return []*pages.Field{
		{ID: fieldFirstName, Label: "First name", Kind: "text", Autocomplete: "given-name", MaxLength: board.MaxPersonName, Says: pages.Needed("Enter your first name")},
		{ID: fieldLastName, Label: "Last name", Kind: "text", Autocomplete: "family-name", MaxLength: board.MaxPersonName, Says: pages.Needed("Enter your last name")},
		{ID: fieldEmail, Label: "Email address", Kind: "email", Autocomplete: "email", MaxLength: board.MaxEmail, Hint: "We send a confirmation to it.", Says: pages.Needed("Enter your email address")},
		{ID: fieldPhone, Label: "Phone number", Kind: "tel", Autocomplete: "tel", MaxLength: board.MaxPhone, Optional: true},
		{ID: fieldCoverLetter, Label: "Cover letter", Kind: "textarea", MaxLength: board.MaxCoverLetter, Optional: true},
		// The last one: of a form that is too large, what comes before the file can be read and is shown again.
		{ID: fieldCV, Label: "CV", Kind: "file", Accept: acceptCV(), MaxBytes: board.MaxCV, Hint: "PDF, DOCX, ODT, RTF or TXT, at most 10 MB.", Optional: true,
			Says: map[string]string{board.FieldTooLong: "Your CV is larger than 10 MB. Choose a smaller file."}},
	}
}

// Names of the fields, as the contract has them.
const (
	fieldFirstName   = "firstName"
	fieldLastName    = "lastName"
	fieldEmail       = "email"
	fieldPhone       = "phone"
	fieldCV          = "cv"
	fieldCoverLetter = "coverLetter"
	// fieldToken is for the token of a kept CV, which nobody sees.
	fieldToken = "cvToken"
)

// fieldNames are the names that people fill in, in the order of the contract.
var fieldNames = []string{fieldFirstName, fieldLastName, fieldEmail, fieldPhone, fieldCV, fieldCoverLetter}

// acceptCV lists extensions rather than media types, because the media type that a system gives to a file depends on
// the programs installed on it.
func acceptCV() string {
	kinds := board.AllFileKinds()
	extensions := make([]string, len(kinds))
	for i, k := range kinds {
		extensions[i] = "." + string(k)
	}
	return strings.Join(extensions, ",")
}

// Form is the form of the job as the applicant filled it in, with what is wrong beside its fields. It is nil for a job
// without a form.
func (o Outcome) Form(j board.Job) *pages.Form {
	form := ApplyForm(j)
	if form == nil {
		return nil
	}
	values := url.Values{}
	for name, value := range o.Values {
		values.Set(name, value)
	}
	form.Take(values)
	if o.Kept != nil {
		form.Fields = append(form.Fields, &pages.Field{ID: fieldToken, Label: "CV", Kind: "hidden", Value: o.Kept.Token})
		form.Field(fieldCV).Hint = "“" + o.Kept.Name + "” has arrived and goes with your application; it is kept for an hour. Choose another file to send that one instead."
	}
	if len(o.Problems) == 0 {
		form.Problem = o.Message
	}
	form.BlameFields(o.Problems)
	return form
}
