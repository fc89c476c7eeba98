// Package mutation damages files and messages, always in the same way for the same seed.
package mutation

import (
	"bytes"
	"math/rand/v2"
)

// Of gives a damaged copy: with bytes changed, taken out, put in, doubled or moved, or with its end cut off.
func Of(r *rand.Rand, original []byte) []byte {
	b := bytes.Clone(original)
	for range 1 + r.IntN(6) {
		if len(b) < 2 {
			return b
		}
		at := r.IntN(len(b))
		n := min(1+r.IntN(40), len(b)-at)
		switch r.IntN(8) {
		case 0:
			b[at] = byte(r.IntN(256)) //nolint:gosec // below 256
		case 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			b = append(b[:at], b[at+n:]...)
		case 3:
			b = bytes.Join([][]byte{b[:at], b[at : at+n], b[at:]}, nil)
		case 4:
			b = bytes.Join([][]byte{b[:at], signs[r.IntN(len(signs))], b[at:]}, nil)
		case 5:
			to := r.IntN(len(b))
			copy(b[to:], bytes.Clone(b[at:at+n]))
		case 6:
			if r.IntN(4) == 0 {
				b = b[:at]
			}
		case 7:
			b = withoutLine(b, at)
		}
	}
	return b
}

// signs are those that formats are made of.
var signs = [][]byte{
	[]byte("\r\n"), []byte("\n"), []byte(";"), []byte("\""), []byte("="), []byte("--"), []byte("\x00"), []byte("\xff\xfe"), []byte("("),
	[]byte("<<"), []byte(">>"), []byte("\\"), []byte("{"), []byte("}"), []byte("</w:p>"), []byte("99999999"), []byte("-1"), []byte("\r\n\r\n"),
}

// withoutLine takes out the line at a place.
func withoutLine(b []byte, at int) []byte {
	begin := bytes.LastIndexByte(b[:at], '\n') + 1
	end := bytes.IndexByte(b[at:], '\n')
	if end < 0 {
		return b[:begin]
	}
	return append(b[:begin], b[at+end+1:]...)
}
