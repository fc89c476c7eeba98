package cvtext

import "slices"

// rtfScript is the kind of characters that the next text has, as RTF announces it: each kind may have a font of its own.
type rtfScript int8

const (
	scriptNone rtfScript = iota
	scriptLow            // \loch
	scriptHigh           // \hich
	scriptEast           // \dbch
	scripts
)

// rtfFont is the character set of a font as its entry in the table of fonts says.
type rtfFont struct{ charset, codePage int }

// page is the code page of the text that follows: that of its font, else that of the document.
func (r *rtf) page() int {
	g := &r.group
	font := g.font
	if g.rightToLeft && g.complex > 0 {
		font = g.complex
	} else if own := g.fonts[g.script]; own > 0 && (g.script != scriptEast || isEastAsian(r.pageOf(own-1))) {
		font = own
	}
	if font == 0 {
		return r.pageOf(r.defaultFont)
	}
	return r.pageOf(font - 1)
}

func (r *rtf) pageOf(number int) int {
	font, ok := r.fonts[number]
	switch {
	case !ok:
		return r.codePage
	case font.codePage != 0:
		return font.codePage
	case font.charset == 0 && isEastAsian(r.codePage):
		return r.codePage // a font of any text, in a document whose bytes come in pairs
	}
	if page, ok := charsetPages[font.charset]; ok {
		return page
	}
	return r.codePage
}

// applyFont follows the words about fonts: which one is used for which script, and which character set it has.
func (r *rtf) applyFont(word string, n int) bool {
	g := &r.group
	switch word {
	case "fonttbl":
		g.fontTable = true
	case "f":
		g.font = n + 1
		if g.script != scriptNone && !g.direction {
			g.fonts[g.script] = n + 1
		}
		if g.fontTable && len(r.fonts) < 10_000 {
			r.fonts[n] = rtfFont{charset: 1}
		}
	case "fcharset":
		r.define(func(f *rtfFont) { f.charset = n })
	case "cpg":
		r.define(func(f *rtfFont) { f.codePage = n })
	case "af":
		if g.direction {
			g.complex = n + 1
		} else {
			g.fonts[g.script] = n + 1
		}
	case "ltrch", "rtlch":
		g.rightToLeft, g.direction = word == "rtlch", true
	case "loch":
		g.script, g.direction = scriptLow, false
	case "hich":
		g.script, g.direction = scriptHigh, false
	case "dbch":
		g.script, g.direction = scriptEast, false
	default:
		return false
	}
	return true
}

// define changes the entry of the table of fonts that is read.
func (r *rtf) define(change func(*rtfFont)) {
	if !r.group.fontTable || r.group.font == 0 {
		return
	}
	f := r.fonts[r.group.font-1]
	change(&f)
	if f.codePage != 0 && !knownPage(f.codePage) {
		f.codePage = 0
	}
	r.fonts[r.group.font-1] = f
}

// charsetPages are the code pages of the character sets that \fcharset numbers.
var charsetPages = map[int]int{
	0: 1252, 2: symbolPage, 77: macPage, 78: 932, 79: 949, 80: 936, 81: 950, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950,
	161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 179: 1256, 180: 1256, 181: 1255, 186: 1257, 204: 1251, 222: 874, 238: 1250,
	254: 437, 255: 850,
}

func isEastAsian(page int) bool {
	return slices.Contains([]int{932, 936, 949, 950, 54936}, page)
}

func knownPage(page int) bool {
	_, ok := codePages[page]
	return ok
}
