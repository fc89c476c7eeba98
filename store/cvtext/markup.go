package cvtext

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	textunicode "golang.org/x/text/encoding/unicode"
)

// document collects text from XML: the text inside elements that are taken, without the elements in them that are skipped.
// A text box is a paragraph of its own after the one that it is fixed to.
type document struct {
	text           *strings.Builder
	taken, skipped int
	// hosts are the texts around the text boxes that are open, and boxes those of the text boxes in the current paragraph.
	hosts []*strings.Builder
	boxes strings.Builder
	size  int
	// hidden is a run whose text is not shown, and hiddenRuns says that those of the paragraph are not unless they say so.
	hidden, hiddenRuns bool
	// hiding has the styles that hide text, spans tells of each element with a style that is open whether it does, and paragraphs
	// are those of an ODT that are open.
	hiding           hiding
	spans            []bool
	paragraphs       []openParagraph
	hiddenParagraphs int
	// instruction is the text of the field that is read.
	instruction strings.Builder
	inField     bool
	// links are the targets of the links that are open, and targets those of the part by their identifier.
	links   []string
	targets map[string]string
	// placeholder says that the content control that is read shows a prompt instead of content; controls are those open.
	placeholder bool
	controls    []bool
	// choices tells of each choice of contents that is open how long the text was before it.
	choices []int
	// sections tells of each section that is open whether it is hidden.
	sections []bool
	// former counts open elements with properties that somebody has changed.
	former int
	// fields tells of each field that is open whether its result has begun.
	fields []bool
	// properties counts open elements that describe a paragraph, and unbroken says that it goes on in the next one.
	properties int
	unbroken   bool
}

func (d *document) take(start bool) { count(&d.taken, start) }
func (d *document) skip(start bool) { count(&d.skipped, start) }

// alternative begins and ends a choice of contents, and its fallback, which says again what the others say unless they have no text.
func (d *document) alternative(fallback, start bool) {
	switch n := len(d.choices); {
	case !fallback && start:
		d.choices = append(d.choices, d.size)
	case n == 0:
	case !fallback:
		d.choices = d.choices[:n-1]
	case start && d.choices[n-1] < d.size:
		d.choices[n-1] = saidAgain
		d.skip(true)
	case !start && d.choices[n-1] == saidAgain:
		d.skip(false)
	}
}

// saidAgain stands for the size of a text before a choice of which the fallback is left out.
const saidAgain = -1

func count(n *int, start bool) {
	if start {
		*n++
	} else if *n > 0 {
		*n--
	}
}

func (d *document) write(when bool, s string) {
	if when && d.skipped == 0 {
		d.text.WriteString(s)
		d.size += len(s)
	}
}

// sign is write for what stands in a run.
func (d *document) sign(when bool, s string) { d.write(when && !d.hidden, s) }

// maxBoxes is how deep text boxes may be nested.
const maxBoxes = 100

// box begins and ends a text box.
func (d *document) box(start bool) {
	switch {
	case d.skipped > 0:
	case start && len(d.hosts) < maxBoxes:
		d.hosts = append(d.hosts, d.text)
		d.text = new(strings.Builder)
	case !start && len(d.hosts) > 0:
		d.boxes.WriteString(d.text.String())
		d.text = d.hosts[len(d.hosts)-1]
		d.hosts = d.hosts[:len(d.hosts)-1]
	}
}

// section begins and ends a section, which may be hidden.
func (d *document) section(start, hidden bool) {
	if start {
		d.sections = append(d.sections, hidden)
		if hidden {
			d.skip(true)
		}
		return
	}
	if n := len(d.sections); n > 0 {
		if d.sections[n-1] {
			d.skip(false)
		}
		d.sections = d.sections[:n-1]
	}
}

// endParagraph breaks the line, and writes the text boxes of the paragraph.
func (d *document) endParagraph() {
	if d.skipped > 0 {
		return
	}
	if d.unbroken {
		d.unbroken = false
		return
	}
	d.write(true, "\n")
	if len(d.hosts) == 0 && d.boxes.Len() > 0 {
		d.text.WriteString(d.boxes.String())
		d.boxes.Reset()
	}
}

