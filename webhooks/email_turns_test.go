package webhooks

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	mailer "itmanagerjobs/webhooks/mail"
)

// heldMails is a mail server that keeps emails waiting for its answer until it is released.
type heldMails struct {
	release chan struct{}

	mu  sync.Mutex
	got map[string]int // attempts by recipient
}

func (h *heldMails) Send(ctx context.Context, m mailer.Message) error {
	h.mu.Lock()
	h.got[m.To]++
	h.mu.Unlock()
	select {
	case <-h.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *heldMails) came(to string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got[to] > 0
}

func (h *heldMails) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.got)
}

// TestTheEmailsOfOneEmployerKeepNobodyElseWaiting: of the first employer's crowd not one email is answered until the others' are with the
// mail server.
func TestTheEmailsOfOneEmployerKeepNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	other := r.employer(t, "Contoso")
	const crowd = 2000
	mails := make([]letter.Mail, crowd)
	for i := range mails {
		mails[i] = letter.Mail{To: fmt.Sprintf("guest%d@example.com", i), Subject: "Interview", Text: "Please come."}
	}
	send := func(employer int64, mails ...letter.Mail) {
		t.Helper()
		if err := r.store.Outbox.SendMail(t.Context(), employer, mails...); err != nil {
			t.Fatal(err)
		}
	}
	send(r.tenant.EmployerID, mails...)
	held := &heldMails{release: make(chan struct{}), got: map[string]int{}}
	r.start(t, func(c *Config) { c.Mail, c.InFlight = held, 50 })
	until(t, "the crowd to take all that it may", func() bool { return held.count() >= 50 })
	for i := range 8 { // through each of the lanes that are shared, whichever those are
		send(other.EmployerID, letter.Mail{To: fmt.Sprintf("applicant%d@example.com", i), Subject: "We have your application"})
		send(0, letter.Mail{To: fmt.Sprintf("user%d@example.com", i), Subject: "Set your password"})
	}
	for i := range 8 {
		for _, to := range []string{"applicant%d@example.com", "user%d@example.com"} {
			until(t, fmt.Sprintf(to, i), func() bool { return held.came(fmt.Sprintf(to, i)) })
		}
	}
	close(held.release)
	r.untilCount(t, crowd+16, deliveredSQL)
	held.mu.Lock()
	defer held.mu.Unlock()
	for to, n := range held.got {
		if n != 1 {
			t.Errorf("%s got %d emails, want 1", to, n)
		}
	}
}

func TestEmailsAndOthersTakeTurns(t *testing.T) {
	t.Parallel()
	var r readyLanes
	mailLane := func(employer, id int64, rows int) *lane {
		l := readyLane(employer, id, rows)
		l.Kind = outbox.LaneEmail
		return l
	}
	pop := func(n int) (ids []int64) {
		for range n {
			l := r.pop(false)
			if l == nil {
				break
			}
			ids = append(ids, l.ID)
			l.start()
			r.started(l)
			r.push(l)
		}
		return ids
	}
	mail := mailLane(1, 1, 300)
	mail.maxInFlight = 300
	r.push(mail)
	r.push(readyLane(2, 2, 3))
	if diff := cmp.Diff([]int64{1, 2, 1, 2, 1, 2, 1, 1}, pop(8)); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
	if n := len(pop(300)); n != maxMailsInFlight-5 {
		t.Errorf("%d more emails at once, want %d", n, maxMailsInFlight-5)
	}
	// The next place is another employer's.
	r.push(mailLane(3, 3, 2))
	r.push(readyLane(2, 4, 1))
	if diff := cmp.Diff([]int64{4}, pop(5)); diff != "" {
		t.Errorf("lanes without a place for emails (-want +got):\n%s", diff)
	}
	r.ended(mail)
	if diff := cmp.Diff([]int64{3}, pop(5)); diff != "" {
		t.Errorf("lanes with a place (-want +got):\n%s", diff)
	}
}
