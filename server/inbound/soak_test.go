//go:build soak

package inbound

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"itmanagerjobs/store/storetest/mutation"
)

// TestSoakMutatedMail reads 20,000 damaged messages: each is taken, or refused in words, within a second, and without a file.
func TestSoakMutatedMail(t *testing.T) {
	const n = 20_000
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	r := rand.New(rand.NewPCG(5, 6))
	messages := messagesOfPrograms(t)
	taken := 0
	for i := range n {
		raw := mutation.Of(r, messages[i%len(messages)])
		began := time.Now()
		m, err := Parse(raw, Envelope{From: "sender@example.com", Reference: "PL-001", Domain: "localhost"})
		if took := time.Since(began); took > time.Second {
			t.Errorf("%d took %s", i, took)
		}
		switch {
		case err == nil:
			taken++
			a := m.Applicant
			a.Email = "zoe@example.com" // an address that is none is refused in words, later
			if _, err := a.Normalize(); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		case !errors.As(err, new(*AutomaticError)) && !errors.As(err, new(*UnreadableError)):
			t.Errorf("%d: a fault of ours: %v", i, err)
		}
	}
	t.Logf("%d of %d taken", taken, n)
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
