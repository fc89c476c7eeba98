package redact

import (
	"slices"
	"strings"
)

// The words of addresses. A street ends in one of streets, after the number of the house and a name. Those in
// ambiguousStreets have other meanings as well: they count only at the end of a line, before a comma or before a postcode.
var (
	streets          = strings.Fields("street road avenue boulevard blvd crescent mews highway hwy parkway pkwy rd ave st")
	ambiguousStreets = strings.Fields("lane ln drive dr close court ct way place pl square sq terrace gardens grove hill row park walk")
	strasse          = strings.Fields("strasse str. gasse weg platz allee damm ufer")
	flatWords        = strings.Fields("apt apartment suite ste unit flat no")
	states           = strings.Fields("AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC")
)

// postal returns how many chunks the street or the postcode of a postal address takes; 0 for none. Examples: "12 Acacia
// Avenue", "SW1A 1AA", "Hauptstraße 5, 10115", "CA 94105".
func postal(c []chunk) int {
	first := c[0].word[0]
	if first >= '0' && first <= '9' {
		if n := street(c); n > 0 {
			return withPostcode(c, n)
		}
		return 0
	}
	if first < 'A' || first > 'Z' {
		return 0
	}
	if n := germanStreet(c); n > 0 {
		return withPostcode(c, n)
	}
	return postcode(c)
}

// withPostcode extends a street of n chunks by the flat and the postcode after it.
func withPostcode(c []chunk, n int) int {
	for n < len(c) {
		next := n
		if w := c[n].word; w == "|" || w == "-" || w == "," {
			next++
		}
		if next >= len(c) {
			return n
		}
		w := trimPunctuation(c[next].word)
		switch more := postcode(c[next:]); {
		case more > 0:
			n = next + more
		case isZip(w):
			n = next + 1
		case containsFold(w, flatWords) && next+1 < len(c) && c[next+1].has&hasDigit != 0:
			n = next + 2
		default:
			return n
		}
	}
	return n
}

// street returns how many chunks an English street takes: "12 Acacia Avenue", "1600a Old Mill Lane,". It is 0 for none.
func street(c []chunk) int {
	const mostWords = 5
	if !isHouse(c[0].word) {
		return 0
	}
	for i := 1; i < min(len(c), mostWords); i++ {
		w := trimPunctuation(c[i].word)
		if w == "" || w[0] < 'A' || w[0] > 'Z' || c[i].newLine {
			return 0
		}
		if i > 1 && containsFold(w, streets) || i > 1 && containsFold(w, ambiguousStreets) && endsLine(c, i) {
			return i + 1
		}
		if len(w) < len(c[i].word) && len(w) > 3 { // a full stop or comma ends the address, but not that of "St."
			return 0
		}
	}
	return 0
}

// isHouse reports whether w is the number of a house: "12", "221b,".
func isHouse(w string) bool {
	w = strings.TrimRight(w, ",")
	digits := strings.TrimFunc(w, notDigit)
	rest := w[len(digits):]
	return len(digits) > 0 && len(digits) < 5 && strings.HasPrefix(w, digits) && (rest == "" || len(rest) == 1 && isLetter(rest[0]))
}

func endsLine(c []chunk, i int) bool {
	return strings.HasSuffix(c[i].word, ",") || i+1 == len(c) || c[i+1].newLine || postcode(c[i+1:]) > 0
}

// germanStreet returns how many chunks a German street takes: "Hauptstraße 5", "Alte Straße 5a". It is 0 for none.
func germanStreet(c []chunk) int {
	at := 1
	if len(c) > 2 && c[2].has&hasDigit != 0 && containsFold(c[1].word, strasse) {
		at = 2
	}
	if len(c) <= at || c[at].has&hasDigit == 0 || c[at].newLine || !isHouse(c[at].word) || len(c[at].word) > 5 {
		return 0
	}
	if at == 2 {
		return at + 1
	}
	for _, end := range strasse {
		if w := c[0].word; len(w) > len(end)+2 && strings.EqualFold(w[len(w)-len(end):], end) {
			return at + 1
		}
	}
	return 0
}

// postcode returns how many chunks a postcode takes: "SW1A 1AA", "CA 94105", "D-10115". It is 0 for none.
func postcode(c []chunk) int {
	followed := len(c) > 1 && c[1].has&hasDigit != 0
	if c[0].has&hasDigit == 0 && (!followed || len(c[0].word) > 3) {
		return 0
	}
	w := trimPunctuation(c[0].word)
	if c[0].has&hasDigit != 0 {
		switch {
		case len(w) == 7 && w[:2] == "D-" && isZip(w[2:]):
			return 1
		case len(w) > 4 && isOutward(w[:len(w)-3]) && isInward(w[len(w)-3:]):
			return 1
		case followed && isOutward(w) && isInward(strings.TrimRight(c[1].word, ".,;)")):
			return 2
		}
		return 0
	}
	if len(w) == 2 && isZip(strings.TrimRight(c[1].word, ".,;)")) && slices.Contains(states, w) {
		return 2
	}
	return 0
}

// isZip reports whether w is an American or German postcode: "94105", "94105-1234".
func isZip(w string) bool {
	return (len(w) == 5 || len(w) == 10 && w[5] == '-') && strings.IndexFunc(strings.Replace(w, "-", "", 1), notDigit) < 0
}

// isOutward reports whether w is the first half of a British postcode: "M1", "EC2", "SW1A".
func isOutward(w string) bool {
	letters := 0
	for letters < len(w) && w[letters] >= 'A' && w[letters] <= 'Z' {
		letters++
	}
	rest := w[letters:]
	return (letters == 1 || letters == 2) && (len(rest) == 1 || len(rest) == 2) && !notDigit(rune(rest[0])) && (len(rest) == 1 || !notDigit(rune(rest[1])) || rest[1] >= 'A' && rest[1] <= 'Z')
}

// isInward reports whether w is the second half of a British postcode: "1AA". "2GB" is not: it is an amount of memory.
func isInward(w string) bool {
	return len(w) == 3 && !notDigit(rune(w[0])) && isUnit(w[1]) && isUnit(w[2]) && (w[2] != 'B' || strings.IndexByte("GTPE", w[1]) < 0)
}

// isUnit reports whether c occurs in the second half of a British postcode.
func isUnit(c byte) bool { return c >= 'A' && c <= 'Z' && strings.IndexByte("CIKMOV", c) < 0 }
