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

// fileBytes keeps the bytes of files in PostgreSQL: every copy of the program sees them, and backups and erasures reach
// them without further ado. What is known about the files are rows of files. The bytes are written and deleted in the
// transaction of the row, so that no crash leaves bytes without a row or a row without bytes.
type fileBytes struct{ db *pg.DB }

func putBytes(ctx context.Context, tx *pg.Tx, id int64, b []byte) error {
	if _, err := tx.Exec(ctx, `INSERT INTO file_bytes (file_id, bytes) VALUES ($1, $2)`, id, b); err != nil {
		return fmt.Errorf("insert the bytes of file %d: %w", id, err)
	}
	return nil
}

// readRange reads n bytes from offset on, fewer at the end. Errors: sql.ErrNoRows when the file is gone.
func (f fileBytes) readRange(ctx context.Context, id, offset int64, n int) ([]byte, error) {
	var b []byte
	err := f.db.Reader(ctx).Get(ctx, &b, `SELECT substring(bytes FROM $2::integer FOR $3::integer) FROM file_bytes WHERE file_id = $1`, id, offset+1, n)
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
	name, mediaType   string
	bytes             []byte
	text, textProblem string
	sha256            [sha256.Size]byte
	// profile is what its text tells of the person.
	profile board.Profile
}

// insertFile writes a file with its bytes.
func insertFile(ctx context.Context, tx *pg.Tx, t board.Tenant, f newFile) (int64, error) {
	var id int64
	err := tx.Get(ctx, &id, `
INSERT INTO files (employer_id, mode, name, media_type, size, sha256, text, text_problem, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		t.EmployerID, t.Mode, f.name, f.mediaType, len(f.bytes), f.sha256[:], pg.Storable(f.text), pg.Storable(f.textProblem), tx.Now)
	if err != nil {
		return 0, fmt.Errorf("insert file: %w", err)
	}
	return id, putBytes(ctx, tx, id, f.bytes)
}

// DeleteFiles removes files with their bytes, and from what they are attached to.
func DeleteFiles(ctx context.Context, tx *pg.Tx, ids []int64) error {
	if err := deleteBytes(ctx, tx, ids); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM files WHERE id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("delete files: %w", err)
	}
	return nil
}

// OpenCV opens the CV of an application, for reading in any order while ctx lives. Errors: not_found, also when the
// application has no CV; a read of a file that was erased meanwhile fails with io.ErrUnexpectedEOF.
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

// readAhead is how much of a file one statement reads: a copy to the network asks for much smaller pieces.
const readAhead = 256 << 10

// fileReader reads a file in pieces and keeps the last one. It is for one goroutine.
type fileReader struct {
	ctx   context.Context //nolint:containedctx // io.ReaderAt has none; the reader lives as long as its request
	files fileBytes
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
			piece, err := r.files.readRange(r.ctx, r.id, begin, readAhead)
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
