package inbound

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"itmanagerjobs/store/board"
)

// TNEF is the format of winmail.dat, in which Outlook and Exchange wrap what they send ([MS-OXTNEF]): a signature, and then
// attributes of a level, an identifier, a length, the data and a sum.
const (
	tnefSignature  = 0x223e9f78
	tnefBody       = 0x0002800c
	tnefRenderData = 0x00069002 // begins an attachment
	tnefTitle      = 0x00018010
	tnefData       = 0x0006800f
	tnefAttachment = 0x00069005 // properties of MAPI
	mapiLongName   = 0x3707
	maxTNEFFiles   = 100
)

// readTNEF reads the files and the text of winmail.dat; ok is false for something else.
func readTNEF(b []byte) (files []board.Upload, text string, ok bool) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return nil, "", false
	}
	for b = b[6:]; len(b) >= 9; {
		id, size := binary.LittleEndian.Uint32(b[1:]), int64(binary.LittleEndian.Uint32(b[5:]))
		b = b[9:]
		data := b[:min(size, int64(len(b)))]
		b = b[min(size+2, int64(len(b))):]
		if id == tnefRenderData && len(files) < maxTNEFFiles {
			files = append(files, board.Upload{})
		}
		if id == tnefBody {
			text = toUTF8(string(bytes.TrimRight(data, "\x00")))
		}
		if len(files) == 0 {
			continue
		}
		file := &files[len(files)-1]
		switch id {
		case tnefTitle:
			if file.Name == "" {
				file.Name = toUTF8(string(bytes.TrimRight(data, "\x00")))
			}
		case tnefData:
			file.Bytes = data
		case tnefAttachment:
			if name := longName(data); name != "" {
				file.Name = name
			}
		}
	}
	return files, text, true
}

// longName finds the long name of a file among properties of MAPI. They are looked for instead of parsed: a name is a
// property of the type of 8-bit or of UTF-16 text, with the number of values, its length in bytes, and the text.
func longName(data []byte) string {
	for _, kind := range []uint32{0x1f, 0x1e} {
		tag := binary.LittleEndian.AppendUint32(nil, mapiLongName<<16|kind)
		i := bytes.Index(data, tag)
		if i < 0 || len(data) < i+12 {
			continue
		}
		size := int64(binary.LittleEndian.Uint32(data[i+8:]))
		value := data[i+12:]
		value = value[:min(size, int64(len(value)))]
		if kind == 0x1e {
			return toUTF8(string(bytes.TrimRight(value, "\x00")))
		}
		units := make([]uint16, len(value)/2)
		for j := range units {
			units[j] = binary.LittleEndian.Uint16(value[2*j:])
		}
		return strings.TrimRight(string(utf16.Decode(units)), "\x00")
	}
	return ""
}
