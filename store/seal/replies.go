package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// replySalt is how many random bytes stand before each sealed reply.
const replySalt = 32

// Replies encrypts the answers that are kept under an Idempotency-Key. One of them may hold a webhook's secret, which
// its repetition must hold too and which nobody else may find in the database or its backups. All are sealed, so that
// none has to be thought of. Each has a key of its own: there is no bound on how many there are.
type Replies struct {
	master []byte
	rand   io.Reader
}

// ReplyPlace says to what a reply is the answer: which API key, of which employer and mode, sent which Idempotency-Key.
type ReplyPlace struct {
	EmployerID int64
	Mode       string
	APIKeyID   int64
	Key        string
}

func newReplies(secretKey []byte, random io.Reader) (*Replies, error) {
	master, err := hkdf.Extract(sha256.New, secretKey, []byte("itmanagerjobs recorded replies"))
	if err != nil {
		return nil, fmt.Errorf("derive the key of recorded replies: %w", err)
	}
	return &Replies{master: master, rand: random}, nil
}

// Seal encrypts a body for one place: moved to another's row, it does not open.
func (s *Replies) Seal(body []byte, at ReplyPlace) ([]byte, error) {
	head := make([]byte, 1+replySalt, 1+replySalt+len(body)+sha256.Size)
	head[0] = sealingKeyID
	if _, err := io.ReadFull(s.rand, head[1:]); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	aead, nonce, err := s.aead(head[1:])
	if err != nil {
		return nil, err
	}
	return aead.Seal(head, nonce, body, at.bytes()), nil
}

// Open decrypts what Seal has made for the same place. Errors: ErrNotSealed.
func (s *Replies) Open(sealed []byte, at ReplyPlace) ([]byte, error) {
	if len(sealed) < 1+replySalt || sealed[0] != sealingKeyID {
		return nil, ErrNotSealed
	}
	aead, nonce, err := s.aead(sealed[1 : 1+replySalt])
	if err != nil {
		return nil, err
	}
	body, err := aead.Open(nil, nonce, sealed[1+replySalt:], at.bytes())
	if err != nil {
		return nil, ErrNotSealed
	}
	return body, nil
}

// aead seals one message alone, so that its nonce can be the same for all.
func (s *Replies) aead(salt []byte) (aead cipher.AEAD, nonce []byte, err error) {
	key, err := hkdf.Expand(sha256.New, s.master, string(salt), 32)
	if err != nil {
		return nil, nil, fmt.Errorf("derive the key of a reply: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, fmt.Errorf("key of a reply: %w", err)
	}
	if aead, err = cipher.NewGCM(block); err != nil {
		return nil, nil, fmt.Errorf("key of a reply: %w", err)
	}
	return aead, make([]byte, aead.NonceSize()), nil
}

func (at ReplyPlace) bytes() []byte {
	ids := binary.BigEndian.AppendUint64(nil, uint64(at.EmployerID)) //nolint:gosec // ids are positive
	ids = binary.BigEndian.AppendUint64(ids, uint64(at.APIKeyID))    //nolint:gosec // ids are positive
	return append(ids, at.Mode+" "+at.Key...)
}
