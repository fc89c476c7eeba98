package pipeline

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// The bytes of files are in PostgreSQL, so that every copy of the program, every backup and every erasure reaches them.
// They are written and deleted in the transaction of their row in files: after a crash there are no bytes without a row,
// and no row without bytes.

func putBytes(ctx context.Context, tx *pg.Tx, id int64, b []byte) error {
	if _, err := tx.Exec(ctx, `INSERT INTO file_bytes (file_id, bytes) VALUES ($1, $2)`, id, b); err != nil {
		return fmt.Errorf("insert the bytes of file %d: %w", id, err)
	}
	return nil
}

// readRange reads up to n bytes of a file, from an offset; fewer at the end. Errors: sql.ErrNoRows when the file is gone.
func readRange(ctx context.Context, q pg.Reader, id, offset int64, n int) ([]byte, error) {
	var b []byte
	err := q.Get(ctx, &b, `SELECT substring(bytes FROM $2::integer FOR $3::integer) FROM file_bytes WHERE file_id = $1`, id, offset+1, n)
	if err != nil {
		return nil, fmt.Errorf("read the bytes of file %d: %w", id, err)
	}
	return b, nil
}

func deleteBytes(ctx context.Context, tx *pg.Tx, ids []int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM file_bytes WHERE file_id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("delete the bytes of files: %w", err)
	}
	return nil
}

type newFile struct {
	name, mediaType string
	bytes           []byte
	sha256          [sha256.Size]byte
	reading         board.CVReading
	// profile is read from the text.
	profile board.Profile
}

// pending tells whether the text is still to be read.
func (f newFile) pending() bool { return f.reading.End != board.ReadingDone }

// text is what can be read of the file, as far as it is known.
func (f newFile) text() string {
	if f.pending() {
		return ""
	}
	return pg.Storable(f.reading.Text)
}

// problem says why there is no text, as far as it is known.
func (f newFile) problem() string {
	if f.pending() {
		return ""
	}
	return pg.Storable(f.reading.Problem)
}

// insertFile writes a file with its bytes, and returns its id.
func insertFile(ctx context.Context, tx *pg.Tx, t board.Tenant, f newFile) (int64, error) {
	var id int64
	err := tx.Get(ctx, &id, `
INSERT INTO files (employer_id, mode, name, media_type, size, sha256, text, text_problem, text_pending, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		t.EmployerID, t.Mode, f.name, f.mediaType, len(f.bytes), f.sha256[:], f.text(), f.problem(), f.pending(), tx.Now)
	if err != nil {
		return 0, fmt.Errorf("insert file: %w", err)
	}
	return id, putBytes(ctx, tx, id, f.bytes)
}

// DeleteFiles deletes files with their bytes, and detaches them from emails. The caller has detached them from applications.
func DeleteFiles(ctx context.Context, tx *pg.Tx, ids []int64) error {
	if err := deleteBytes(ctx, tx, ids); err != nil {
		return err
	}
	//house:tenant the erasure has read the ids of its candidate
	if _, err := tx.Exec(ctx, `DELETE FROM files WHERE id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("delete files: %w", err)
	}
	return nil
}

// OpenCV opens the CV of an application, see OpenFile. Errors: not_found, also when the application has no CV.
func (s *Store) OpenCV(ctx context.Context, t board.Tenant, applicationID int64) (board.File, io.ReadSeeker, error) {
	a, err := s.Application(ctx, t, applicationID)
	if err != nil {
		return board.File{}, nil, err
	}
	if a.CV == nil {
		return board.File{}, nil, board.Errorf(board.CodeNotFound, "This application has no CV.")
	}
	return *a.CV, s.OpenFile(ctx, *a.CV), nil
}

// OpenFile opens a file for reading, in any order, until ctx ends. A read fails with io.ErrUnexpectedEOF when the file was
// erased after it was opened.
func (s *Store) OpenFile(ctx context.Context, f board.File) io.ReadSeeker {
	return io.NewSectionReader(&fileReader{ctx: ctx, db: s.db, id: f.ID}, 0, f.Size)
}

// readAhead is how much of a file one statement reads, in bytes. A copy to the network asks for much smaller pieces.
const readAhead = 256 << 10

// fileReader reads a file in pieces and keeps the last one. It is not safe for concurrent use.
type fileReader struct {
	ctx   context.Context //nolint:containedctx // io.ReaderAt has none; the reader lives as long as its request
	db    *pg.DB
	id    int64
	piece []byte
	at    int64 // where piece begins
}

// ReadAt implements io.ReaderAt.
func (r *fileReader) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at < r.at || at >= r.at+int64(len(r.piece)) {
			begin := at / readAhead * readAhead
			piece, err := readRange(r.ctx, r.db.Reader(r.ctx), r.id, begin, readAhead)
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
