package board

import "errors"

// The bounds of the emails that an employer keeps.
const (
	MaxTemplateName  = 80 // characters
	MaxMailTemplates = 50
)

// KeptTemplate is an email that an employer keeps under a name, to reject people with.
type KeptTemplate struct {
	Name string
	MailTemplate
}

// Normalize trims the name and checks everything. Error: invalid_request.
func (t KeptTemplate) Normalize() (KeptTemplate, error) {
	var problems []FieldError
	name, problem, bad := CheckText("name", t.Name, TextRule{Min: 1, Max: MaxTemplateName})
	if bad {
		problems = append(problems, problem)
	}
	if e, ok := errors.AsType[*Error](t.Check()); ok {
		problems = append(problems, e.Fields...)
	}
	if len(problems) > 0 {
		return KeptTemplate{}, Invalid(problems...)
	}
	t.Name, t.Text = name, CleanText(t.Text)
	return t, nil
}
