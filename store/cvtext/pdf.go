package cvtext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ledongthuc/pdf"
)

const (
	// maxPages is how many pages are read.
	maxPages = 200
	// maxRead bounds how many bytes are read from one file, repeated reads included.
	maxRead = 1 << 30
)

// fromPDF reads the pages up to the first one that cannot be read.
func fromPDF(ctx context.Context, b []byte) (string, error) {
	r, err := pdf.NewReader(&boundedReader{ctx: ctx, b: b}, int64(len(b)))
	if errors.Is(err, pdf.ErrInvalidPassword) || err != nil && strings.Contains(err.Error(), "encrypt") {
		return "", errProtected
	}
	if err != nil {
		return "", fmt.Errorf("open PDF: %w", err)
	}
	var text strings.Builder
	for i := 1; i <= min(r.NumPage(), maxPages) && text.Len() < MaxText; i++ {
		page, err := pageText(r, i)
		text.WriteString(page)
		text.WriteString("\n\n")
		if err != nil {
			return text.String(), fmt.Errorf("page %d: %w", i, err)
		}
	}
	return text.String(), nil
}

// pageText turns a panic of the parser into an error, so that the text of the pages before is kept.
func pageText(r *pdf.Reader, n int) (text string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read PDF: %v", r)
		}
	}()
	page := r.Page(n)
	if page.V.IsNull() {
		return "", nil
	}
	return page.GetPlainText(nil)
}

// boundedReader reads the file until the context ends or maxRead is reached: a file whose parts refer to one another could be
// read for ever.
type boundedReader struct {
	ctx  context.Context //nolint:containedctx // io.ReaderAt has none; the reader lives as long as one extraction
	b    []byte
	read int64
}

// ReadAt follows io.ReaderAt.
func (r *boundedReader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if off < 0 || off >= int64(len(r.b)) {
		return 0, io.EOF
	}
	n := copy(p, r.b[off:])
	if r.read += int64(n); r.read > maxRead {
		return 0, errTooLarge
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