// rest is all text that was collected, also of boxes that were never closed.
func (d *document) rest() string {
	var all strings.Builder
	for _, text := range append(d.hosts, d.text, &d.boxes) {
		all.WriteString(text.String() + "\n")
	}
	return all.String()
}

// link begins and ends a link, whose target follows its text unless the text has it.
func (d *document) link(start bool, target string) {
	if start {
		d.links = append(d.links, linkTarget(target))
		return
	}
	if n := len(d.links); n > 0 {
		d.writeTarget(d.links[n-1])
		d.links = d.links[:n-1]
	}
}

func (d *document) writeTarget(target string) {
	text := d.text.String()
	if target != "" && !strings.HasSuffix(text, target) {
		d.write(true, " "+target+" ")
	}
}

// maxFields is how deep fields may be nested.
const maxFields = 100

// fieldMark follows a field, whose instruction comes before its result.
func (d *document) fieldMark(kind string) {
	n := len(d.fields)
	switch {
	case kind == "begin" && n < maxFields:
		d.fields = append(d.fields, false)
	case kind == "separate" && n > 0:
		d.fields[n-1] = true
	case kind == "end":
		if !d.withinInstruction() {
			d.writeTarget(hyperlinkOf(d.instruction.String()))
			d.instruction.Reset()
		}
		d.fields = d.fields[:max(n-1, 0)]
	}
}

// withinInstruction tells whether the field that is read is itself part of the instruction of another one, such as the condition of an IF.
func (d *document) withinInstruction() bool {
	n := len(d.fields)
	return n > 1 && !d.fields[n-2]
}

// readXML walks the elements without keeping them. There are no entities but those of XML itself: the decoder knows
// none, so none can grow.
func readXML(ctx context.Context, d *document, r io.Reader, element func(*document, xml.StartElement, bool)) error {
	x := newXMLDecoder(r)
	d.hiddenRuns, d.spans, d.paragraphs = false, nil, nil
	d.taken, d.skipped, d.hidden, d.properties, d.unbroken = 0, 0, false, 0, false
	d.former, d.fields = 0, nil
	d.links, d.controls, d.choices, d.sections, d.inField, d.placeholder = nil, nil, nil, nil, false, false
	for n := 0; d.size < MaxText; n++ {
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
			switch {
			case d.inField && d.instruction.Len() < 1<<12:
				d.instruction.Write(t)
			case d.taken > 0 && !d.hidden && !d.withinInstruction():
				// A line end in the file is a blank of the text.
				d.write(true, strings.NewReplacer("\r", " ", "\n", " ").Replace(string(t)))
			}
		}
	}
	return nil
}

// newXMLDecoder reads XML as programs write it: with characters and names of HTML that XML does not have, and in any character set.
func newXMLDecoder(r io.Reader) *xml.Decoder {
	b := bufio.NewReader(r)
	var x *xml.Decoder
	if head, err := b.Peek(2); err == nil && (head[0] == 0 || head[1] == 0 || head[0] >= 0xfe && head[1] >= 0xfe) {
		order := textunicode.LittleEndian
		if head[0] == 0xfe || head[0] == 0 {
			order = textunicode.BigEndian
		}
		x = xml.NewDecoder(withoutControls{textunicode.UTF16(order, textunicode.UseBOM).NewDecoder().Reader(b)})
		x.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	} else {
		x = xml.NewDecoder(withoutControls{b})
		x.CharsetReader = charsetReader
	}
	x.Strict, x.Entity = false, xml.HTMLEntity
	return x
}

// withoutControls leaves control characters out, for which a decoder of XML would give up.
type withoutControls struct{ r io.Reader }

func (w withoutControls) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	kept := p[:0]
	for _, c := range p[:n] {
		if c >= ' ' || c == '\t' || c == '\n' || c == '\r' {
			kept = append(kept, c)
		}
	}
	return len(kept), err
}

// attribute gives the value of an attribute, empty for none.
func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
