package redact

import "strings"

// announcesNumber reports whether a word stands before a telephone number, as in "Tel.".
func announcesNumber(w string) bool {
	w = trimPunctuation(w)
	return len(w) > 2 && len(w) < 10 && containsFold(w, phoneLabels)
}

var phoneLabels = strings.Fields("tel phone telephone telefon mobile mob mobil cell handy fax call ring text whatsapp")

// phone returns how many chunks, from the i-th on, a telephone number takes; 0 for none.
func phone(all []chunk, i int) int {
	c, label := all[i:], ""
	first := c[0].word
	if i > 0 {
		label = all[i-1].word
	}
	if at := strings.LastIndexByte(first, ':'); at >= 0 && at+1 < len(first) { // "Tel:+44"
		label, first = first[:at], first[at+1:]
	}
	if first[0] != '+' && first[0] != '(' && notDigit(rune(first[0])) || first == "000" { // the end of an amount
		return 0
	}
	called := announcesNumber(label)
	var digits, n, end int
	dates, amounts := true, true
	for n < len(c) {
		w := first
		if n > 0 {
			w = c[n].word
		}
		number := trimPunctuation(w)
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
	case digits >= 9, dialled && digits >= 7, called && digits >= 6, isLocalNumber(trimPunctuation(first)):
		return end
	}
	return 0
}

// trimPunctuation removes the full stops, commas and the like at the end of a word.
func trimPunctuation(w string) string {
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

// isDate reports whether w consists of dates, months or years, or has no digits: "2015-2019", "2015", "-", "01/2019",
// "2019-04-01".
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

// isAmount reports whether w is a part of an amount in groups of three digits, or a dash between two amounts: "65", "000",
// "-", "65000-75000". Amounts in CVs are round, such as salaries; telephone numbers are not.
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

// isLocalNumber reports whether w is a telephone number without an area code: "555-0100". A range such as "100-2000" ends
// in a round number.
func isLocalNumber(w string) bool {
	return len(w) == 8 && w[3] == '-' && strings.TrimFunc(w[:3]+w[4:], func(c rune) bool { return !notDigit(c) }) == "" &&
		(w[4] == '0' || w[6:] != "00")
}
