package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// FileStore keeps the bytes of files; what is known about them are rows of files. Put and Delete belong to the
// transaction that writes or deletes the row, so that no crash leaves bytes without a row or a row without bytes.
type FileStore interface {
	Put(ctx context.Context, tx *Tx, id int64, b []byte) error
	// ReadRange reads n bytes from offset on, fewer at the end. Error: sql.ErrNoRows when the file is gone.
	ReadRange(ctx context.Context, id, offset int64, n int) ([]byte, error)
	Delete(ctx context.Context, tx *Tx, ids []int64) error
}

// bytesInRows is the FileStore that keeps the bytes in PostgreSQL: every copy of the program sees them, and backups and
// erasures reach them without further ado.
type bytesInRows struct{ s *Store }

func (bytesInRows) Put(ctx context.Context, tx *Tx, id int64, b []byte) error {
	if _, err := tx.exec(ctx, `INSERT INTO file_bytes (file_id, bytes) VALUES ($1, $2)`, id, b); err != nil {
		return fmt.Errorf("insert the bytes of file %d: %w", id, err)
	}
	return nil
}

func (f bytesInRows) ReadRange(ctx context.Context, id, offset int64, n int) ([]byte, error) {
	var b []byte
	err := f.s.reader(ctx).GetContext(ctx, &b, `SELECT substring(bytes FROM $2::integer FOR $3::integer) FROM file_bytes WHERE file_id = $1`, id, offset+1, n)
	if err != nil {
		return nil, fmt.Errorf("read the bytes of file %d: %w", id, err)
	}
	return b, nil
}

func (bytesInRows) Delete(ctx context.Context, tx *Tx, ids []int64) error {
	if _, err := tx.exec(ctx, `DELETE FROM file_bytes WHERE file_id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("delete the bytes of files: %w", err)
	}
	return nil
}

// File is what is known of a file without its bytes.
type File struct {
	ID int64
	// Name is safe to offer for saving, and MediaType is by the content that was checked, not by what its sender said.
	Name      string
	MediaType string
	Size      int64
	SHA256    []byte
	// TextProblem says why no text could be read of it, "" when there is some.
	TextProblem string
}

type newFile struct {
	name, mediaType   string
	bytes             []byte
	text, textProblem string
	sha256            [sha256.Size]byte
	// profile is what its text tells of the person.
	profile board.Profile
}

// insertFile writes a file with its bytes.
func (tx *Tx) insertFile(ctx context.Context, t Tenant, f newFile) (int64, error) {
	var id int64
	err := tx.get(ctx, &id, `
INSERT INTO files (employer_id, mode, name, media_type, size, sha256, text, text_problem, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		t.EmployerID, t.Mode, f.name, f.mediaType, len(f.bytes), f.sha256[:], storable(f.text), storable(f.textProblem), tx.Now)
	if err != nil {
		return 0, fmt.Errorf("insert file: %w", err)
	}
	return id, tx.store.files.Put(ctx, tx, id, f.bytes)
}

// deleteFiles removes files with their bytes, and from what they are attached to.
func (tx *Tx) deleteFiles(ctx context.Context, ids []int64) error {
	if err := tx.store.files.Delete(ctx, tx, ids); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM files WHERE id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("delete files: %w", err)
	}
	return nil
}

// readFile reads a file as a whole.
func (s *Store) readFile(ctx context.Context, id int64) ([]byte, error) {
	var size int
	err := s.reader(ctx).GetContext(ctx, &size, `SELECT size FROM files WHERE id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read file %d: %w", id, err)
	}
	return s.files.ReadRange(ctx, id, 0, size)
}

// OpenCV opens the CV of an application, for reading in any order while ctx lives. Errors: not_found, also when the
// application has no CV; a read of a file that was erased meanwhile fails with io.ErrUnexpectedEOF.
func (s *Store) OpenCV(ctx context.Context, t Tenant, applicationID int64) (File, io.ReadSeeker, error) {
	a, err := s.GetApplication(ctx, t, applicationID)
	if err != nil {
		return File{}, nil, err
	}
	if a.CV == nil {
		return File{}, nil, board.Errorf(board.CodeNotFound, "This application has no CV.")
	}
	return *a.CV, s.openFile(ctx, *a.CV), nil
}

// readAhead is how much of a file one statement reads: a copy to the network asks for much smaller pieces.
const readAhead = 256 << 10

// fileReader reads a file in pieces and keeps the last one. It is for one goroutine.
type fileReader struct {
	ctx   context.Context //nolint:containedctx // io.ReaderAt has none; the reader lives as long as its request
	s     *Store
	id    int64
	piece []byte
	at    int64 // where piece begins
}

// ReadAt follows io.ReaderAt.
func (r *fileReader) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at < r.at || at >= r.at+int64(len(r.piece)) {
			begin := at / readAhead * readAhead
			piece, err := r.s.files.ReadRange(r.ctx, r.id, begin, readAhead)
			if errors.Is(err, sql.ErrNoRows) {
				return n, io.ErrUnexpectedEOF
			}
			if err != nil {
				return n, err
			}
			if r.piece, r.at = piece, begin; at >= begin+int64(len(piece)) {
				return n, io.EOF
			}
		}
		n += copy(p[n:], r.piece[at-r.at:])
	}
	return n, nil
}

// ExtractText reads the text of a CV. problem says in a sentence why there is none; a file without a text is no error
// of whoever sent it.
type ExtractText func(ctx context.Context, cv board.CV) (text, problem string)
