package board

import (
	"strings"
	"testing"
)

func TestValidatePassword(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, password, want string
	}{
		{"good", "correct horse battery", ""},
		{"twelve characters of more bytes", "äöüäöüäöüäöü", ""},
		{"short", "elevenchars", FieldTooShort},
		{"longest", strings.Repeat("ab", MaxPassword/2), ""},
		{"too long", strings.Repeat("ab", MaxPassword/2) + "c", FieldTooLong},
		{"the email address", "Ada.Admin@example.com", FieldConflict},
		{"one character", strings.Repeat("x", 20), FieldInvalid},
		{"not UTF-8", "correct horse \xff", FieldInvalidFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if problems := ValidatePassword(tt.password, "ada.admin@example.com "); len(problems) > 0 {
				got = problems[0].Code
			}
			if got != tt.want {
				t.Errorf("code %q, want %q", got, tt.want)
			}
		})
	}
}

func TestValidateInvitation(t *testing.T) {
	t.Parallel()
	for _, role := range EmployerRoles() {
		if problems := ValidateInvitation("bo@example.com", role); problems != nil {
			t.Errorf("%s: %v", role, problems)
		}
	}
	for _, role := range []Role{RolePlatformReviewer, "Owner", ""} {
		if problems := ValidateInvitation("bo", role); len(problems) != 2 {
			t.Errorf("%q: %v, want two problems", role, problems)
		}
	}
}
