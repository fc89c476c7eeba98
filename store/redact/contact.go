package redact

import (
	"slices"
	"strings"
)

// contact returns how many chunks, from the i-th on, are contact data; 0 for none.
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
			return 2 // an address that continues on the next line
		}
		if n := spelledOutAddress(c); n > 0 {
			return n
		}
	}
	return postal(c)
}

// isProse reports whether the first chunks are plain words of a sentence, at which no rule of contact can match. Most of a
// text is: this saves the rules.
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

// isLink reports whether a chunk contains an email address, a handle or a link.
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
	return slices.Contains(linkSuffixes, last)
}

// linkSuffixes are the last labels of host names. Others are names of products, such as Node.js and socket.io.
var linkSuffixes = strings.Fields("com org info biz me dev app co uk de fr ie eu nl es it pl pt ch at be se no dk fi in ru ua example")

// brokenAddress returns how many chunks an address takes that may be broken at the end of a line: "jane@\nmail.example".
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

// account returns how many chunks the name of an account takes, with its service; 0 for none. Examples: "skype:jane",
// "Telegram: jane", "Skype ID: jane", "skype jane_85".
func account(c []chunk) int {
	first := &c[0]
	if first.has&hasColon != 0 {
		service, name, _ := strings.Cut(first.word, ":")
		switch {
		case !containsFold(service, services):
			return 0
		case name != "":
			return 1
		case len(c) > 1 && !c[1].newLine && containsFold(service, messengers):
			return 2
		}
		return 0
	}
	if len(c) < 2 || c[1].newLine || c[1].has&(hasColon|hasDigit) == 0 && !strings.Contains(c[1].word, "_") || !containsFold(first.word, messengers) {
		return 0
	}
	if next := &c[1]; next.has&hasColon != 0 {
		if len(c) > 2 && !c[2].newLine && containsFold(strings.TrimSuffix(next.word, ":"), accountWords) {
			return 3
		}
		if service, _, _ := strings.Cut(next.word, ":"); containsFold(service, accountWords) || strings.EqualFold(service, "live") {
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

// containsFold reports whether a list contains a word, in upper or lower case.
func containsFold(w string, list []string) bool {
	for _, l := range list {
		if len(l) == len(w) && strings.EqualFold(l, w) {
			return true
		}
	}
	return false
}

// spelledOutAddress returns how many chunks an address takes that is spelled out, such as "jane at mail dot example";
// 0 for none.
func spelledOutAddress(c []chunk) int {
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
