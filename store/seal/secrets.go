package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// sealingKeyID stands before what was sealed, so that a later key can tell what it did not seal.
const sealingKeyID = 1

// Secrets encrypts what must be kept and shown to nobody: the database and its backups hold no usable secret.
type Secrets struct {
	aead cipher.AEAD
	rand io.Reader
}

func newSecrets(secretKey []byte, random io.Reader) (*Secrets, error) {
	key, err := hkdf.Key(sha256.New, secretKey, nil, "itmanagerjobs webhook secrets", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return &Secrets{aead: aead, rand: random}, nil
}

// Seal encrypts a secret for one subscription of one employer: moved to another's row, it does not open.
func (s *Secrets) Seal(secret string, employerID, subscriptionID int64) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return s.aead.Seal(append([]byte{sealingKeyID}, nonce...), nonce, []byte(secret), sealedFor(employerID, subscriptionID)), nil
}

// ErrNotSealed is returned for bytes that this secret key has not sealed, or has sealed for another owner.
var ErrNotSealed = errors.New("was not sealed with this secret key")

// Open decrypts what Seal has made for the same subscription. Errors: ErrNotSealed.
func (s *Secrets) Open(sealed []byte, employerID, subscriptionID int64) (string, error) {
	n := 1 + s.aead.NonceSize()
	if len(sealed) < n || sealed[0] != sealingKeyID {
		return "", ErrNotSealed
	}
	secret, err := s.aead.Open(nil, sealed[1:n], sealed[n:], sealedFor(employerID, subscriptionID))
	if err != nil {
		return "", ErrNotSealed
	}
	return string(secret), nil
}

func sealedFor(employerID, subscriptionID int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(employerID)), uint64(subscriptionID)) //nolint:gosec // ids are positive
}
