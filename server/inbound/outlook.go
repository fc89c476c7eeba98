package inbound

import (
	"bytes"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/richardlehane/mscfb"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/markup"
)

// An item of Outlook is a compound file, in which each property is a stream that is named after it, with its type at the end, and each
// attachment a storage with properties of its own ([MS-OXMSG], 2.1).
const (
	msgStream  = "__substg1.0_"
	mapiText   = "001F" // UTF-16
	mapiNarrow = "001E"
	mapiBytes  = "0102"

	msgHeaders, msgBody, msgName, msgAddress = "007D", "1000", "0C1A", "5D01"
	msgData, msgLongName, msgShortName       = "3701", "3707", "3704"
	msgRich, msgPage                         = "1009", "1013"

	maxMsgProperty = 1 << 20 // bytes, of a text
	maxMsgStreams  = 5000
)

// outlookItem is a message that Outlook has saved as a file.
type outlookItem struct {
	header header
	text   string
	files  []board.Upload
}

// readOutlook reads an item of Outlook; ok is false for something else, and for one that is damaged. left is how many bytes may be unpacked
// still, from which it takes its own: many properties may be of the same bytes.
func readOutlook(b []byte, left *int64) (item outlookItem, ok bool) {
	// The library is for files of trusted programs, too.
	defer func() {
		if recover() != nil {
			item, ok = outlookItem{}, false
		}
	}()
	if !board.IsOutlookItem(b) {
		return item, false
	}
	doc, err := mscfb.New(bytes.NewReader(b))
	if err != nil {
		return item, false
	}
	texts, contents := map[string]string{}, map[string][]byte{}
	var places []string // of the files, in their order
	for range maxMsgStreams {
		entry, err := doc.Next()
		if err != nil {
			break
		}
		property, isProperty := strings.CutPrefix(entry.Name, msgStream)
		if !isProperty || len(property) != 8 || entry.Size == 0 {
			continue
		}
		place, kind := strings.Join(entry.Path, "/"), property[4:]
		key := place + "/" + property[:4]
		switch {
		case kind == mapiBytes && property[:4] == msgData && len(entry.Path) > 0:
			if entry.Size > *left {
				continue
			}
			if content, err := readStream(entry); err == nil {
				*left -= entry.Size
				contents[place] = content
				places = append(places, place)
			}
		case kind == mapiBytes && len(entry.Path) == 0 && (property[:4] == msgRich || property[:4] == msgPage) && entry.Size <= min(maxMsgProperty, *left):
			if content, err := readStream(entry); err == nil {
				*left -= entry.Size
				contents[property[:4]] = content
			}
		case (kind == mapiText || kind == mapiNarrow) && entry.Size <= min(maxMsgProperty, *left) && texts[key] == "":
			if content, err := readStream(entry); err == nil {
				*left -= entry.Size
				texts[key] = textOfProperty(content, kind == mapiText)
				if text, _, _ := bytes.Cut(content, []byte{0}); kind == mapiNarrow && key == "/"+msgBody && !utf8.Valid(text) {
					texts[key] = guess(text) // of any length
				}
			}
		}
	}
	for _, place := range places {
		item.files = append(item.files, board.Upload{Name: first(texts[place+"/"+msgLongName], texts[place+"/"+msgShortName]), Bytes: contents[place]})
	}
	item.text = first(strings.TrimSpace(texts["/"+msgBody]), markup.LetterText(decodeText(contents[msgPage], "", true)))
	if item.text == "" {
		item.text = readRichText(contents[msgRich])
	}
	item.header, _ = splitHeader([]byte(texts["/"+msgHeaders]))
	if !item.header.has("from") && texts["/"+msgAddress] != "" {
		item.header = append(item.header, field{"from", (&mail.Address{Name: texts["/"+msgName], Address: texts["/"+msgAddress]}).String()})
	}
	return item, true
}

// readStream reads in small pieces, because the time that the library takes grows with the square of a piece.
func readStream(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyBuffer(struct{ io.Writer }{&b}, struct{ io.Reader }{r}, make([]byte, 32<<10))
	if err != nil {
		return nil, fmt.Errorf("read an item of Outlook: %w", err)
	}
	return b.Bytes(), nil
}

// textOfProperty reads a text of MAPI, which ends at its first zero.
func textOfProperty(b []byte, wide bool) string {
	if !wide {
		text, _, _ := bytes.Cut(b, []byte{0})
		return toUTF8(string(text))
	}
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) > 1 && (b[0] != 0 || b[1] != 0); b = b[2:] {
		units = append(units, uint16(b[0])|uint16(b[1])<<8)
	}
	return string(utf16.Decode(units))
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
