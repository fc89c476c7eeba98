package inbound

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/markup"
)

// TNEF is the format of winmail.dat, in which Outlook and Exchange wrap what they send ([MS-OXTNEF]): a signature, and then
// attributes of a level, an identifier, a length, the data and a sum.
const (
	tnefSignature  = 0x223e9f78
	tnefBody       = 0x0002800c
	tnefCodePage   = 0x00069007
	tnefRenderData = 0x00069002 // begins an attachment
	tnefTitle      = 0x00018010
	tnefData       = 0x0006800f
	tnefAttachment = 0x00069005 // properties of MAPI
	tnefProperties = 0x00069003 // of the message
	mapiLongName   = 0x3707
	mapiContent    = 0x3701
	mapiBody       = 0x1000
	mapiRichText   = 0x1009
	mapiHTML       = 0x1013
	maxTNEFFiles   = 100
)

// wrapping is what winmail.dat has in it. rich says that it has the text of the message in a form that is not read.
type wrapping struct {
	files []board.Upload
	text  string
	rich  bool
	// set is that of the texts of 8 bits, nil where it is not said.
	set encoding.Encoding
	// named is how many of the files have had their long name: a stranger may write it any number of times.
	named int
}

// readTNEF reads winmail.dat; ok is false for something else.
func readTNEF(b []byte) (w wrapping, ok bool) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return w, false
	}
	for b = b[6:]; len(b) >= 9; {
		id, size := binary.LittleEndian.Uint32(b[1:]), int64(binary.LittleEndian.Uint32(b[5:]))
		b = b[9:]
		data := b[:min(size, int64(len(b)))]
		b = b[min(size+2, int64(len(b))):]
		switch id {
		case tnefRenderData:
			if len(w.files) < maxTNEFFiles {
				w.files = append(w.files, board.Upload{})
			}
		case tnefCodePage:
			if len(data) >= 4 {
				w.set = charsetOf("windows-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(data)), 10))
			}
		case tnefBody:
			if w.text == "" {
				w.text = w.narrow(data)
			}
		case tnefProperties:
			w.readProperties(data)
		}
		if len(w.files) == 0 {
			continue
		}
		file := &w.files[len(w.files)-1]
		switch id {
		case tnefTitle:
			if file.Name == "" {
				file.Name = w.narrow(data)
			}
		case tnefData:
			file.Bytes = data
		case tnefAttachment:
			if w.named < len(w.files) {
				if name, _ := w.propertyOf(data, mapiLongName); name != "" {
					file.Name, w.named = name, len(w.files)
				}
			}
			if content, ok := w.propertyOf(data, mapiContent); ok && len(file.Bytes) == 0 {
				file.Bytes = []byte(content)
			}
		}
	}
	return w, true
}

// readProperties reads the text of the message.
func (w *wrapping) readProperties(data []byte) {
	if text, ok := w.propertyOf(data, mapiBody); ok && w.text == "" {
		w.text = text
	}
	if page, ok := w.propertyOf(data, mapiHTML); ok && w.text == "" {
		w.text = markup.LetterText(decodeText([]byte(page), "", true))
	}
	rich, ok := w.propertyOf(data, mapiRichText)
	if ok && w.text == "" {
		w.text = readRichText([]byte(rich))
	}
	w.rich = ok
}

// narrow reads a text of 8 bits, which ends at its first zero.
func (w *wrapping) narrow(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	if utf8.Valid(b) {
		return string(b)
	}
	if w.set != nil {
		if out, err := w.set.NewDecoder().Bytes(b); err == nil {
			return strings.ToValidUTF8(string(out), "\ufffd")
		}
	}
	return guess(b)
}

// Types of properties.
const (
	kindNarrow = 0x1e
	kindWide   = 0x1f
	kindBytes  = 0x102
	kindObject = 0x0d // bytes behind an identifier of 16 bytes
)

func propertyTag(property, kind uint32) []byte {
	return binary.LittleEndian.AppendUint32(nil, property<<16|kind)
}

// propertyOf finds a text among properties of MAPI. They are looked for instead of parsed: it is a property of the type of 8-bit or of
// UTF-16 text, or of bytes, with the number of values, which is one, its length in bytes, and the text.
func (w *wrapping) propertyOf(data []byte, property uint32) (text string, ok bool) {
	for _, kind := range []uint32{kindWide, kindNarrow, kindBytes, kindObject} {
		i := bytes.Index(data, propertyTag(property, kind))
		if i < 0 || len(data) < i+12 || binary.LittleEndian.Uint32(data[i+4:]) != 1 {
			continue
		}
		size := int64(binary.LittleEndian.Uint32(data[i+8:]))
		value := data[i+12:]
		value = value[:min(size, int64(len(value)))]
		switch kind {
		case kindBytes:
			return string(value), true
		case kindObject:
			return string(value[min(16, len(value)):]), true
		}
		if kind == kindNarrow {
			return w.narrow(value), true
		}
		return textOfProperty(value, true), true
	}
	return "", false
}
