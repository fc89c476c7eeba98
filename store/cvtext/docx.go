package cvtext

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
)

// compoundFile is what Office wraps around a document that has a password.
var compoundFile = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// fromDOCX reads the body, and then headers, footers and notes, where some people have their address.
func fromDOCX(ctx context.Context, b []byte) (string, error) {
	if bytes.HasPrefix(b, compoundFile) {
		return "", errProtected
	}
	z, err := openZip(b)
	if err != nil {
		return "", fmt.Errorf("open DOCX: %w", err)
	}
	z = named(z)
	body := board.DOCXBody(z)
	dir := path.Dir(body) + "/"
	var others []string
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, dir)
		switch {
		case name == f.Name || !strings.HasSuffix(name, ".xml"):
		case strings.HasPrefix(name, "diagrams/data"):
			others = append(others, f.Name) // the texts of SmartArt
		case strings.Contains(name, "/"):
		case strings.HasPrefix(name, "header"), strings.HasPrefix(name, "footer"), strings.HasPrefix(name, "footnotes"), strings.HasPrefix(name, "endnotes"):
			others = append(others, f.Name)
		}
	}
	slices.Sort(others)
	text, err := fromZip(ctx, z, docxStyles(body), append([]string{body}, slices.Compact(others)...), docxElement)
	if err != nil {
		return text, err
	}
	return text + chunksOf(ctx, z, body), nil
}

// chunksOf reads the files of other formats that a DOCX has in its text (altChunk, ECMA-376, part 1, 17.17.2.1): programs that make CVs
// of web pages write them. One that cannot be read costs itself alone.
func chunksOf(ctx context.Context, z *zip.Reader, body string) string {
	var all strings.Builder
	left := int64(maxUnpacked)
	for _, r := range relationsOf(z, body) {
		if r.TargetMode == "External" || !strings.HasSuffix(r.Type, "/aFChunk") {
			continue
		}
		name := strings.TrimPrefix(path.Join("/", path.Dir(body), r.Target), "/")
		if strings.HasPrefix(r.Target, "/") {
			name = strings.TrimPrefix(path.Clean(r.Target), "/")
		}
		f, err := z.Open(name)
		if err != nil {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(f, left))
		if err := errors.Join(err, f.Close()); err != nil {
			continue
		}
		left -= int64(len(b))
		text, err := chunk(ctx, b)
		if err == nil {
			all.WriteString("\n" + text)
		}
	}
	return all.String()
}

// docxStyles is the part that has the styles of a body.
func docxStyles(body string) string { return path.Dir(body) + "/styles.xml" }

// chunk reads a file within a DOCX by its content.
func chunk(ctx context.Context, b []byte) (string, error) {
	switch head := bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n"); {
	case bytes.HasPrefix(head, []byte("{\\rtf")):
		return fromRTF(ctx, head)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return "", fmt.Errorf("open a DOCX within a DOCX: %w", err)
		}
		z = named(z)
		return fromZip(ctx, z, docxStyles(board.DOCXBody(z)), []string{board.DOCXBody(z)}, docxElement)
	}
	if text, ok := fromWeb(b); ok {
		return text, nil
	}
	return fromTXT(b), nil
}

