package store

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func TestASealedReplyOpensInItsOwnRowAlone(t *testing.T) {
	t.Parallel()
	s, err := newReplySealer(bytes.Repeat([]byte{1}, SecretKeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newReplySealer(bytes.Repeat([]byte{2}, SecretKeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tenant, body := Tenant{EmployerID: 1, Mode: "live"}, []byte(`{"secret":"whsec_x"}`)
	sealed, err := s.seal(body, tenant, "k")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.seal(body, tenant, "k"); err != nil || bytes.Equal(sealed, again) || bytes.Contains(sealed, []byte("whsec")) {
		t.Errorf("sealed twice: %x and %x, %v", sealed, again, err)
	}
	if got, err := s.open(sealed, tenant, "k"); err != nil || !bytes.Equal(got, body) {
		t.Errorf("opened %q, %v", got, err)
	}
	tampered := bytes.Clone(sealed)
	tampered[len(tampered)-1] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"another employer": func() ([]byte, error) { return s.open(sealed, Tenant{EmployerID: 2, Mode: "live"}, "k") },
		"another mode":     func() ([]byte, error) { return s.open(sealed, Tenant{EmployerID: 1, Mode: "test"}, "k") },
		"another key":      func() ([]byte, error) { return s.open(sealed, tenant, "k2") },
		"another secret":   func() ([]byte, error) { return other.open(sealed, tenant, "k") },
		"tampered":         func() ([]byte, error) { return s.open(tampered, tenant, "k") },
		"cut":              func() ([]byte, error) { return s.open(sealed[:10], tenant, "k") },
		"nothing":          func() ([]byte, error) { return s.open(nil, tenant, "k") },
		"plain":            func() ([]byte, error) { return s.open(body, tenant, "k") },
	} {
		if got, err := try(); !errors.Is(err, errNotSealed) || got != nil {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
}
