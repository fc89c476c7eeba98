package store

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

// sealer encrypts what must be kept and shown to nobody: the database and its backups hold no usable secret.
type sealer struct {
	aead cipher.AEAD
	rand io.Reader
}

func newSealer(secretKey []byte, random io.Reader) (*sealer, error) {
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
	return &sealer{aead: aead, rand: random}, nil
}

// seal encrypts a secret for one subscription of one employer: moved to another's row, it does not open.
func (s *sealer) seal(secret string, employerID, subscriptionID int64) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return s.aead.Seal(append([]byte{sealingKeyID}, nonce...), nonce, []byte(secret), sealedFor(employerID, subscriptionID)), nil
}

var errNotSealed = errors.New("was not sealed with this secret key")

func (s *sealer) open(sealed []byte, employerID, subscriptionID int64) (string, error) {
	n := 1 + s.aead.NonceSize()
	if len(sealed) < n || sealed[0] != sealingKeyID {
		return "", errNotSealed
	}
	secret, err := s.aead.Open(nil, sealed[1:n], sealed[n:], sealedFor(employerID, subscriptionID))
	if err != nil {
		return "", errNotSealed
	}
	return string(secret), nil
}

func sealedFor(employerID, subscriptionID int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(employerID)), uint64(subscriptionID)) //nolint:gosec // ids are positive
}
