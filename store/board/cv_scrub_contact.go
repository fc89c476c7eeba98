package board

import (
	"slices"
	"strings"
)

// contact tells how many chunks from the i-th on are contact data, 0 for none.
func contact(all []chunk, i int) int {
	c := all[i:]
	first := &c[0]
	if isProse(c) {
		return 0
	}
	if first.has&hasDigit != 0 || first.word[0] == '+' || first.word[0] == '(' {
		if n := phone(all, i); n > 0 {
			return n
		}
	}
	if first.has&(hasAt|hasDot|hasColon) != 0 && isLink(first) {
		return brokenAddress(c)
	}
	if n := account(c); n > 0 {
		return n
	}
	if len(c) > 1 {
		if next := &c[1]; next.word[0] == '@' && next.newLine && next.has&hasDot != 0 {
			return 2 // the end of an address on the next line
		}
		if n := spelledAddress(c); n > 0 {
			return n
		}
	}
	return postal(c)
}

// isProse tells whether the first chunk and what comes after it are words of a sentence, as most are: no rule of contact
// can begin there.
func isProse(c []chunk) bool {
	const other = hasDigit | hasAt | hasDot | hasColon | hasSign
	if c[0].has&other != 0 {
		return false
	}
	if len(c) > 1 && (c[1].has&other != 0 || len(c[1].word) == 2 && c[1].word[0]|0x20 == 'a') { // "at"
		return false
	}
	return len(c) < 3 || c[2].has&hasDigit == 0
}

// isLink tells whether a chunk holds an email address, a handle or a link.
func isLink(c *chunk) bool {
	if c.has&hasAt != 0 {
		return len(c.word) > 1
	}
	if c.has&hasColon != 0 && strings.Contains(c.word, "://") {
		return true
	}
	if c.has&hasDot == 0 || c.has&hasLetter == 0 {
		return false
	}
	w := strings.Trim(c.word, `.,;:!?()[]<>"'`)
	host, path, hasPath := strings.Cut(w, "/")
	if at := strings.LastIndexByte(host, ':'); at >= 0 && strings.Contains(host[at:], ".") {
		host = host[at+1:] // "web:jane.example"
	}
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || host[0] == '.' {
		return false
	}
	if len(host) > 4 && strings.EqualFold(host[:4], "www.") {
		return true
	}
	last := strings.ToLower(host[dot+1:])
	if hasPath && path != "" && len(last) >= 2 && !strings.ContainsFunc(last, func(c rune) bool { return c < 'a' || c > 'z' }) {
		// "linkedin.com/in/somebody"; not "asp.net/c#" nor "node.js/express".
		return last != "net" && last != "js" || strings.IndexByte(host, '.') != dot
	}
	return slices.Contains(linkEnds, last)
}

// linkEnds are the last parts of names that are hosts rather than products ("Node.js", "socket.io").
var linkEnds = strings.Fields("com org info biz me dev app co uk de fr ie eu nl es it pl pt ch at be se no dk fi in ru ua example")

// brokenAddress tells how many chunks an address takes that a line break may have cut: "jane@\nmail.example".
func brokenAddress(c []chunk) int {
	_, host, isAddress := strings.Cut(c[0].word, "@")
	if !isAddress || len(c) == 1 || !c[1].newLine {
		return 1
	}
	next := c[1].word
	switch {
	case host == "" && c[1].has&hasDot != 0,
		host != "" && strings.IndexByte(host, '.') == len(host)-1 && next[0] >= 'a' && next[0] <= 'z', // "jane@mail.\nexample"
		host != "" && !strings.Contains(host, ".") && next[0] == '.' && len(next) > 1:
		return 2
	}
	return 1
}

// account tells how many chunks the name of an account takes: "skype:jane", "Telegram: jane", "Skype ID: jane", "skype
// jane_85".
func account(c []chunk) int {
	first := &c[0]
	if first.has&hasColon != 0 {
		service, name, _ := strings.Cut(first.word, ":")
		switch {
		case !foldedIn(service, services):
			return 0
		case name != "":
			return 1
		case len(c) > 1 && !c[1].newLine && foldedIn(service, messengers):
			return 2
		}
		return 0
	}
	if len(c) < 2 || c[1].newLine || c[1].has&(hasColon|hasDigit) == 0 && !strings.Contains(c[1].word, "_") || !foldedIn(first.word, messengers) {
		return 0
	}
	if next := &c[1]; next.has&hasColon != 0 {
		if len(c) > 2 && !c[2].newLine && foldedIn(strings.TrimSuffix(next.word, ":"), accountWords) {
			return 3
		}
		if service, _, _ := strings.Cut(next.word, ":"); foldedIn(service, accountWords) || strings.EqualFold(service, "live") {
			return 2
		}
		return 0
	}
	if c[1].has&hasLetter != 0 && len(c[1].word) >= shortestHandle {
		return 2
	}
	return 0
}

var (
	messengers   = strings.Fields("skype whatsapp telegram wechat viber threema icq snapchat instagram twitter linkedin xing discord")
	services     = append(strings.Fields("facebook fb github gitlab signal slack line mailto tel"), messengers...)
	accountWords = strings.Fields("id name handle username user nick nickname account")
)

