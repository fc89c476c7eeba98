package letter

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"itmanagerjobs/store/board"
)

const at = "https://jobs.example/a-page?token=abc-DEF_0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

// every has each email that the board writes, by a name, with what is usual in it.
func every(t *testing.T) map[string]Mail {
	t.Helper()
	const to, employer, name = "ada@example.com", "Northwind Talent", "Ada Lovelace"
	now := time.Date(2026, 7, 1, 9, 30, 0, 0, time.UTC)
	reference := "PL-001"
	ada := board.Applicant{FirstName: "Ada", LastName: "Lovelace", Email: to, Phone: "+44 20 7946 0000", CoverLetter: strings.Repeat("I have led teams of twelve for nine years. ", 5) + "\n\nBest wishes\nAda"}
	unread := []board.UnreadFile{{Name: "certificates.zip", Reason: board.ProblemUnread}}
	order := Order{Employer: employer, Package: "10 job postings", Total: "£718.80", Invoice: "2026-00001"}
	mails := map[string]Mail{
		"confirm":            ConfirmAddress(to, at),
		"sign-up-tried":      SignUpTried(to, at),
		"new-address":        NewAddress(to, at),
		"address-changed":    AddressChanged(to, name, "ada@new.example"),
		"reset":              Reset(to, at),
		"no-account":         NoAccount(to, at),
		"set-password":       SetPassword(to, "", at),
		"password-changed":   PasswordChanged(to, name, at),
		"invited":            TeamInvitation(to, employer, "Bo Member", at),
		"invited-by-us":      TeamInvitation(to, employer, "", at),
		"invited-elsewhere":  InvitedElsewhere(to, employer, "Bo Member"),
		"removed":            Removed(to, name, employer),
		"second-factor-on":   SecondFactorOn(to, name, at),
		"second-factor-off":  SecondFactorOff(to, name, at),
		"app-off":            AppOff(to, name, at),
		"passkey-added":      PasskeyAdded(to, name, "Laptop", at),
		"passkey-removed":    PasskeyRemoved(to, name, "Laptop", at),
		"passkey-refused":    PasskeyRefused(to, name, "Laptop", at),
		"identity-linked":    IdentityLinked(to, name, "Northwind Login", at),
		"recovery-code-used": RecoveryCodeUsed(to, name, at),
		"contact-received":   ContactReceived(to, "T-1"),
		"new-hits":           NewHits(to, name, "Head of IT in Leeds", 3, 200, at, at+"&stop"),
		"low-credits":        LowCredits(to, employer, board.CreditJobPosting, 3, at),
		"no-credits":         LowCredits(to, employer, board.CreditCVSearch, 0, at),
		"order":              OrderPlaced(to, order, at),
		"paid":               OrderPaid(to, order, at),
		"order-waits":        OrderWaits(to, order, at),
		"message-waits":      MessageWaits(to, "T-1", at),
		"key-approved":       KeyApproved(to, employer, "Production ATS", at),
		"key-refused":        KeyRefused(to, employer, "Production ATS", "We could not find your company in the register.", at),
		"key-waits":          KeyWaits(to, employer, "Production ATS", at),
		"key-expires": KeyExpires(to, employer, ExpiringKey{
			Name: "Production ATS", Shown: "pk_live_…4d7k", Mode: board.ModeLive, ExpiresAt: time.Date(2026, 7, 9, 0, 0, 0, 0, time.UTC), LastUsedAt: &now,
		}, at, now),
		"test-key-expires": KeyExpires(to, employer, ExpiringKey{Name: "Trial", Shown: "rk_test_…92yz", Mode: board.ModeTest, ExpiresAt: now.Add(26 * time.Hour)}, at, now),
		"proposal":         ProposalWaits(to, employer, "Production ATS", "Unlock the profile of 1 person for 1 CV search credit.", at),
		"webhook-disabled": SubscriptionDisabled(to, employer, board.ModeLive, 7, "https://ats.example.com/hooks", "10 deliveries in a row failed.", at, now),
		"applied":          Confirmation(ada, "Head of IT", employer, at, nil),
		"applied-unread":   Confirmation(ada, "Head of IT", employer, at, unread),
		"unread-cv":        UnreadCV(ada, "Head of IT", employer, unread[0]),
		"applied-before":   AppliedBefore(ada, "Head of IT", employer, now, "cv.pdf", at),
		"application":      Application(to, ada, board.Job{Title: "Head of IT", Reference: &reference}, 7, "cv.pdf", unread, PushGivenUp("https://ats.example.com/apply", "It answered 503 Service Unavailable.")),
		"to-applicant":     ToApplicant(to, "hr@northwind.example", "Your application: Head of IT", "Dear Ada,\n\n"+strings.Repeat("we have read your application with interest. ", 4)+"\n\nKind regards\nBo"),
	}
	v := Invitation{Interview: scheduled(t), Candidate: board.Interviewer{Name: name, Email: to}, JobTitle: "Head of IT", Employer: employer}
	for name, c := range map[string]board.InterviewChange{"interview": {Invite: true}, "interview-cancelled": {Cancel: true}} {
		for i, m := range v.Mails(c, interviewNow) {
			mails[fmt.Sprintf("%s-%d", name, i)] = m
		}
	}
	v.Sequence = 1
	mails["interview-changed"] = v.Mails(board.InterviewChange{Invite: true}, interviewNow)[0]
	mails["interview-erased"] = v.CancelledOfErased(interviewNow)[0]
	return mails
}

