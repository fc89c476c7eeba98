package board

import (
	"strings"
	"testing"
)

func TestFitApplicant(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 30_000)
	for _, tc := range []struct{ given, first, last string }{
		{"Cher|", "Cher", "-"}, {"|Cher", "Cher", "-"}, {" | ", "ada", "-"}, {"Ada\u202e\x00|Love\tlace", "Ada", "Love lace"},
		{long + "|" + long, long[:MaxPersonName], long[:MaxPersonName]}, {"Z\xf6e|X", "Z\ufffde", "X"},
	} {
		first, last, _ := strings.Cut(tc.given, "|")
		a, leftOut := FitApplicant(Applicant{FirstName: first, LastName: last, Email: " ada@example.com", Phone: "+44 20 7946 0000\r\n", CoverLetter: long})
		if a.FirstName != tc.first || a.LastName != tc.last || leftOut == nil || leftOut.Name != "the end of the letter" {
			t.Errorf("%.40q: %q, %q, %v", tc.given, a.FirstName, a.LastName, leftOut)
		}
		if _, err := a.Normalize(); err != nil {
			t.Errorf("%.40q: %v", tc.given, err)
		}
	}
	a, leftOut := FitApplicant(Applicant{FirstName: "Ada", Email: "ada@example.com", Phone: strings.Repeat("call me ", 10), CoverLetter: "Hello"})
	if leftOut != nil || a.Phone != "" || !strings.HasPrefix(a.CoverLetter, "Hello\n\nPhone: call me") {
		t.Errorf("%+v", a)
	}
}

// Applicants cannot choose how their address is written.
func TestAddressesOfApplicants(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"ada@example.com":                       "ada@example.com",
		" ada@example.com. ":                    "ada@example.com",
		"ada@bücher.example":                    "ada@xn--bcher-kva.example",
		"ada@BÜCHER.example":                    "ada@xn--bcher-kva.example",
		"ada@пример.испытание":                  "ada@xn--e1afmkfd.xn--80akhbyknj4f",
		"ada＠example。com":                       "ada@example.com",
		"ａｄａ@example.com":                       "ada@example.com",
		`"ada"@example.com`:                     "ada@example.com",
		`"ada.l"@example.com`:                   "ada.l@example.com",
		`"ada l"@example.com`:                   `"ada l"@example.com`,
		`"ada@home"@bücher.example`:             `"ada@home"@xn--bcher-kva.example`,
		`"ada\"l"@example.com`:                  `"ada\"l"@example.com`,
		"taro..y.@example.com":                  "taro..y.@example.com",
		`ada l@example.com`:                     "",
		`"ada l"@localhost`:                     "",
		`"ada" l"@example.com`:                  "",
		`""@example.com`:                        "",
		`"ada@example.com`:                      "",
		"\"ada\nl\"@example.com":                "",
		`"ada@x.example>,<b"@example.com,b@c.d`: "",
		"adä@example.com":                       "",
		"ada@ex ample.com":                      "",
	} {
		a, err := Applicant{FirstName: "Ada", LastName: "L", Email: written}.Normalize()
		if (err == nil) != (want != "") || err == nil && a.Email != want {
			t.Errorf("%q is %q, %v; want %q", written, a.Email, err, want)
		}
	}
}
