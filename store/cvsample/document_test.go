package cvsample

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"

	"itmanagerjobs/store/taxonomy"
)

// TestCVsAreFilesOfTheirKind: their text is read by the tests of store/simulate, with what reads those of real applicants.
func TestCVsAreFilesOfTheirKind(t *testing.T) {
	t.Parallel()
	kinds, names := map[string]int{}, map[string]bool{}
	for p := range Candidates(3, 300, now) {
		name, content := CV(p)
		names[name] = true
		switch {
		case strings.HasSuffix(name, ".pdf") && bytes.HasPrefix(content, []byte("%PDF-")) && bytes.HasSuffix(content, []byte("%%EOF\n")):
			kinds["pdf"]++
		case strings.HasSuffix(name, ".docx"):
			if _, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			kinds["docx"]++
		default:
			t.Errorf("%s is neither", name)
		}
		if again, same := CV(p); again != name || !bytes.Equal(same, content) {
			t.Errorf("%s is another file the second time", name)
		}
	}
	if kinds["pdf"] < 100 || kinds["docx"] < 50 || len(names) < 200 {
		t.Errorf("kinds %v, %d names", kinds, len(names))
	}
}

func TestApplicantsFitTheJob(t *testing.T) {
	t.Parallel()
	title := taxonomy.Titles()[0]
	w := Wanted{Title: title.Name, Skills: title.Skills, At: now}
	emails, fitting := map[string]bool{}, 0
	for i := range 50 {
		p := Applicant(9, i, w)
		emails[p.Email] = true
		if slices.ContainsFunc(title.Skills, func(s string) bool { return slices.Contains(slices.Concat(p.Truth.Core, p.Truth.Other), s) }) {
			fitting++
		}
	}
	if len(emails) != 50 || fitting < 40 {
		t.Errorf("%d of %d applicants fit", fitting, len(emails))
	}
}
