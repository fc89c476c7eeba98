package inbound

import (
	"strings"
	"testing"

	"itmanagerjobs/store/storetest"
)

// Who writes again for the same job gets the answer of a first message, and an email that tells what became of it. A message that a
// server sends twice is told of once.
func TestARepeatedMessageIsToldByMail(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant, _ := employerWithJob(t, s, "first")
	address, _ := startServer(t, Delivery{Store: s, PublicURL: "https://jobs.example.com"})
	message := func(id, cv string) string {
		return strings.Replace(withParts(textPart, attachment(`Content-Disposition: attachment; filename="`+cv+`"`, encoded(pdf))), "<1@", "<"+id+"@", 1)
	}
	for _, raw := range []string{message("1", "cv.pdf"), message("1", "cv.pdf"), message("2", "new CV.pdf"), message("2", "new CV.pdf")} {
		if err := send(address, "zoe@example.com", jobAddress, raw); err != nil {
			t.Errorf("answered with %v", err)
		}
	}
	if all := applicationsOf(t, s, tenant); len(all) != 1 || all[0].CV == nil || all[0].CV.Name != "cv.pdf" {
		t.Errorf("applications: %+v", all)
	}
	messages, err := s.Outbox.Messages(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, m := range messages {
		if strings.Contains(m.Text, "already") && strings.Contains(m.Text, "new CV.pdf") {
			told++
		}
	}
	if told != 1 || len(messages) != 2 {
		t.Errorf("%d of %d emails tell that there was an application: %+v", told, len(messages), messages)
	}
}
