package board

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The length of a password, in characters. There is no rule about kinds of characters (NIST SP 800-63B, section 5.1.1.2).
// The maximum bounds the work of hashing.
const (
	MinPassword = 12
	MaxPassword = 128
)

// ValidatePassword checks a password for the account of an email address.
func ValidatePassword(password, email string) []FieldError {
	const field = "password"
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return []FieldError{{field, FieldInvalidFormat, "must be valid UTF-8"}}
	case n < MinPassword:
		return []FieldError{{field, FieldTooShort, fmt.Sprintf("must have at least %d characters", MinPassword)}}
	case n > MaxPassword:
		return []FieldError{TooLong(field, n, MaxPassword)}
	case strings.EqualFold(password, strings.TrimSpace(email)):
		return []FieldError{{field, FieldConflict, "must not be the email address"}}
	case strings.Trim(password, password[:1]) == "":
		return []FieldError{{field, FieldInvalid, "must not be one character repeated"}}
	}
	return nil
}

// ValidateInvitation checks the email address and the role of a person whom an EmployerAdmin invites.
func ValidateInvitation(email string, role Role) []FieldError {
	var problems []FieldError
	if _, p, bad := CheckEmail("email", email); bad {
		problems = append(problems, p)
	}
	if !role.Valid() || role == RolePlatformReviewer {
		problems = append(problems, NotAllowed("role", EmployerRoles()))
	}
	return problems
}

// Role is what a person who signs in to the portal may do.
type Role string

// The roles. The first three belong to an employer's account, the last to the platform itself.
const (
	RoleEmployerAdmin    Role = "EmployerAdmin"    // everything in the account, the keys and the team included
	RoleRecruiter        Role = "Recruiter"        // jobs and applications
	RoleViewer           Role = "Viewer"           // reads
	RolePlatformReviewer Role = "PlatformReviewer" // approves or refuses keys; belongs to no employer
)

// AllRoles lists every Role.
func AllRoles() []Role {
	return []Role{RoleEmployerAdmin, RoleRecruiter, RoleViewer, RolePlatformReviewer}
}

// EmployerRoles lists the roles that an EmployerAdmin may give to a member of the team.
func EmployerRoles() []Role { return []Role{RoleEmployerAdmin, RoleRecruiter, RoleViewer} }

// Valid reports whether r is one of AllRoles.
func (r Role) Valid() bool {
	switch r {
	case RoleEmployerAdmin, RoleRecruiter, RoleViewer, RolePlatformReviewer:
		return true
	}
	return false
}

// CanMintKeys reports whether r may create and revoke the employer's API keys: EmployerAdmin alone.
func (r Role) CanMintKeys() bool { return r == RoleEmployerAdmin }

// CanManageTeam reports whether r may invite people to the account and change their roles.
func (r Role) CanManageTeam() bool { return r == RoleEmployerAdmin }

// CanEditEmployer reports whether r may change what the employer says about itself.
func (r Role) CanEditEmployer() bool { return r == RoleEmployerAdmin }

// CanEditJobs reports whether r may create, change, publish and close the employer's jobs.
func (r Role) CanEditJobs() bool { return r == RoleEmployerAdmin || r == RoleRecruiter }

// CanReviewKeys reports whether r may approve or refuse pending keys of any employer.
func (r Role) CanReviewKeys() bool { return r == RolePlatformReviewer }
