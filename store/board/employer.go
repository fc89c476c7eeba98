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
		rule TextRule
	}{{"name", &p.Name, TextRule{Min: 1, Max: maxAccountName}}, {"phone", &p.Phone, TextRule{Max: MaxPhone}}} {
		trimmed, problem, bad := CheckText(f.name, *f.text, f.rule)
		if bad {
			problems = append(problems, problem)
		}
		*f.text = trimmed
	}
	if p.Website != "" {
		website, problem, bad := CheckURL("website", p.Website, "https", "http")
		if bad {
			problems = append(problems, problem)
		}
		p.Website = website
	}
	p.Description = CleanText(p.Description)
	if n := utf8.RuneCountInString(p.Description); n > MaxEmployerDescription {
		problems = append(problems, TooLong("description", n, MaxEmployerDescription))
	}
	return p, InvalidOrNil(problems)
}

// maxAccountName is in characters.
const maxAccountName = 200

// ValidateAccount checks the name of a new employer and the address of its first user.
func ValidateAccount(name, email string) []FieldError {
	var problems []FieldError
	if _, p, bad := CheckText("name", name, TextRule{Min: 1, Max: maxAccountName}); bad {
		problems = append(problems, p)
	}
	if _, p, bad := CheckEmail("email", email); bad {
		problems = append(problems, p)
	}
	return problems
}
