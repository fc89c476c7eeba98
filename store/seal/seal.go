// Package seal is everything that is derived from SECRET_KEY: what encrypts secrets and recorded answers, and the keys of
// digests and signed links. Each use has a key of its own, so that none tells anything about another.
//
// It must know no table and nothing of a job board but employers and modes by their names.
package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
)

// KeySize is the length of a secret key in bytes.
const KeySize = 32

// Keys are what the rooms of the store are given. They are not for logs.
type Keys struct {
	// Secrets encrypts the secrets of webhooks and feeds; Replies the answers under an Idempotency-Key.
	Secrets *Secrets
	Replies *Replies
	// Pepper goes into the hashes of API keys, and of the addresses whose sign-ins and applications are counted.
	Pepper []byte
	// Fingerprint tells secret keys apart and says nothing of them.
	Fingerprint []byte
	// Withdraw is the key of the links that withdraw applications, Cursors that of the cursors of lists, Erased that
	// of the digests of erased people's addresses, Viewers that of the digests of a day's visitors, and Unsubscribe that of the
	// links that end emails.
	Withdraw, Cursors, Erased, Viewers, Unsubscribe []byte
}

// Derive makes the keys from a secret key of KeySize bytes. random is the source of nonces and salts.
func Derive(secretKey []byte, random io.Reader) (Keys, error) {
	if len(secretKey) != KeySize {
		return Keys{}, fmt.Errorf("the secret key has %d bytes, want %d", len(secretKey), KeySize)
	}
	var (
		k   Keys
		err error
	)
	if k.Secrets, err = newSecrets(secretKey, random); err != nil {
		return Keys{}, err
	}
	if k.Replies, err = newReplies(secretKey, random); err != nil {
		return Keys{}, err
	}
	for _, derived := range []struct {
		key   *[]byte
		label string
	}{
		{&k.Pepper, "itmanagerjobs api key pepper"},
		{&k.Fingerprint, "itmanagerjobs secret key fingerprint"},
		{&k.Withdraw, "itmanagerjobs withdraw links"},
		{&k.Cursors, "itmanagerjobs list cursors"},
		{&k.Erased, "itmanagerjobs erased people"},
		{&k.Viewers, "itmanagerjobs viewers of jobs"},
		{&k.Unsubscribe, "itmanagerjobs unsubscribe links"},
	} {
		if *derived.key, err = hkdf.Key(sha256.New, secretKey, nil, derived.label, sha256.Size); err != nil {
			return Keys{}, fmt.Errorf("derive the key of %s: %w", derived.label, err)
		}
	}
	return k, nil
}
