package paging

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"itmanagerjobs/store/board"
)

// cursorMAC is the length in bytes of the keyed hash at the start of a cursor.
const cursorMAC = 16

// cursors signs the cursors of lists, so that the server can trust what comes back. A cursor is base64url, without
// padding, of the first 16 bytes of an HMAC-SHA256 and the place in the list.
type cursors struct{ key []byte }

// sign makes the cursor of a place in a list. list names the list with everything that filters and orders it: the cursor
// is valid for this tenant and this list only.
func (c cursors) sign(t board.Tenant, list, place string) string {
	return base64.RawURLEncoding.EncodeToString(append(c.sum(t, list, place), place...))
}

// open returns the place of a cursor. It refuses a cursor that sign has not made for the tenant and the list.
func (c cursors) open(t board.Tenant, list, cursor string) (place string, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) < cursorMAC {
		return "", false
	}
	place = string(b[cursorMAC:])
	return place, hmac.Equal(b[:cursorMAC], c.sum(t, list, place))
}

func (c cursors) sum(t board.Tenant, list, place string) []byte {
	mac := hmac.New(sha256.New, c.key)
	_, _ = mac.Write(binary.BigEndian.AppendUint64(nil, uint64(t.EmployerID))) //nolint:gosec // ids are positive
	for _, part := range []string{string(t.Mode), list, place} {
		_, _ = mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:cursorMAC]
}
