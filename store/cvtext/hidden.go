package cvtext

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"io"
)

// Text that is hidden is not read: a person does not see it either, and it is where words are put for machines alone.

// hiding has the styles of a document by name: whether each hides its text, says that it does not, or says nothing and has it from
// the style that it is based on.
type hiding struct {
	styles map[string]hidingStyle
	// open is the name of the style that is read.
	open string
}

type hidingStyle struct {
	says, hidden bool
	base         string
}

// maxStyles bounds how many styles of a document are looked at, and maxBased how many are based on one another.
const (
	maxStyles = 5000
	maxBased  = 20
)

func (h *hiding) begin(name, base string) {
	if h.styles == nil {
		h.styles = map[string]hidingStyle{}
	}
	if h.open = name; len(h.styles) < maxStyles && name != "" {
		h.styles[name] = hidingStyle{base: base}
	}
}

func (h *hiding) end() { h.open = "" }

// say notes what the style that is read says.
func (h *hiding) say(hidden bool) {
	if s, ok := h.styles[h.open]; ok {
		h.styles[h.open] = hidingStyle{true, hidden, s.base}
	}
}

// hides tells whether text of a style is hidden.
func (h *hiding) hides(name string) bool {
	for range maxBased {
		s, ok := h.styles[name]
		if !ok || s.says {
			return s.hidden
		}
		name = s.base
	}
	return false
}

// docxStyle follows an element of the styles of a DOCX.
func docxStyle(d *document, e xml.StartElement, start bool) {
	switch e.Name.Local {
	case "style":
		if start {
			d.hiding.begin(attribute(e, "styleId"), "")
		} else {
			d.hiding.end()
		}
	case "basedOn":
		if s, ok := d.hiding.styles[d.hiding.open]; start && ok {
			s.base = attribute(e, "val")
			d.hiding.styles[d.hiding.open] = s
		}
	case "vanish":
		if start {
			d.hiding.say(!isOff(attribute(e, "val")))
		}
	}
}

// odtStyle follows an element of the styles of an ODT; ok is false for another element.
func odtStyle(d *document, e xml.StartElement, start bool) (ok bool) {
	switch {
	case e.Name.Local == "style" && e.Name.Space == "style":
		if start {
			d.hiding.begin(attribute(e, "name"), attribute(e, "parent-style-name"))
		} else {
			d.hiding.end()
		}
	case e.Name.Local == "text-properties":
		if display := attribute(e, "display"); start && display != "" {
			d.hiding.say(display == "none")
		}
	default:
		return false
	}
	return true
}

// styled begins and ends an element whose style may hide it.
func (d *document) styled(start bool, style string) {
	if start {
		hidden := d.hiding.hides(style)
		d.spans = append(d.spans, hidden)
		if hidden {
			d.skip(true)
		}
		return
	}
	if n := len(d.spans); n > 0 {
		if d.spans[n-1] {
			d.skip(false)
		}
		d.spans = d.spans[:n-1]
	}
}

// hiddenText begins and ends text that is hidden under a condition.
func (d *document) hiddenText(start, hidden bool) {
	if start {
		d.spans = append(d.spans, hidden)
		if hidden {
			d.skip(true)
		}
		return
	}
	d.styled(false, "")
}

// maxHiddenParagraphs bounds how often the text of a paragraph is taken back, which copies all text before it.
const maxHiddenParagraphs = 500

// hideParagraph takes back what the paragraph has until here, and hides the rest of it.
func (d *document) hideParagraph() {
	if n := len(d.paragraphs); n > 0 && !d.paragraphs[n-1].hidden && d.skipped == 0 {
		p := &d.paragraphs[n-1]
		p.hidden = true
		if d.hiddenParagraphs++; d.hiddenParagraphs <= maxHiddenParagraphs && p.begins <= d.text.Len() {
			before := d.text.String()[:p.begins]
			d.text.Reset()
			d.text.WriteString(before)
		}
		d.skip(true)
	}
}

// paragraph begins and ends a paragraph of an ODT.
func (d *document) paragraph(start bool, style string) {
	if start {
		d.styled(true, style)
		d.paragraphs = append(d.paragraphs, openParagraph{begins: d.text.Len()})
		return
	}
	if n := len(d.paragraphs); n > 0 {
		if d.paragraphs[n-1].hidden {
			d.skip(false)
		}
		d.paragraphs = d.paragraphs[:n-1]
	}
	d.styled(false, "")
}

// openParagraph is a paragraph that is read: where its text begins, and whether it is hidden.
type openParagraph struct {
	begins int
	hidden bool
}

// readStyles reads what the styles of a part hide; a part that is missing or damaged hides nothing.
func readStyles(ctx context.Context, d *document, z *zip.Reader, part string, element func(*document, xml.StartElement, bool)) {
	f, err := z.Open(part)
	if err != nil {
		return
	}
	defer f.Close()
	_ = readXML(ctx, d, io.LimitReader(f, maxUnpacked), element)
}
