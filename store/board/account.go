package board

import "fmt"

const (
	maxAccountName = 200
	maxPerMinute   = 1_000_000
	maxGrant       = 1_000_000
)

// ValidateAccount checks the name of a new employer and the address of its first user.
func ValidateAccount(name, email string) []FieldError {
	var problems []FieldError
	if _, p, bad := checkText("name", name, textRule{min: 1, max: maxAccountName}); bad {
		problems = append(problems, p)
	}
	if _, p, bad := checkEmail("email", email); bad {
		problems = append(problems, p)
	}
	return problems
}

// ValidateLimit checks a limit that was agreed with an employer, in requests per minute.
func ValidateLimit(f LimitFamily, perMinute int) []FieldError {
	var problems []FieldError
	if !f.Valid() {
		problems = append(problems, notAllowed("family", AllLimitFamilies()))
	}
	if perMinute < 1 || perMinute > maxPerMinute {
		problems = append(problems, FieldError{"perMinute", FieldOutOfRange, fmt.Sprintf("must be between 1 and %d", maxPerMinute)})
	}
	return problems
}

// ValidateGrant checks the credits that an operator adds to an account.
func ValidateGrant(jobPosting, cvSearch int64) []FieldError {
	var problems []FieldError
	for _, g := range []struct {
		field string
		n     int64
	}{{"jobPosting", jobPosting}, {"cvSearch", cvSearch}} {
		if g.n < 0 || g.n > maxGrant {
			problems = append(problems, FieldError{g.field, FieldOutOfRange, fmt.Sprintf("must be between 0 and %d", maxGrant)})
		}
	}
	return problems
}

// ReferenceTaken is the error for a reference that another job of the employer has.
func ReferenceTaken(reference string, jobID int64) *Error {
	e := Errorf(CodeConflict, "The reference %q belongs to job %d already. Change that job, deactivate it, or choose another reference.", reference, jobID)
	e.Fields = []FieldError{{"reference", FieldConflict, fmt.Sprintf("belongs to job %d", jobID)}}
	return e
}

// ReferenceRepeated is the error for a reference that an earlier job of the same batch has. position counts from 0.
func ReferenceRepeated(reference string, position int) *Error {
	e := Errorf(CodeConflict, "The reference %q stands in jobs[%d] of this batch already. Give each job its own reference.", reference, position)
	e.Fields = []FieldError{{"reference", FieldConflict, fmt.Sprintf("stands in jobs[%d] already", position)}}
	return e
}
