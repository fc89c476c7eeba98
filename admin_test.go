package main

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	hash, err := hashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %q", hash)
	}
	if ok, err := argon2id.ComparePasswordAndHash("correct horse", hash); !ok || err != nil {
		t.Errorf("the password does not match its hash: %v", err)
	}
	if _, err := hashPassword(strings.Repeat("ü", maxPassword)); err != nil {
		t.Errorf("the longest password: %v", err)
	}
	for _, bad := range []string{"", "1234567", strings.Repeat("x", maxPassword+1)} {
		if _, err := hashPassword(bad); err == nil {
			t.Errorf("a password of %d characters is taken", len(bad))
		}
	}
}
