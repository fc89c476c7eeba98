package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"strconv"

	"itmanagerjobs/store/board"
)

// readAheadCV is what came of reading a CV.
type readAheadCV struct {
	sha256  [sha256.Size]byte
	reading board.CVReading
}

type readAheadKey struct{}

// ReadAhead reads the CV of an application that is about to be made in a transaction of the caller's, and hands its text on to
// Apply in the context: to read a file takes seconds, and a transaction holds a connection. Errors: those of Apply, which finds
// them again.
func (s *Store) ReadAhead(ctx context.Context, p ApplyParams) (context.Context, error) {
	in, cv, err := s.openFor(ctx, p)
	if err != nil || cv == nil {
		return ctx, err
	}
	read := readAheadCV{sha256: sha256.Sum256(cv.Bytes)}
	read.reading = s.readers.now(ctx, *cv, string(in.network))
	return context.WithValue(ctx, readAheadKey{}, read), nil
}

// readCV adds the CV with its text to an application, unless it can't be read now. In a transaction of the caller's it takes the
// text that ReadAhead has read. Errors: board.ErrUnavailable when ReadAhead has read none, because the job has changed since.
func (s *Store) readCV(ctx context.Context, in *incoming, cv board.CV) error {
	in.cv = &newFile{name: cv.Name, mediaType: cv.Kind.MediaType(), bytes: cv.Bytes, sha256: sha256.Sum256(cv.Bytes)}
	read, ok := ctx.Value(readAheadKey{}).(readAheadCV)
	switch {
	case ok && read.sha256 == in.cv.sha256:
		in.cv.reading = read.reading
	case s.db.Joined(ctx) != nil:
		return board.ErrUnavailable
	default:
		in.cv.reading = s.readers.now(ctx, cv, string(in.network))
	}
	in.cv.profile = readProfile(in.cv.text())
	return nil
}

// sourceOf is a digest of the network of a stranger or, when that is empty, of an employer: the readers of CVs are shared among them.
func (s *Store) sourceOf(network string, employerID int64) []byte {
	if network == "" {
		return s.digestOf("employer\x00" + strconv.FormatInt(employerID, 10))
	}
	return s.digestOf("apply\x00" + board.Network(network))
}

func (s *Store) digestOf(subject string) []byte {
	mac := hmac.New(sha256.New, s.pepper)
	_, _ = mac.Write([]byte(subject))
	return mac.Sum(nil)
}
