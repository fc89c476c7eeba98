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
