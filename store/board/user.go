package board

import (
	_ "embed" // the list of common passwords
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
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
	_, size := utf8.DecodeRuneInString(password)
	first := password[:size]
	switch {
	case !utf8.ValidString(password):
		return []FieldError{{field, FieldInvalidFormat, "must be valid UTF-8"}}
	case n < MinPassword:
		return []FieldError{{field, FieldTooShort, fmt.Sprintf("must have at least %d characters", MinPassword)}}
	case n > MaxPassword:
		return []FieldError{TooLong(field, n, MaxPassword)}
	case strings.EqualFold(password, strings.TrimSpace(email)):
		return []FieldError{{field, FieldConflict, "must not be the email address"}}
	case strings.Trim(password, first) == "":
		return []FieldError{{field, FieldInvalid, "must not be one character repeated"}}
	case isCommonPassword(password):
		return []FieldError{{field, FieldInvalid, "is one of those that are tried first, because many people have it: choose another"}}
	}
	return nil
}

// The most common passwords of at least 8 characters, from the list of zxcvbn-ts (MIT), most of all known from leaks.
//
//go:embed common_passwords.txt
var commonPasswordsText string

var commonPasswords = sync.OnceValue(func() map[string]bool {
	common := map[string]bool{}
	for line := range strings.Lines(commonPasswordsText) {
		common[strings.TrimSpace(line)] = true
	}
	return common
})

// isCommonPassword tells whether a password is one that many people have (NIST SP 800-63B, section 5.1.1.2), also in other
// letters, twice in a row, or with digits and signs at its end, which is what people add when they are told to.
func isCommonPassword(password string) bool {
	p := strings.ToLower(password)
	stem := strings.TrimRightFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	half := p[:len(p)/2]
	return commonPasswords()[p] || commonPasswords()[stem] || half+half == p && commonPasswords()[half]
}

// ValidateInvitation checks the email address and the role of a person whom an EmployerAdmin invites.
func ValidateInvitation(email string, role Role) []FieldError {
	var problems []FieldError
	if _, p, bad := CheckEmail("email", email); bad {
		problems = append(problems, p)
	}
	return append(problems, ValidateRole(role)...)
}

// ValidateRole checks the role of a member of a team.
func ValidateRole(role Role) []FieldError {
	if slices.Contains(EmployerRoles(), role) {
		return nil
	}
	return []FieldError{NotAllowed("role", EmployerRoles())}
}

// maxPersonName and MaxPasskeyName are in characters.
const (
	maxPersonName  = 100
	MaxPasskeyName = 60
)

// CheckPasskeyName trims and checks what a user calls a passkey.
func CheckPasskeyName(field, name string) (trimmed string, problem FieldError, bad bool) {
	return CheckText(field, name, TextRule{Min: 1, Max: MaxPasskeyName})
}

// CheckPersonName trims and checks the name of a user. Emails are written with it, so it must not be a message with an address
// of the web.
func CheckPersonName(field, name string) (trimmed string, problem FieldError, bad bool) {
	trimmed, problem, bad = CheckText(field, name, TextRule{Min: 1, Max: maxPersonName})
	if !bad && strings.Contains(trimmed, "://") {
		return "", FieldError{field, FieldInvalid, "must be a name, not an address of the web"}, true
	}
	return trimmed, problem, bad
}

// ValidateSignUp checks what somebody signs up with: the fields are company, name and email.
func ValidateSignUp(company, name, email string) []FieldError {
	var problems []FieldError
	if _, p, bad := CheckText("company", company, TextRule{Min: 1, Max: maxAccountName}); bad {
		problems = append(problems, p)
	}
	if _, p, bad := CheckPersonName("name", name); bad {
		problems = append(problems, p)
	}
	if _, p, bad := CheckEmail("email", email); bad {
		problems = append(problems, p)
	}
	return problems
}

// CheckConfirmed allows what reaches beyond test mode only to somebody whose email address is confirmed.
// Error: invalid_state.
func CheckConfirmed(confirmed bool) error {
	if confirmed {
		return nil
	}
	return Errorf(CodeInvalidState, "First confirm your email address: open the link in the email that we sent you. Under “Your account” you can have it sent again.")
}

// CheckLastAdmin keeps an employer from losing its last admin: a member has a role, is to have another one, or none, and
// there are so many other admins who have joined. Error: invalid_state.
func CheckLastAdmin(role Role, joined bool, next Role, otherAdmins int) error {
	if role == RoleEmployerAdmin && joined && next != RoleEmployerAdmin && otherAdmins == 0 {
		return Errorf(CodeInvalidState, "This is the last admin of the account. Make somebody else an admin first.")
	}
	return nil
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

// Right is something that a role may do, or see.
type Right string

// The rights of the members of an employer's team.
const (
	RightOwnAccount   Right = "OwnAccount"   // the own name, address, password and sessions
	RightSeeWork      Right = "SeeWork"      // see jobs, applications and candidates
	RightWork         Right = "Work"         // change them: publish, move, unlock
	RightSearchCV     Right = "SearchCV"     // search the CV database
	RightSeeKeys      Right = "SeeKeys"      // see API keys, never their plain text
	RightMintKeys     Right = "MintKeys"     // create and revoke API keys
	RightSeeWebhooks  Right = "SeeWebhooks"  // see webhooks, deliveries and events
	RightEditWebhooks Right = "EditWebhooks" // change them
	RightSeeTeam      Right = "SeeTeam"      // see who is in the team
	RightManageTeam   Right = "ManageTeam"   // invite and remove people, change their roles
	RightSeeCompany   Right = "SeeCompany"   // see the company's profile
	RightEditCompany  Right = "EditCompany"  // change it
	RightSeeBilling   Right = "SeeBilling"   // see credits, orders and invoices
	RightBuy          Right = "Buy"          // order credits
	RightSeeAudit     Right = "SeeAudit"     // see who did what
	RightReviewKeys   Right = "ReviewKeys"   // approve or refuse pending keys of any employer
)

// AllRights lists every Right.
func AllRights() []Right {
	return []Right{
		RightOwnAccount, RightSeeWork, RightWork, RightSearchCV, RightSeeKeys, RightMintKeys, RightSeeWebhooks, RightEditWebhooks,
		RightSeeTeam, RightManageTeam, RightSeeCompany, RightEditCompany, RightSeeBilling, RightBuy, RightSeeAudit, RightReviewKeys,
	}
}

// May is the table of rights. An EmployerAdmin has all rights in the account. A Recruiter works with jobs and people, and has
// nothing to do with the account itself. A Viewer sees both, searches nobody and changes nothing.
func (r Role) May(right Right) bool {
	switch r {
	case RoleEmployerAdmin:
		return right != RightReviewKeys
	case RoleRecruiter:
		return slices.Contains([]Right{RightOwnAccount, RightSeeWork, RightWork, RightSearchCV}, right)
	case RoleViewer:
		return slices.Contains([]Right{
			RightOwnAccount, RightSeeWork, RightSeeKeys, RightSeeWebhooks, RightSeeTeam, RightSeeCompany, RightSeeBilling,
		}, right)
	case RolePlatformReviewer:
		return right == RightReviewKeys
	}
	return false
}
