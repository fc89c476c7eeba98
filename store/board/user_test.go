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
		{"one character of several bytes", strings.Repeat("ö", 20), FieldInvalid},
		{"common", "Qwertyuiop123", FieldInvalid},
		{"common with digits at its end", "Password12345!", FieldInvalid},
		{"common twice", "sunshinesunshine", FieldInvalid},
		{"begins with a common one", "sunshine in november", ""},
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

func TestCheckPersonName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{" Ada ": "Ada", "Zoë O’Neil <b>": "Zoë O’Neil <b>", "王小明": "王小明"} {
		if got, _, bad := CheckPersonName("name", name); bad || got != want {
			t.Errorf("%q: %q, %t", name, got, bad)
		}
	}
	for _, name := range []string{"", " ", "\u200b", "a\nb", "See https://evil.example", strings.Repeat("x", 101), "\xff"} {
		if _, _, bad := CheckPersonName("name", name); !bad {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestCheckLastAdmin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		role, next Role
		joined     bool
		others     int
		allowed    bool
	}{
		{RoleEmployerAdmin, RoleViewer, true, 0, false},
		{RoleEmployerAdmin, "", true, 0, false},
		{RoleEmployerAdmin, RoleEmployerAdmin, true, 0, true},
		{RoleEmployerAdmin, "", true, 1, true},
		{RoleEmployerAdmin, "", false, 0, true},
		{RoleViewer, "", true, 0, true},
	}
	for _, tt := range tests {
		if err := CheckLastAdmin(tt.role, tt.joined, tt.next, tt.others); (err == nil) != tt.allowed {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
