package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func TestASealedReplyOpensInItsOwnRowAlone(t *testing.T) {
	t.Parallel()
	s, err := newReplies(bytes.Repeat([]byte{1}, KeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newReplies(bytes.Repeat([]byte{2}, KeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tenant, body := Tenant{EmployerID: 1, Mode: "live"}, []byte(`{"secret":"whsec_x"}`)
	sealed, err := s.Seal(body, tenant, "k")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Seal(body, tenant, "k"); err != nil || bytes.Equal(sealed, again) || bytes.Contains(sealed, []byte("whsec")) {
		t.Errorf("sealed twice: %x and %x, %v", sealed, again, err)
	}
	if got, err := s.Open(sealed, tenant, "k"); err != nil || !bytes.Equal(got, body) {
		t.Errorf("opened %q, %v", got, err)
	}
	tampered := bytes.Clone(sealed)
	tampered[len(tampered)-1] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"another employer": func() ([]byte, error) { return s.Open(sealed, Tenant{EmployerID: 2, Mode: "live"}, "k") },
		"another mode":     func() ([]byte, error) { return s.Open(sealed, Tenant{EmployerID: 1, Mode: "test"}, "k") },
		"another key":      func() ([]byte, error) { return s.Open(sealed, tenant, "k2") },
		"another secret":   func() ([]byte, error) { return other.Open(sealed, tenant, "k") },
		"tampered":         func() ([]byte, error) { return s.Open(tampered, tenant, "k") },
		"cut":              func() ([]byte, error) { return s.Open(sealed[:10], tenant, "k") },
		"nothing":          func() ([]byte, error) { return s.Open(nil, tenant, "k") },
		"plain":            func() ([]byte, error) { return s.Open(body, tenant, "k") },
	} {
		if got, err := try(); !errors.Is(err, ErrNotSealed) || got != nil {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
}
