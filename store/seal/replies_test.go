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
	place, body := ReplyPlace{EmployerID: 1, Mode: "live", APIKeyID: 3, Key: "k"}, []byte(`{"secret":"whsec_x"}`)
	sealed, err := s.Seal(body, place)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Seal(body, place); err != nil || bytes.Equal(sealed, again) || bytes.Contains(sealed, []byte("whsec")) {
		t.Errorf("sealed twice: %x and %x, %v", sealed, again, err)
	}
	if got, err := s.Open(sealed, place); err != nil || !bytes.Equal(got, body) {
		t.Errorf("opened %q, %v", got, err)
	}
	tampered := bytes.Clone(sealed)
	tampered[len(tampered)-1] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"another employer": func() ([]byte, error) {
			return s.Open(sealed, ReplyPlace{EmployerID: 2, Mode: "live", APIKeyID: 3, Key: "k"})
		},
		"another mode": func() ([]byte, error) {
			return s.Open(sealed, ReplyPlace{EmployerID: 1, Mode: "test", APIKeyID: 3, Key: "k"})
		},
		"another key": func() ([]byte, error) {
			return s.Open(sealed, ReplyPlace{EmployerID: 1, Mode: "live", APIKeyID: 3, Key: "k2"})
		},
		"another API key": func() ([]byte, error) {
			return s.Open(sealed, ReplyPlace{EmployerID: 1, Mode: "live", APIKeyID: 4, Key: "k"})
		},
		"another secret": func() ([]byte, error) { return other.Open(sealed, place) },
		"tampered":       func() ([]byte, error) { return s.Open(tampered, place) },
		"cut":            func() ([]byte, error) { return s.Open(sealed[:10], place) },
		"nothing":        func() ([]byte, error) { return s.Open(nil, place) },
		"plain":          func() ([]byte, error) { return s.Open(body, place) },
	} {
		if got, err := try(); !errors.Is(err, ErrNotSealed) || got != nil {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
}
