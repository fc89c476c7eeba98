package inbound

import (
	"encoding/binary"
	"strings"

	"itmanagerjobs/store/cvtext"
)

// The text of a message of Outlook may be in RTF alone, in a compression of its own ([MS-OXRTFCP]): the length of what follows, the
// length of the text, the kind of compression, a sum, and the text as single bytes and references into a window that begins with words
// that most texts have.
const (
	richHeader = 16
	richPlain  = 0x414c454d // "MELA": not compressed
	richPacked = 0x75465a4c // "LZFu"
	richWindow = 4096
	richMost   = 8 // how many bytes one byte is unpacked to at most
	richFirst  = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
		"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`
)

// readRichText reads the text of such a property; it is empty for something else, and for one that is damaged.
func readRichText(property []byte) string {
	if len(property) < richHeader {
		return ""
	}
	content := property[richHeader:]
	size := int(min(binary.LittleEndian.Uint32(property[4:]), maxText))
	var rtf []byte
	switch binary.LittleEndian.Uint32(property[8:]) {
	case richPlain:
		rtf = content[:min(size, len(content))]
	case richPacked:
		rtf = unpackRich(content, size)
	}
	if len(rtf) == 0 || len(rtf) < size { // it breaks off
		return ""
	}
	text, err := cvtext.RTF(rtf)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// unpackRich unpacks up to size bytes.
func unpackRich(packed []byte, size int) []byte {
	var window [richWindow]byte
	at := copy(window[:], richFirst)
	out := make([]byte, 0, min(size, richMost*len(packed)))
	put := func(c byte) {
		out = append(out, c)
		window[at] = c
		at = (at + 1) % richWindow
	}
	for len(packed) > 0 && len(out) < size {
		kinds := packed[0]
		packed = packed[1:]
		for bit := 0; bit < 8 && len(out) < size; bit++ {
			if kinds>>bit&1 == 0 {
				if len(packed) == 0 {
					return out
				}
				put(packed[0])
				packed = packed[1:]
				continue
			}
			if len(packed) < 2 {
				return out
			}
			reference := int(packed[0])<<8 | int(packed[1])
			packed = packed[2:]
			from, length := reference>>4, reference&0xf+2
			if from == at {
				return out // the end
			}
			for i := 0; i < length && len(out) < size; i++ {
				put(window[(from+i)%richWindow])
			}
		}
	}
	return out
}
