package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAMessageGetsATicketAndAMail looks at what reaches the desk, and at the email, which has nothing of what was written.
func TestAMessageGetsATicketAndAMail(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	const words = "Buy at https://evil.example"
	r, err := s.Accounts.CreateContactRequest(t.Context(), board.ContactRequest{Name: "Evil Spam", Email: " bo@example.com ", Company: "Evil Inc", Message: words}, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.Accounts.ContactRequests(t.Context(), 0, 10)
	if err != nil || len(kept) != 1 || kept[0].Ticket() != r.Ticket() || kept[0].Message != words || kept[0].Email != "bo@example.com" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	mails, err := s.Outbox.Messages(t.Context(), 10)
	if err != nil || len(mails) != 1 {
		t.Fatalf("emails %+v, %v", mails, err)
	}
	m := mails[0]
	if m.To != "bo@example.com" || !strings.Contains(m.Subject, r.Ticket()) || !strings.Contains(m.Text, r.Ticket()) {
		t.Errorf("the email is %q to %q:\n%s", m.Subject, m.To, m.Text)
	}
	if all := strings.ToLower(m.Subject + m.Text + m.HTML); strings.Contains(all, "evil") {
		t.Errorf("the email has what somebody typed:\n%s", all)
	}
}

// TestReviewersHearOfAMessageThatWaits once, until none waits any more, and without a word of it.
func TestReviewersHearOfAMessageThatWaits(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	if _, err := s.Accounts.CreateReviewer(t.Context(), account.NewReviewer{Email: "rita@platform.example", Name: "Rita"}); err != nil {
		t.Fatal(err)
	}
	write := func() int64 {
		t.Helper()
		r, err := s.Accounts.CreateContactRequest(t.Context(), board.ContactRequest{Name: "Evil Spam", Email: "bo@example.com", Company: "Evil Inc", Message: "Evil"}, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	told := func() (n int) {
		t.Helper()
		mails, err := s.Outbox.Messages(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.To != "rita@platform.example" {
				continue
			}
			n++
			if !strings.Contains(m.Text, storetest.PublicURL+"/platform/messages") || strings.Contains(strings.ToLower(m.Subject+m.Text+m.HTML), "evil") {
				t.Errorf("the email does not lead to the messages, or has what somebody typed:\n%s", m.Text)
			}
		}
		return n
	}
	first, second := write(), write()
	if n := told(); n != 1 {
		t.Errorf("of two messages that wait %d emails tell", n)
	}
	for _, id := range []int64{first, second} {
		if err := s.Accounts.CloseContactRequest(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if n := told(); n != 2 {
		t.Errorf("after the answers %d emails tell", n)
	}
}

// TestTheFormIsNoRelay writes to one victim from many networks, and from one network too often.
func TestTheFormIsNoRelay(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	write := func(email, network string) error {
		_, err := s.Accounts.CreateContactRequest(t.Context(), board.ContactRequest{Name: "Bo", Email: email, Message: "Hello"}, network)
		return err
	}
	for i := range 8 {
		if err := write("victim@example.com", fmt.Sprintf("198.51.%d.7", i)); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	mails, err := s.Outbox.Messages(t.Context(), 20)
	if err != nil || len(mails) != 5 {
		t.Errorf("%d emails to one address, %v; want 5", len(mails), err)
	}
	for i := range 6 {
		err := write(fmt.Sprintf("bo%d@example.com", i), "203.0.113.9")
		if want := i == 5; (fixture.CodeOf(err) == board.CodeRateLimited) != want {
			t.Errorf("message %d from one network: %v", i, err)
		}
	}
	clock.Advance(time.Hour)
	if err := write("bo@example.com", "203.0.113.9"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	for _, bad := range []string{"bo@example.com\r\nBcc: all@example.com", "a@example.com, b@example.com", ""} {
		if err := write(bad, "192.0.2.8"); fixture.CodeOf(err) != board.CodeInvalidRequest {
			t.Errorf("written from %q: %v", bad, err)
		}
	}
}
