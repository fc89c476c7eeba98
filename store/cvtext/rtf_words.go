package cvtext

import "strconv"

// Groups of RTF that hold no text of the document. A group that begins with \* is skipped, too, unless rtfStarred has it.
var rtfAside = map[string]bool{
	"colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "themedata": true,
	"datastore": true, "listtable": true, "listoverridetable": true, "rsidtbl": true, "xmlnstbl": true,
	"latentstyles": true, "generator": true, "filetbl": true, "revtbl": true, "template": true, "sp": true,
	"nonshppict": true, "nonesttables": true, "annotation": true, "atnauthor": true, "atnid": true,
	"shprslt": true, // says again what the shape says
}

// rtfStarred are groups whose text counts although they begin with \*: text boxes, where links lead to, and the ends of rows of tables
// within tables.
var rtfStarred = map[string]bool{"shpinst": true, "shptxt": true, "do": true, "dptxbxtext": true, "nesttableprops": true, "fldinst": true, "shppict": true, "ud": true}

// rtfSigns are control words that stand for characters.
var rtfSigns = map[string]string{
	"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "nestrow": "\n", "softline": "\n", "column": "\n",
	"shptxt": "\n", "dptxbxtext": "\n", "footnote": "\n", "header": "\n", "footer": "\n",
	"headerl": "\n", "headerr": "\n", "headerf": "\n", "footerl": "\n", "footerr": "\n", "footerf": "\n",
	"cell": "\t", "nestcell": "\t", "tab": "\t", "emspace": " ", "enspace": " ", "qmspace": " ",
	"emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
}

// word reads a control word with its number and the blank that ends it.
func (r *rtf) word() (word string, n int, has bool) {
	start := r.at
	for r.at < len(r.b) && (r.b[r.at] >= 'a' && r.b[r.at] <= 'z' || r.b[r.at] >= 'A' && r.b[r.at] <= 'Z') {
		r.at++
	}
	word = string(r.b[start:min(r.at, start+32)])
	start = r.at
	if r.at < len(r.b) && r.b[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.b) && r.b[r.at] >= '0' && r.b[r.at] <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(string(r.b[start:min(r.at, start+12)]))
	if r.at < len(r.b) && r.b[r.at] == ' ' {
		r.at++
	}
	return word, n, err == nil
}

func (r *rtf) apply(word string, n int, has bool) {
	g := &r.group
	on := !has || n != 0
	switch word {
	case "ansicpg":
		if knownPage(n) {
			r.codePage = n
		}
	case "mac":
		r.codePage = macPage
	case "pc":
		r.codePage = 437
	case "pca":
		r.codePage = 850
	case "deff":
		r.defaultFont = n
	case "uc":
		g.uc = min(max(n, 0), 100)
	case "bin":
		r.at = min(r.at+max(n, 0), len(r.b))
	case "u":
		if has {
			r.unicode(rune(uint16(n))) //nolint:gosec // it is 16 bits, written with a sign
		}
	case "v":
		g.hidden = on
	case "deleted":
		g.deleted = on
	case "plain":
		g.hidden, g.deleted, g.font, g.fonts, g.complex, g.script, g.rightToLeft = false, false, 0, [scripts]int{}, 0, scriptNone, false
	case "field":
		g.field = true
	case "fldinst":
		g.instruction = true
	case "upr":
		g.twice = true
	case "ud", "result":
		g.aside = false // in place of what stands aside
	default:
		if r.applyFont(word, n) {
			return
		}
		if rtfAside[word] {
			g.aside = true
		} else if sign, ok := rtfSigns[word]; ok {
			r.emit(sign)
		}
	}
}
