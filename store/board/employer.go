package board

import "unicode/utf8"

// MaxEmployerDescription is in characters.
const MaxEmployerDescription = 4000

// EmployerProfile is how an employer presents itself. All fields but the name may be empty.
type EmployerProfile struct {
	Name        string
	Website     string
	Description string // plain text
	Phone       string
}

// Normalize checks the profile and trims its texts.
// Error: invalid_request naming every bad field: name, website, description, phone.
func (p EmployerProfile) Normalize() (EmployerProfile, error) {
	var problems []FieldError
	for _, f := range []struct {
		name string
		text *string
		rule textRule
	}{{"name", &p.Name, textRule{min: 1, max: maxAccountName}}, {"phone", &p.Phone, textRule{max: MaxPhone}}} {
		trimmed, problem, bad := checkText(f.name, *f.text, f.rule)
		if bad {
			problems = append(problems, problem)
		}
		*f.text = trimmed
	}
	if p.Website != "" {
		website, problem, bad := checkURL("website", p.Website, "https", "http")
		if bad {
			problems = append(problems, problem)
		}
		p.Website = website
	}
	p.Description = cleanText(p.Description)
	if n := utf8.RuneCountInString(p.Description); n > MaxEmployerDescription {
		problems = append(problems, tooLong("description", n, MaxEmployerDescription))
	}
	return p, invalidOrNil(problems)
}
