package board

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// noName stands where an applicant has only one name, or none that can be shown.
const noName = "-"

// FitApplicant makes what came by email or from a job board fit the bounds of an applicant, where a refusal would cost the
// application: texts are cut, invisible characters left out, and somebody with one name has "-" as the last one. What of a
// telephone number does not fit is kept at the end of the cover letter. The address is not touched. leftOut names the end of a letter
// that is too long; it is nil for any other.
func FitApplicant(a Applicant) (fit Applicant, leftOut *UnreadFile) {
	a.FirstName, a.LastName = fitLine(a.FirstName, MaxPersonName), fitLine(a.LastName, MaxPersonName)
	if a.FirstName == "" {
		a.FirstName, a.LastName = a.LastName, ""
	}
	if a.FirstName == "" {
		local, _, _ := strings.Cut(a.Email, "@")
		if a.FirstName = fitLine(local, MaxPersonName); a.FirstName == "" {
			a.FirstName = noName
		}
	}
	if a.LastName == "" {
		a.LastName = noName
	}
	a.CoverLetter = CleanText(a.CoverLetter)
	if utf8.RuneCountInString(a.CoverLetter) > MaxCoverLetter {
		leftOut = &UnreadFile{Name: "the end of the letter", Reason: reasonLongLetter}
	}
	if phone := fitLine(a.Phone, MaxCoverLetter/2); len([]rune(phone)) > MaxPhone {
		a.Phone = ""
		a.CoverLetter = strings.TrimSpace(cut(a.CoverLetter, MaxCoverLetter/2-100) + "\n\nPhone: " + phone)
	} else {
		a.Phone = phone
	}
	a.CoverLetter = cut(a.CoverLetter, MaxCoverLetter)
	a.Email = strings.TrimSpace(a.Email)
	return a, leftOut
}

// fitLine makes a text one line of at most so many characters; empty when nothing of it can be seen.
func fitLine(s string, longest int) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case isControl(c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = cut(strings.Join(strings.Fields(s), " "), longest)
	if !showsSomething(s) {
		return ""
	}
	return s
}

func cut(s string, longest int) string {
	for at := range s {
		if longest--; longest < 0 {
			s = s[:at]
			break
		}
	}
	return strings.TrimSpace(s)
}
