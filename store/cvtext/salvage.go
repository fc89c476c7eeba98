package cvtext

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// openZip opens an archive. Of one that breaks off, which has lost the list of its entries at the end, it opens what is left.
func openZip(b []byte) (*zip.Reader, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err == nil {
		return z, nil
	}
	whole, salvageErr := salvage(b)
	if salvageErr != nil {
		return nil, err //nolint:wrapcheck // the caller says what it opens
	}
	return zip.NewReader(bytes.NewReader(whole), int64(len(whole))) //nolint:wrapcheck // as above
}

// The head of an entry (APPNOTE.TXT, 4.3.7).
const (
	zipHead      = "PK\x03\x04"
	zipHeadSize  = 30
	zipEncrypted = 1
	zipDeflated  = 8
	// maxSalvaged is how many entries are looked at; a document has some dozens.
	maxSalvaged = 2000
)

// salvage makes an archive of the entries with text of one that breaks off, the last of them as far as it goes.
func salvage(b []byte) ([]byte, error) {
	var whole bytes.Buffer
	w := zip.NewWriter(&whole)
	left, kept := int64(maxUnpacked), 0
	for n := 0; n < maxSalvaged && len(b) > zipHeadSize && bytes.HasPrefix(b, []byte(zipHead)); n++ {
		flags, method := binary.LittleEndian.Uint16(b[6:]), binary.LittleEndian.Uint16(b[8:])
		packed, nameSize, extraSize := int(binary.LittleEndian.Uint32(b[18:])), int(binary.LittleEndian.Uint16(b[26:])), int(binary.LittleEndian.Uint16(b[28:]))
		if flags&zipEncrypted != 0 || len(b) < zipHeadSize+nameSize+extraSize || left <= 0 {
			break
		}
		name, rest := string(b[zipHeadSize:zipHeadSize+nameSize]), bytes.NewReader(b[zipHeadSize+nameSize+extraSize:])
		from := io.LimitReader(rest, int64(packed))
		if method == zipDeflated {
			from = flate.NewReader(rest) // says itself where it ends
		}
		content, _ := io.ReadAll(io.LimitReader(from, left)) // what breaks off is read as far as it goes
		left -= int64(len(content))
		if strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") || name == "mimetype" {
			part, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err != nil {
				return nil, fmt.Errorf("salvage an archive: %w", err)
			}
			if _, err := part.Write(content); err != nil {
				return nil, fmt.Errorf("salvage an archive: %w", err)
			}
			kept++
		}
		b = b[len(b)-rest.Len():]
		next := bytes.Index(b, []byte(zipHead)) // behind the sizes that some programs write after an entry
		if next < 0 {
			break
		}
		b = b[next:]
	}
	if err := w.Close(); err != nil || kept == 0 {
		return nil, fmt.Errorf("salvage an archive: %d entries: %w", kept, zip.ErrFormat)
	}
	return whole.Bytes(), nil
}
