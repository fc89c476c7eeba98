package cvtext

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// fromZip reads the parts in their order, after the styles, which hide some of it. Only the first part must be there.
func fromZip(ctx context.Context, z *zip.Reader, styles string, parts []string, element func(*document, xml.StartElement, bool)) (string, error) {
	// An archive that declares too large a size is not unpacked at all; a false declaration meets the limit below.
	if declared(z, parts) > maxUnpacked {
		return "", errTooLarge
	}
	d := document{text: new(strings.Builder)}
	if styles == odtStyles {
		readStyles(ctx, &d, z, styles, func(d *document, e xml.StartElement, start bool) { odtStyle(d, e, start) })
	} else {
		readStyles(ctx, &d, z, styles, docxStyle)
	}
	left := int64(maxUnpacked)
	for i, name := range parts {
		f, err := z.Open(name)
		if err != nil {
			if i > 0 {
				continue
			}
			return "", partError(name, err)
		}
		d.targets = linkTargets(z, name)
		limited := &io.LimitedReader{R: f, N: left}
		err = readXML(ctx, &d, limited, element)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if left = limited.N; left <= 0 {
			return d.rest(), errTooLarge
		}
		if err != nil {
			return d.rest(), partError(name, err)
		}
		if d.size >= MaxText {
			break
		}
	}
	return d.rest(), nil
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

// charsetReader reads the parts that are not UTF-8.
func charsetReader(label string, in io.Reader) (io.Reader, error) {
	set, err := htmlindex.Get(label)
	if err != nil {
		return nil, fmt.Errorf("the character set of a part: %w", err)
	}
	return set.NewDecoder().Reader(in), nil
}
