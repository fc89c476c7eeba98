package letter

import (
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

// TestEveryMailHasTheLayout looks at one email of each kind that has a button: its text has the address, its HTML the words, and
// nothing in it is loaded from anywhere, nor made a link by what somebody has typed.
func TestEveryMailHasTheLayout(t *testing.T) {
	t.Parallel()
	const link = "https://jobs.example/employer/keys?a=1&b=2"
	hostile := `<img src=x onerror=alert(1)> "Co" & https://evil.example`
	order := Order{Employer: hostile, Package: hostile, Total: "£718.80", Invoice: "2026-00001"}
	for name, m := range map[string]Mail{
		"approved": KeyApproved("to@example.com", hostile, hostile, link),
		"refused":  KeyRefused("to@example.com", hostile, hostile, hostile, link),
		"proposal": ProposalWaits("to@example.com", hostile, hostile, hostile, link),
		"low":      LowCredits("to@example.com", hostile, board.CreditCVSearch, 1, link),
		"order":    OrderPlaced("to@example.com", order, link),
		"paid":     OrderPaid("to@example.com", order, link),
		"invited":  TeamInvitation("to@example.com", hostile, hostile, link),
		"disabled": SubscriptionDisabled("to@example.com", hostile, board.ModeLive, 7, hostile, hostile, link, time.Unix(0, 0)),
	} {
		if !strings.Contains(m.HTML, "<!doctype html>") || !strings.Contains(m.Text, "\n-- \n"+signature+"\n") {
			t.Errorf("%s is not in the layout:\n%s\n%s", name, m.HTML, m.Text)
		}
		links := strings.Count(m.HTML, "<a ")
		if links != 2 || !strings.Contains(m.Text, "\n\n"+link+"\n") {
			t.Errorf("%s has %d links:\n%s", name, links, m.HTML)
		}
		for _, bad := range []string{"<img", "<script", "<link", "url(", "src="} {
			if strings.Contains(strings.ReplaceAll(m.HTML, "src=x", ""), bad) {
				t.Errorf("%s has %q:\n%s", name, bad, m.HTML)
			}
		}
	}
}

func TestFewCreditsInWords(t *testing.T) {
	t.Parallel()
	for left, want := range map[int64]string{
		0: "Acme has no job posting credits left", 1: "Acme has 1 job posting credit left", 2: "Acme has 2 job posting credits left",
	} {
		if got := LowCredits("a@example.com", "Acme", board.CreditJobPosting, left, "").Subject; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
