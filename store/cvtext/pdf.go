package cvtext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	// maxPages is how many pages are read.
	maxPages = 200
	// maxAnnotations is how many annotations of a page are looked at.
	maxAnnotations = 2000
	// maxReopened is how often a file is opened again after a page that has brought PDFium down.
	maxReopened = 20
	// maxModuleMemory is what PDFium may use for one file, in pages of 64 KiB: 256 MiB.
	maxModuleMemory = 4096
	// instanceWithin bounds the wait for an instance of PDFium, which takes some milliseconds.
	instanceWithin = time.Minute
)

// errNoReader says that PDFium could not be started. It is no fault of the file.
var errNoReader = errors.New("the reader of PDF files does not start")

// pdfReader is PDFium, compiled from WebAssembly. Every file gets an instance with a memory of its own, so that nothing
// of one CV can show up in the text of another, and a file that damages the memory damages its own reading alone. The
// instances see no files, no network and no environment.
type pdfReader struct {
	pool  pdfium.Pool
	cache wazero.CompilationCache
}

// openPDF makes PDFium ready, which compiles it for some seconds unless a directory has it. Several processes may share a
// directory. Without one that works the compilation is kept in memory alone.
func openPDF(cacheDirs []string) (*pdfReader, error) {
	for _, dir := range cacheDirs {
		// Only this account may write there: what lies there is run.
		if dir == "" || os.MkdirAll(dir, 0o700) != nil {
			continue
		}
		cache, err := wazero.NewCompilationCacheWithDir(dir)
		if err != nil {
			continue
		}
		if r, err := openPDFWith(cache); err == nil {
			return r, nil
		}
	}
	return openPDFWith(wazero.NewCompilationCache())
}

func openPDFWith(cache wazero.CompilationCache) (*pdfReader, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling). // PDFium needs exceptions
		WithCompilationCache(cache).
		WithMemoryLimitPages(maxModuleMemory).
		WithDebugInfoEnabled(false)
	pool, err := webassembly.Init(webassembly.Config{
		Context: context.Background(), MaxTotal: maxChildren, MaxIdle: maxChildren, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, errors.Join(errNoReader, err, cache.Close(context.Background()))
	}
	return &pdfReader{pool: pool, cache: cache}, nil
}

func (r *pdfReader) Close() error {
	return errors.Join(r.pool.Close(), r.cache.Close(context.Background()))
}

// text reads a file, which is mended where PDFium cannot read it as it is.
func (r *pdfReader) text(ctx context.Context, b []byte) (string, error) {
	b = withCommonLigatures(b)
	text, err := r.pagesOf(ctx, b)
	blank := strings.TrimSpace(text) == ""
	if !blank && !isNumbered(text) || ctx.Err() != nil || errors.Is(err, errNoReader) {
		return text, err
	}
	change := withNamedGlyphs
	if blank {
		change = func(b []byte) ([]byte, bool) { return mend(b, err) }
	}
	mended, ok := change(b)
	if !ok {
		return text, err
	}
	again, againErr := r.pagesOf(ctx, mended)
	if strings.TrimSpace(again) == "" || !blank && likeness([]rune(again)) <= likeness([]rune(text)) {
		return text, err
	}
	return again, againErr
}

// pagesOf reads the pages. One that cannot be read costs no other its text.
func (r *pdfReader) pagesOf(ctx context.Context, b []byte) (text string, err error) {
	d, err := r.open(b)
	if err != nil {
		return "", err
	}
	defer func() { d.close() }()
	var out strings.Builder
	var failed error
	reopened := 0
	for i := 0; i < min(d.pages, maxPages) && out.Len() < MaxText; i++ {
		if ctx.Err() != nil {
			return out.String(), ctx.Err()
		}
		page, err := d.page(i)
		out.WriteString(page)
		out.WriteString("\n\n")
		if err == nil {
			continue
		}
		failed = fmt.Errorf("page %d: %w", i+1, err)
		if ordinary(err) {
			continue
		}
		// What has brought PDFium down may have damaged its memory: the next page is read in a fresh one.
		if reopened++; reopened > maxReopened {
			break
		}
		d.close()
		if d, err = r.open(b); err != nil {
			return out.String(), err
		}
	}
	return fromTeX(out.String()), failed
}

// ordinary tells whether PDFium has found an error by itself, and goes on to work.
func ordinary(err error) bool {
	return errors.Is(err, pdfiumerrors.ErrPage) || errors.Is(err, pdfiumerrors.ErrFormat) || errors.Is(err, pdfiumerrors.ErrFile) ||
		errors.Is(err, pdfiumerrors.ErrSuccess) || errors.Is(err, pdfiumerrors.ErrUnknown)
}

// pdfDocument is an open file in an instance of its own.
type pdfDocument struct {
	in    pdfium.Pdfium
	ref   references.FPDF_DOCUMENT
	pages int
}

func (d *pdfDocument) close() { _ = d.in.Close() }

// open opens a file. PDFium tries the empty password by itself, with which every program opens a file that is only
// protected against printing or copying. Errors: errProtected; errNoReader.
func (r *pdfReader) open(b []byte) (*pdfDocument, error) {
	ctx, cancel := context.WithTimeout(context.Background(), instanceWithin)
	defer cancel()
	in, err := r.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, errors.Join(errNoReader, err)
	}
	d := &pdfDocument{in: in}
	opened, err := in.OpenDocument(&requests.OpenDocument{File: &b})
	if err != nil {
		d.close()
		if errors.Is(err, pdfiumerrors.ErrPassword) || errors.Is(err, pdfiumerrors.ErrSecurity) {
			return nil, errProtected
		}
		return nil, fmt.Errorf("open PDF: %w", err)
	}
	d.ref = opened.Document
	count, err := in.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.ref})
	if err != nil {
		d.close()
		return nil, fmt.Errorf("count the pages: %w", err)
	}
	d.pages = count.PageCount
	return d, nil
}