// foldedIn tells whether a word is one of a list, in letters of any size.
func foldedIn(w string, list []string) bool {
	for _, l := range list {
		if len(l) == len(w) && strings.EqualFold(l, w) {
			return true
		}
	}
	return false
}

// spelledAddress tells how many chunks an address takes that is spelled out: "jane at mail dot example".
func spelledAddress(c []chunk) int {
	word := func(i int) string {
		if i >= len(c) {
			return ""
		}
		return c[i].word
	}
	isDot := func(w string) bool {
		return len(w) >= 3 && len(w) <= 5 && strings.EqualFold(strings.Trim(w, "()[]{}"), "dot")
	}
	switch at := word(1); {
	case len(at) == 2 && strings.EqualFold(at, "at"):
		if isDot(word(3)) {
			return min(5, len(c))
		}
	case len(at) == 4 && strings.EqualFold(at[1:3], "at") && strings.ContainsAny(at[:1], "([{"), at == "@":
		if isDot(word(3)) {
			return min(5, len(c))
		}
		if strings.Contains(word(2), ".") {
			return 3
		}
	}
	if w := word(0); len(w) > 6 && strings.ContainsAny(w, "([{") {
		w = strings.ToLower(w)
		if strings.Contains(w, "(at)") || strings.Contains(w, "[at]") || strings.Contains(w, "{at}") {
			return 1
		}
	}
	return 0
}

// callsFor tells whether a word announces a number.
func callsFor(w string) bool {
	w = unpunctuated(w)
	return len(w) > 2 && len(w) < 10 && foldedIn(w, calls)
}

var calls = strings.Fields("tel phone telephone telefon mobile mob mobil cell handy fax call ring text whatsapp")

// phone tells how many chunks from the i-th on a telephone number takes.
func phone(all []chunk, i int) int {
	c, label := all[i:], ""
	first := c[0].word
	if i > 0 {
		label = all[i-1].word
	}
	if at := strings.LastIndexByte(first, ':'); at >= 0 && at+1 < len(first) { // "Tel:+44"
		label, first = first[:at], first[at+1:]
	}
	if first[0] != '+' && first[0] != '(' && notDigit(rune(first[0])) || first == "000" { // which ends an amount
		return 0
	}
	called := callsFor(label)
	var digits, n, end int
	dates, amounts := true, true
	for n < len(c) {
		w := first
		if n > 0 {
			w = c[n].word
		}
		number := unpunctuated(w)
		d, ok := phoneDigits(number)
		if !ok || n > 0 && c[n].newLine {
			break
		}
		digits += d
		dates = dates && isDate(number)
		amounts = amounts && isAmount(number, n == 0 || c[n-1].has&hasDigit == 0)
		n++
		if d > 0 {
			end = n
		}
		if len(number) < len(w) {
			break // a full stop or comma ends it
		}
	}
	switch dialled := first[0] == '+' || first[0] == '(' || first[0] == '0'; {
	case dates, amounts && !dialled && !called:
	case digits >= 9, dialled && digits >= 7, called && digits >= 6, isLocalNumber(unpunctuated(first)):
		return end
	}
	return 0
}

// unpunctuated is a word without the signs that end a part of a sentence.
func unpunctuated(w string) string {
	for w != "" && strings.IndexByte(".,;:", w[len(w)-1]) >= 0 {
		w = w[:len(w)-1]
	}
	return w
}

func phoneDigits(w string) (digits int, ok bool) {
	for i := range len(w) {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			digits++
		case strings.IndexByte("+()-./", c) < 0:
			return 0, false
		}
	}
	return digits, true
}

func notDigit(c rune) bool { return c < '0' || c > '9' }

// isDate tells whether the digits of w are dates, months or years: "2015-2019", "2015", "-", "01/2019", "2019-04-01".
func isDate(w string) bool {
	var years, others int
	for group := range strings.FieldsFuncSeq(w, notDigit) {
		switch {
		case len(group) == 4 && (group[:2] == "19" || group[:2] == "20"):
			years++
		case len(group) <= 2:
			others++
		default:
			return false
		}
	}
	return years > 0 && others <= 2*years || years+others == 0
}

// isAmount tells whether w is a part of an amount that is written in thousands, or stands between two: "65", "000", "-",
// "65000-75000". Amounts are round, as salaries are and numbers of telephones are not.
func isAmount(w string, first bool) bool {
	if w == "-" || first && len(w) <= 3 {
		return true
	}
	low, high, isSpan := strings.Cut(w, "-")
	if isSpan {
		return first && isRound(low) && isRound(high)
	}
	return len(w) == 3 && isRound(w)
}

func isRound(w string) bool { return strings.HasSuffix(w, "00") && strings.IndexFunc(w, notDigit) < 0 }

// isLocalNumber tells whether w is a number as it is dialled within a town: "555-0100". A span ends in a round number.
func isLocalNumber(w string) bool {
	return len(w) == 8 && w[3] == '-' && strings.TrimFunc(w[:3]+w[4:], func(c rune) bool { return !notDigit(c) }) == "" &&
		(w[4] == '0' || w[6:] != "00")
}
