package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"itmanagerjobs/store/board"
)

// cursorMAC is how many bytes of its keyed hash stand before the position of a cursor.
const cursorMAC = 16

// SignCursor makes the cursor of a position in a list. list names the list with all that narrows and orders it: the
// cursor opens for the same tenant and list alone, so that what it says can be believed.
func (s *Store) SignCursor(t board.Tenant, list, position string) string {
	return base64.RawURLEncoding.EncodeToString(append(s.cursorSum(t, list, position), position...))
}

// OpenCursor gives the position of a cursor that SignCursor has made for the tenant and the list.
func (s *Store) OpenCursor(t board.Tenant, list, cursor string) (position string, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) < cursorMAC {
		return "", false
	}
	position = string(b[cursorMAC:])
	return position, hmac.Equal(b[:cursorMAC], s.cursorSum(t, list, position))
}

func (s *Store) cursorSum(t board.Tenant, list, position string) []byte {
	mac := hmac.New(sha256.New, s.keys.Cursors)
	_, _ = mac.Write(binary.BigEndian.AppendUint64(nil, uint64(t.EmployerID))) //nolint:gosec // ids are positive
	for _, part := range []string{string(t.Mode), list, position} {
		_, _ = mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:cursorMAC]
}
