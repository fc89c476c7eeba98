package cvtext

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// fromODT reads the content; the styles hold headers and footers. A flat one (.fodt) is a single file of XML.
func fromODT(ctx context.Context, b []byte) (string, error) {
	if !bytes.HasPrefix(b, []byte("PK")) {
		d := document{text: new(strings.Builder)}
		if err := readXML(ctx, &d, bytes.NewReader(b), odtElement); err != nil {
			return d.rest(), fmt.Errorf("read a flat ODT: %w", err)
		}
		return d.rest(), nil
	}
	z, err := openZip(b)
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
	return fromZip(ctx, z, odtStyles, []string{"content.xml", odtStyles}, odtElement)
}

// odtStyles is the part of an ODT that has its styles, headers and footers.
const odtStyles = "styles.xml"

// odtElement follows an element of OpenDocument (version 1.3, part 3).
func odtElement(d *document, e xml.StartElement, start bool) {
	if odtStyle(d, e, start) {
		return
	}
	switch e.Name.Local {
	case "p", "h":
		d.take(start)
		if start {
			d.paragraph(true, attribute(e, "style-name"))
		} else {
			d.endParagraph()
			d.paragraph(false, "")
		}
	case "span":
		d.styled(start, attribute(e, "style-name"))
	case "hidden-paragraph":
		if start && attribute(e, "is-hidden") != "false" {
			d.hideParagraph()
		}
	case "hidden-text":
		d.hiddenText(start, attribute(e, "is-hidden") != "false")
	case "tab":
		d.write(start, "\t")
	case "line-break":
		d.write(start, "\n")
	case "s":
		d.write(start, " ") // one is as good as many
	case "text-box", "note-body", "custom-shape", "rect", "ellipse":
		d.box(start)
	case "section":
		d.section(start, attribute(e, "display") == "none" || attribute(e, "is-hidden") == "true")
	case "table-cell":
		d.write(!start, "\t")
	case "a":
		d.link(start, attribute(e, "href"))
	case "annotation", "tracked-changes", "note-citation", "ruby-text", "title", "desc", "forms", "placeholder", "binary-data":
		if e.Name.Local == "title" && e.Name.Space == "text" {
			return // the document's title as a field
		}
		d.skip(start)
	}
}
