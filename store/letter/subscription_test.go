package letter

import (
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestTheMailOfADisabledSubscriptionSaysWhatToDo(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	m := SubscriptionDisabled("admin@northwind.example", "Northwind <Ltd>", board.ModeLive, 7, "https://ats.example/hook?a=1&b=2", "ten failures", "https://jobs.example/employer/webhooks/7", at)
	if m.To != "admin@northwind.example" || m.Subject != "Webhook 7 was disabled" {
		t.Errorf("head: %q, %q", m.To, m.Subject)
	}
	for _, want := range []string{"Northwind <Ltd>", "https://ats.example/hook?a=1&b=2", "ten failures", "/api/v1/webhooks/7/enable", "https://jobs.example/employer/webhooks/7", "2 March 2026 at 09:30 UTC", "30 days"} {
		if !strings.Contains(strings.Join(strings.Fields(m.Text), " "), want) {
			t.Errorf("the text lacks %q:\n%s", want, m.Text)
		}
	}
	if strings.Contains(m.HTML, "<Ltd>") || !strings.Contains(m.HTML, "Northwind &lt;Ltd&gt;") {
		t.Errorf("the HTML is not escaped:\n%s", m.HTML)
	}
}
