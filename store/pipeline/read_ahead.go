package pipeline

import (
	"context"
	"crypto/sha256"

	"itmanagerjobs/store/board"
)

// readText is the text of a CV.
type readText struct {
	sha256        [sha256.Size]byte
	text, problem string
}

type readTextKey struct{}

// ReadAhead reads the CV of an application that is about to be made in a transaction of the caller's, and hands its text on to
// Apply in the context: to read a file takes seconds, and a transaction holds a connection. Errors: those of Apply, which finds
// them again.
func (s *Store) ReadAhead(ctx context.Context, p ApplyParams) (context.Context, error) {
	_, cv, err := s.openFor(ctx, p)
	if err != nil || cv == nil {
		return ctx, err
	}
	read := readText{sha256: sha256.Sum256(cv.Bytes)}
	read.text, read.problem = s.text(ctx, *cv)
	return context.WithValue(ctx, readTextKey{}, read), nil
}

// readCV adds the CV with its text to an application. In a transaction of the caller's it takes the text that ReadAhead has read.
// Errors: board.ErrUnavailable when that has not, because the job has changed since.
func (s *Store) readCV(ctx context.Context, in *incoming, cv board.CV) error {
	in.cv = &newFile{name: cv.Name, mediaType: cv.Kind.MediaType(), bytes: cv.Bytes, sha256: sha256.Sum256(cv.Bytes)}
	read, ok := ctx.Value(readTextKey{}).(readText)
	switch {
	case ok && read.sha256 == in.cv.sha256:
		in.cv.text, in.cv.textProblem = read.text, read.problem
	case s.db.Joined(ctx) != nil:
		return board.ErrUnavailable
	default:
		in.cv.text, in.cv.textProblem = s.text(ctx, cv)
	}
	in.cv.profile = readProfile(in.cv.text)
	return nil
}
