package inbound

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// attributed appends an attribute to a winmail.dat.
func attributed(b []byte, level byte, id uint32, data string) []byte {
	b = append(b, level)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(append(b, data...), 0, 0)
}

// TestTextsOfOutlookOfEightBits: they are long, too, and winmail.dat says of which character set they are.
func TestTextsOfOutlookOfEightBits(t *testing.T) {
	t.Parallel()
	letter := strings.TrimSpace(strings.Repeat("Über mich: ich wäre gern Teil Ihrer Größe. ", 20))
	western := eightBits(charmap.Windows1252, letter)
	page := attributed(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(nil, tnefSignature), 1), 1, tnefCodePage, "\xe4\x04\x00\x00\x00\x00\x00\x00")
	for name, wrapped := range map[string][]byte{
		"a code page":    attributed(attributed(attributed(attributed(page, 1, tnefBody, western+"\x00"), 2, tnefRenderData, ""), 2, tnefTitle, eightBits(charmap.Windows1252, "CV äöü.pdf\x00")), 2, tnefData, string(pdf)),
		"no code page":   attributed(winmail("CV äöü.pdf", pdf), 1, tnefBody, western+"\x00"),
		"a second title": attributed(attributed(winmail("CV äöü.pdf", pdf), 1, tnefBody, western+"\x00"), 2, tnefAttachment, string(propertyTag(mapiLongName, kindNarrow))+"\x01\x00\x00\x00\x05\x00\x00\x00x.pdf"),
	} {
		w, ok := readTNEF(wrapped)
		if !ok || w.text != letter || len(w.files) != 1 || w.files[0].Name != "CV äöü.pdf" || !bytes.Equal(w.files[0].Bytes, pdf) {
			t.Errorf("%s: %q, %+v", name, w.text, w.files)
		}
	}
	wide := func(s string) (b []byte) {
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	}
	item := bytes.Replace(outlookFile("cv.pdf", pdf), wide("1000001F"), wide("1000001E"), 1)
	before, text, _ := bytes.Cut(item, wide("I apply, Grüße"))
	item = bytes.Join([][]byte{before, []byte(western), text[len(western)-len(wide("I apply, Grüße")):]}, nil)
	if got, ok := readOutlook(item, new(int64(maxUnpacked))); !ok || got.text != letter {
		t.Errorf("an item of Outlook: %q, %v", got.text, ok)
	}
}