var (
	// machine is what programs write, and people do not: a time of RFC 3339, a placeholder, a value of Go, a name from the API.
	machine = regexp.MustCompile(`\d{4}-\d\d-\d\dT|\{\{|\}\}|%!|<nil>|\[\]|\b[a-z]+[A-Z]\w+\b|\b[A-Z]+_[A-Z_]+\b`)
	loaded  = regexp.MustCompile(`(?i)<(img|script|link|iframe|object|form|input)\b|url\(|\b(src|background|on\w+)=|@import`)
	links   = regexp.MustCompile(`<a [^>]*href="([^"]*)"`)
	tags    = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
)

// TestEveryMailReadsWell holds what the reader of any email may expect of it.
func TestEveryMailReadsWell(t *testing.T) {
	t.Parallel()
	for name, m := range every(t) {
		t.Logf("%s\nTo: %s\nSubject: %s\n\n%s", name, m.To, m.Subject, m.Text)
		if m.To == "" || m.Subject == "" || utf8.RuneCountInString(m.Subject) > 78 {
			t.Errorf("%s: to %q, subject %q", name, m.To, m.Subject)
		}
		for line := range strings.SplitSeq(m.Text, "\n") {
			if utf8.RuneCountInString(line) > 78 && strings.Contains(line, " ") {
				t.Errorf("%s has a line that is too long: %s", name, line)
			}
		}
		greeted := strings.HasPrefix(m.Text, "Hello,\n\n") || strings.HasPrefix(m.Text, "Hello Ada") || strings.HasPrefix(m.Text, "Hello Grace Hopper,") ||
			strings.HasPrefix(m.Text, "Hello Miles") || strings.HasPrefix(m.Text, "Dear ")
		if !greeted {
			t.Errorf("%s does not greet: %q", name, m.Text[:20])
		}
		text := strings.ReplaceAll(m.Text, at, "")
		if found := machine.FindString(text + m.Subject); found != "" && !strings.Contains(found, "TManager") {
			t.Errorf("%s has %q in the words of a machine:\n%s", name, found, m.Text)
		}
		if _, foot, _ := strings.Cut(m.Text, "\n-- \n"); !strings.HasPrefix(foot, signature+"\nYou get this email because ") {
			t.Errorf("%s does not say why one gets it: %q", name, foot)
		}
		if found := loaded.FindString(m.HTML); found != "" {
			t.Errorf("%s has %q in its HTML", name, found)
		}
		if !strings.Contains(m.HTML, "prefers-color-scheme:dark") || !strings.Contains(m.HTML, `<html lang="en">`) {
			t.Errorf("%s has not the layout", name)
		}
		for _, link := range links.FindAllStringSubmatch(m.HTML, -1) {
			if !strings.Contains(m.Text, "\n"+html.UnescapeString(link[1])+"\n") {
				t.Errorf("%s has %s in its HTML alone, or broken", name, link[1])
			}
		}
		// Both parts say the same.
		said := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(m.HTML, " "))), " ")
		for word := range strings.FieldsSeq(strings.ReplaceAll(m.Text, "\n-- \n", "\n")) {
			if !strings.Contains(said, word) {
				t.Errorf("%s says %q in its text alone", name, word)
			}
		}
	}
}

func TestTextsAreWrappedBetweenWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for given, want := range map[string]string{
		"":                                  "",
		"short\n\nlines  stay":              "short\n\nlines  stay",
		strings.Repeat("é", 72):             strings.Repeat("é", 72),
		"see " + long + " now":              "see\n" + long + "\nnow",
		strings.Repeat("aaaaaaa ", 9) + "b": strings.Repeat("aaaaaaa ", 8) + "aaaaaaa\nb",
	} {
		if got := wrap(given); got != want {
			t.Errorf("wrap(%q) is %q, want %q", given, got, want)
		}
	}
}

// TestAnInterviewIsAtATimeOfAPlace has the zone as people name it.
func TestAnInterviewIsAtATimeOfAPlace(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"Europe/London":                  "Thursday, 9 April 2026, 23:30 to 00:30 on Friday, 10 April, London time (BST)",
		"America/Argentina/Buenos_Aires": "Thursday, 9 April 2026, 19:30 to 20:30, Buenos Aires time (UTC-03)",
		"UTC":                            "Thursday, 9 April 2026, 22:30 to 23:30, UTC",
	} {
		v := Invitation{Interview: scheduled(t)}
		v.StartsAt, v.DurationMinutes, v.TimeZone = time.Date(2026, 4, 9, 22, 30, 0, 0, time.UTC), 60, zone
		if got := v.when(); got != want {
			t.Errorf("%s: %q, want %q", zone, got, want)
		}
	}
}
