package pipeline

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// Files describes files, such as the attachments of emails, by id. One that is missing was erased.
func (p *Outgoing) Files(ctx context.Context, ids []int64) (map[int64]board.File, error) {
	if len(ids) == 0 {
		return map[int64]board.File{}, nil
	}
	var rows []struct {
		ID        int64  `db:"id"`
		Name      string `db:"name"`
		MediaType string `db:"media_type"`
		Size      int64  `db:"size"`
		SHA256    []byte `db:"sha256"`
	}
	//house:tenant the delivery engine serves all tenants
	if err := p.db.List(ctx, &rows, `SELECT id, name, media_type, size, sha256 FROM files WHERE id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	files := make(map[int64]board.File, len(rows))
	for _, r := range rows {
		files[r.ID] = board.File{ID: r.ID, Name: r.Name, MediaType: r.MediaType, Size: r.Size, SHA256: r.SHA256}
	}
	return files, nil
}