// named is an archive whose names are written as the standard demands: some programs write backslashes, or a slash in front.
func named(z *zip.Reader) *zip.Reader {
	clean := &zip.Reader{Comment: z.Comment}
	for _, f := range z.File {
		entry := *f
		entry.Name = strings.TrimLeft(strings.ReplaceAll(f.Name, `\`, "/"), "/")
		clean.File = append(clean.File, &entry)
	}
	return clean
}

// docxElement follows an element of WordprocessingML (ECMA-376, part 1, 17).
func docxElement(d *document, e xml.StartElement, start bool) {
	if d.former > 0 && e.Name.Local != "rPrChange" && e.Name.Local != "pPrChange" {
		return // how it looked before somebody changed it
	}
	switch e.Name.Local {
	case "t":
		d.take(start)
	case "AlternateContent", "Fallback":
		d.alternative(e.Name.Local == "Fallback", start)
	case "textpath": // WordArt
		d.write(start, attribute(e, "string")+"\n")
	case "del", "moveFrom", "rt", "comments":
		// They are not in the text any more, or never were.
		if e.Name.Local == "del" && d.properties > 0 {
			d.unbroken = true // the mark of the paragraph is what is deleted
			return
		}
		d.skip(start)
	case "rPrChange", "pPrChange":
		count(&d.former, start)
	case "pPr":
		if d.former == 0 {
			count(&d.properties, start)
		}
	case "r":
		d.hidden = start && d.hiddenRuns
	case "vanish":
		if start && d.properties == 0 {
			d.hidden = !isOff(attribute(e, "val"))
		}
	case "framePr":
		if kind := attribute(e, "dropCap"); start && kind != "" && kind != "none" {
			d.unbroken = true // a large letter, with which the next paragraph begins
		}
	case "pStyle":
		if start {
			d.hiddenRuns = d.hiding.hides(attribute(e, "val"))
		}
	case "rStyle":
		if start && d.properties == 0 {
			d.hidden = d.hidden || d.hiding.hides(attribute(e, "val"))
		}
	case "tab", "ptab":
		d.sign(start && d.properties == 0, "\t")
	case "br", "cr":
		d.sign(start, "\n")
	case "noBreakHyphen":
		d.sign(start, "-")
	case "sym":
		d.sign(start, symbolOf(e))
	case "p":
		d.hiddenRuns = false
		if start {
			d.properties, d.unbroken = 0, false
		} else {
			d.endParagraph()
		}
	case "txbxContent":
		d.box(start)
	case "tc":
		d.write(!start, "\t")
	default:
		docxControl(d, e, start)
	}
}

// docxControl follows the elements of links, fields and content controls.
func docxControl(d *document, e xml.StartElement, start bool) {
	switch e.Name.Local {
	case "hyperlink":
		d.link(start, d.targets[attribute(e, "id")])
	case "fldSimple":
		d.link(start, hyperlinkOf(attribute(e, "instr")))
	case "instrText":
		d.inField = start && d.skipped == 0
	case "fldChar":
		if start {
			d.fieldMark(attribute(e, "fldCharType"))
		}
	case "sdtPr":
		if start {
			d.placeholder = false
		}
	case "showingPlcHdr":
		if start {
			d.placeholder = !isOff(attribute(e, "val"))
		}
	case "sdtContent":
		switch {
		case start:
			d.controls = append(d.controls, d.placeholder)
			if d.placeholder {
				d.skip(true)
			}
			d.placeholder = false
		case len(d.controls) > 0:
			if d.controls[len(d.controls)-1] {
				d.skip(false)
			}
			d.controls = d.controls[:len(d.controls)-1]
		}
	}
}

func isOff(value string) bool { return value == "0" || value == "false" || value == "off" }

// symbolOf reads <w:sym w:char="F0B7"/>.
func symbolOf(e xml.StartElement) string {
	c, err := strconv.ParseUint(attribute(e, "char"), 16, 16)
	if err != nil || c == 0 {
		return ""
	}
	switch {
	case c < 0xe000 || c > 0xf8ff:
		return string(rune(c))
	case attribute(e, "font") == "Symbol" && strings.ContainsRune("!%()+,-./0123456789:;<=>?", rune(c&0xff)):
		return string(rune(c & 0xff)) // this font has them where ASCII has them
	}
	return symbol(rune(c))
}

// linkTargets reads where the links of a part of a DOCX lead to, by identifier. A file in which this cannot be read has the
// texts of its links all the same.
func linkTargets(z *zip.Reader, part string) map[string]string {
	targets := map[string]string{}
	for _, r := range relationsOf(z, part) {
		if r.TargetMode == "External" {
			targets[r.ID] = r.Target
		}
	}
	return targets
}

// relation leads from a part of a DOCX to another part, or out of the file.
type relation struct {
	ID         string `xml:"Id,attr"`
	Type       string `xml:",attr"`
	Target     string `xml:",attr"`
	TargetMode string `xml:",attr"`
}

// relationsOf are the relations of a part; none when they cannot be read.
func relationsOf(z *zip.Reader, part string) []relation {
	f, err := z.Open(path.Dir(part) + "/_rels/" + path.Base(part) + ".rels")
	if err != nil {
		return nil
	}
	defer f.Close()
	var relations struct {
		Relationship []relation `xml:"Relationship"`
	}
	if err := xml.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&relations); err != nil {
		return nil
	}
	return relations.Relationship
}
