package inbound

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"itmanagerjobs/store/board"
)

const (
	maxArchived = 50 // files of one archive
	// maxUnpacked is how many bytes are unpacked of all that is in one message: a stranger may pack a thousand times as much, in as many
	// archives as a message has room for, and in archives within them.
	maxUnpacked = 40 << 20
)

var errUnpacked = errors.New("the archive unpacks to more than is read")

// readArchive takes the files of a zip, as people send several at once; ok is false for something else, and for an archive of which
// nothing can be read. A file of it that cannot be read is among those without bytes, with the reason. left is how many bytes may be unpacked
// still, from which it takes its own.
func readArchive(b []byte, left *int64) (files []board.Upload, unread []board.UnreadFile, ok bool) {
	if !bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		return nil, nil, false
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, nil, false
	}
	for _, f := range z.File {
		name := archivedName(f)
		switch {
		case f.FileInfo().IsDir(), strings.HasPrefix(f.Name, "__MACOSX/"), strings.HasPrefix(path.Base(name), "."):
			continue // what a Mac adds
		case len(files)+len(unread) == maxArchived:
			return files, append(unread, board.UnreadFile{Name: "other files of an archive", Reason: "It has more files than are read."}), true
		case f.Flags&1 != 0:
			unread = append(unread, board.UnreadFile{Name: name, Reason: board.ReasonLocked})
			continue
		}
		content, err := unpack(f, *left)
		if *left -= int64(len(content)); err != nil {
			unread = append(unread, board.UnreadFile{Name: name, Reason: board.ReasonUnpacked})
			continue
		}
		files = append(files, board.Upload{Name: name, Bytes: content})
	}
	return files, unread, len(files)+len(unread) > 0
}

// unpack reads a file of an archive, which may have left bytes. Of one that is too large for a CV no more is read than tells that.
func unpack(f *zip.File, left int64) ([]byte, error) {
	if left <= 0 {
		return nil, errUnpacked
	}
	r, err := f.Open()
	if err != nil {
		return nil, err //nolint:wrapcheck // only that it failed matters
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, min(left, board.MaxCV)+1))
	if err == nil && int64(len(content)) > left {
		return content, errUnpacked // what is there of it is not the file
	}
	return content, err //nolint:wrapcheck // as above
}

// archivedName is the name of a file in an archive: in UTF-8, or in the code page of DOS.
func archivedName(f *zip.File) string {
	if utf8.ValidString(f.Name) {
		return f.Name
	}
	if name, err := charmap.CodePage850.NewDecoder().String(f.Name); err == nil {
		return name
	}
	return strings.ToValidUTF8(f.Name, "\ufffd")
}
