package cvtext

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// compoundFile is what Office wraps around a document that has a password.
var compoundFile = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// fromDOCX reads the body, and then headers, footers and notes, where some people have their address.
func fromDOCX(ctx context.Context, b []byte) (string, error) {
	if bytes.HasPrefix(b, compoundFile) {
		return "", errProtected
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return "", fmt.Errorf("open DOCX: %w", err)
	}
	parts := []string{"word/document.xml"}
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "word/")
		if name != f.Name && strings.HasSuffix(name, ".xml") &&
			(strings.HasPrefix(name, "header") || strings.HasPrefix(name, "footer") || strings.HasPrefix(name, "footnotes")) {
			parts = append(parts, f.Name)
		}
	}
	slices.Sort(parts[1:])
	return fromZip(ctx, z, slices.Compact(parts), func(d *document, e xml.StartElement, start bool) {
		switch e.Name.Local {
		case "t":
			d.take(start)
		case "Fallback":
			d.skip(start) // says again what its alternative says
		case "tab":
			d.write(start, "\t")
		case "br", "cr":
			d.write(start, "\n")
		case "p":
			d.write(!start, "\n")
		case "tc":
			d.write(!start, "\t")
		}
	})
}

// fromODT reads the content; the styles hold headers and footers.
func fromODT(ctx context.Context, b []byte) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return "", fmt.Errorf("open ODT: %w", err)
	}
	if manifest, err := z.Open("META-INF/manifest.xml"); err == nil {
		head, readErr := io.ReadAll(io.LimitReader(manifest, 1<<20))
		if err := errors.Join(readErr, manifest.Close()); err != nil {
			return "", fmt.Errorf("read the manifest: %w", err)
		}
		if bytes.Contains(head, []byte("encryption-data")) {
			return "", errProtected
		}
	}
	return fromZip(ctx, z, []string{"content.xml", "styles.xml"}, func(d *document, e xml.StartElement, start bool) {
		switch e.Name.Local {
		case "p", "h":
			d.take(start)
			d.write(!start, "\n")
		case "tab":
			d.write(start, "\t")
		case "line-break":
			d.write(start, "\n")
		case "s":
			d.write(start, strings.Repeat(" ", blanks(e)))
		case "annotation", "tracked-changes":
			d.skip(start)
		}
	})
}

// blanks is how many an element <text:s text:c="3"/> stands for; one is as good as many here.
func blanks(e xml.StartElement) int {
	for _, a := range e.Attr {
		if n, err := strconv.Atoi(a.Value); a.Name.Local == "c" && err == nil {
			return min(max(n, 1), 10)
		}
	}
	return 1
}

// document collects text from XML: the text inside elements that are taken, without the elements in them that are skipped.
type document struct {
	text           strings.Builder
	taken, skipped int
}

func (d *document) take(start bool) { count(&d.taken, start) }
func (d *document) skip(start bool) { count(&d.skipped, start) }

func count(n *int, start bool) {
	if start {
		*n++
	} else {
		*n--
	}
}

func (d *document) write(when bool, s string) {
	if when && d.skipped == 0 {
		d.text.WriteString(s)
	}
}

// fromZip reads the parts in their order. Only the first part must be there.
func fromZip(ctx context.Context, z *zip.Reader, parts []string, element func(*document, xml.StartElement, bool)) (string, error) {
	// An archive that declares too large a size is not unpacked at all; a false declaration meets the limit below.
	if declared(z, parts) > maxUnpacked {
		return "", errTooLarge
	}
	var d document
	left := int64(maxUnpacked)
	for i, name := range parts {
		f, err := z.Open(name)
		if err != nil {
			if i > 0 {
				continue
			}
			return "", partError(name, err)
		}
		limited := &io.LimitedReader{R: f, N: left}
		err = readXML(ctx, &d, limited, element)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if left = limited.N; left <= 0 {
			return d.text.String(), errTooLarge
		}
		if err != nil {
			return d.text.String(), partError(name, err)
		}
		if d.text.Len() >= MaxText {
			break
		}
	}
	return d.text.String(), nil
}

// declared is the size of the parts in bytes as the archive declares it, at most a little more than maxUnpacked.
func declared(z *zip.Reader, parts []string) uint64 {
	var size uint64
	for _, f := range z.File {
		if slices.Contains(parts, f.Name) {
			size += min(f.UncompressedSize64, maxUnpacked+1)
		}
	}
	return size
}

// partError recognises an encrypted part of an Office document, which archive/zip reports as an unknown method.
func partError(name string, err error) error {
	if errors.Is(err, zip.ErrAlgorithm) {
		return errProtected
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// readXML walks the elements without keeping them. There are no entities but those of XML itself: the decoder knows
// none, so none can grow.
func readXML(ctx context.Context, d *document, r io.Reader, element func(*document, xml.StartElement, bool)) error {
	x := xml.NewDecoder(r)
	d.taken, d.skipped = 0, 0
	for n := 0; d.text.Len() < MaxText; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t, err := x.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			element(d, t, true)
		case xml.EndElement:
			element(d, xml.StartElement{Name: t.Name}, false)
		case xml.CharData:
			if d.taken > 0 && d.skipped == 0 {
				d.text.Write(t)
			}
		}
	}
	return nil
}
