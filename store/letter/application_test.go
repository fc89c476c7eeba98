package letter

import (
	"strings"
	"testing"

	"itmanagerjobs/store/board"
)

func TestMailsNameWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	reference := "PL-001"
	a := board.Applicant{FirstName: "Ada", LastName: "<Lovelace>", Email: "ada@example.com", CoverLetter: "https://evil.example"}
	m := Application("jobs@northwind.example", a, board.Job{Title: "IT Manager", Reference: &reference}, 7, "cv.pdf", nil, PushGivenUp("https://ats.example", "timeout"))
	for _, want := range []string{"IT Manager", "PL-001", "<Lovelace>", "cv.pdf", "application 7", "https://ats.example", "timeout"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text lacks %q:\n%s", want, m.Text)
		}
	}
	if m.ReplyTo != a.Email || strings.Contains(m.HTML, "<Lovelace>") || strings.Contains(m.HTML, "href") {
		t.Errorf("reply to %q, HTML:\n%s", m.ReplyTo, m.HTML)
	}
	link := "https://jobs.example" + board.WithdrawPath + "?token=a&b"
	c := Confirmation(a, "IT Manager", "Northwind", link, nil)
	if !strings.Contains(c.Text, link) || !strings.Contains(c.HTML, `href="https://jobs.example/applications/withdraw?token=a&amp;b" `) {
		t.Errorf("the link is missing:\n%s\n%s", c.Text, c.HTML)
	}
	if c := Confirmation(a, "IT Manager", "Northwind", "", nil); strings.Contains(c.Text, "withdraw") {
		t.Errorf("a link without an address:\n%s", c.Text)
	}
}
