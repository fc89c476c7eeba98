package mail

import (
	"bytes"
	"strings"
	"testing"
)

// TestAnAddressWithDots: applicants have such addresses, which no mail server takes without quotes.
func TestAnAddressWithDots(t *testing.T) {
	t.Parallel()
	s := &SMTP{from: "jobs@example.com"}
	for to, want := range map[string]string{
		"taro..y.@example.com": `"taro..y."@example.com`, "ada.l@example.com": "ada.l@example.com",
		`"ada l"@example.com`: `"ada l"@example.com`, `"a..b c@d"@example.com`: `"a..b c@d"@example.com`,
	} {
		msg, err := s.compose(Message{To: to, Subject: "x", Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := msg.WriteTo(&b); err != nil || !strings.Contains(b.String(), "To: <"+want+">") {
			t.Errorf("%s: %v\n%s", to, err, b.String())
		}
		if rcpt, err := msg.GetRecipients(); err != nil || len(rcpt) != 1 || strings.Trim(rcpt[0], "<>") != want {
			t.Errorf("%s: %v, %v", to, rcpt, err)
		}
	}
}

// TestASubscriptionCanBeEnded: mail programs show a button for what RFC 8058 asks of both headers, and the link is whole.
func TestASubscriptionCanBeEnded(t *testing.T) {
	t.Parallel()
	s := &SMTP{from: "jobs@example.com"}
	link := "https://jobs.example/employer/search/stop/" + strings.Repeat("Ab-_", 20)
	for _, given := range []string{link, ""} {
		msg, err := s.compose(Message{To: "ada@example.com", Subject: "x", Text: "x", Unsubscribe: given})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := msg.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		for _, header := range []string{"List-Unsubscribe: <" + link + ">\r\n", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"} {
			if strings.Contains(b.String(), header) != (given != "") {
				t.Errorf("with the link %q, %q:\n%s", given, header, b.String())
			}
		}
	}
}
