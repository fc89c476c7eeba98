package pages

import (
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
)

// ParseMoney reads an amount as people write it, such as "95,000", "£95 000" or "95000.50", in hundredths. An amount has
// digits, at most two decimals after a point, and may have commas or spaces between thousands; a "k" at its end means
// thousands.
func ParseMoney(s string) (hundredths int64, ok bool) {
	s = strings.TrimLeft(strings.TrimSpace(s), "£$€")
	thousands := int64(1)
	if rest, found := strings.CutSuffix(strings.ToLower(s), "k"); found {
		s, thousands = rest, 1000
	}
	s = strings.NewReplacer(",", "", " ", "", "\u00a0", "", "\u202f", "").Replace(s)
	whole, decimals, _ := strings.Cut(s, ".")
	if whole == "" || len(whole) > 12 || len(decimals) > 2 {
		return 0, false
	}
	for _, c := range whole + decimals {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(whole+(decimals + "00")[:2], 10, 64)
	return n * thousands, err == nil
}

// FormatMoney writes hundredths as people read them: "95,000", and "95,000.50" where there are pence.
func FormatMoney(hundredths int64) string {
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "−", -hundredths
	}
	digits := strconv.FormatInt(hundredths/100, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if pence := hundredths % 100; pence != 0 {
		digits += "." + strconv.FormatInt(100+pence, 10)[1:]
	}
	return sign + digits
}

// CurrencySign is the sign of a currency, or its code and a space: "£", "€", "CHF ".
func CurrencySign(code string) string {
	switch code {
	case "GBP":
		return "£"
	case "EUR":
		return "€"
	case "USD":
		return "$"
	}
	return code + " "
}

// SalaryText writes a salary as people read it: "£95,000 – £115,000 a year", "from £400 a day".
func SalaryText(s board.Salary) string {
	amount := func(n *int64) string { return CurrencySign(s.Currency) + FormatMoney(*n) }
	var text string
	switch {
	case s.Min != nil && s.Max != nil && *s.Min != *s.Max:
		text = amount(s.Min) + " – " + amount(s.Max)
	case s.Min != nil && s.Max == nil:
		text = "from " + amount(s.Min)
	case s.Min != nil:
		text = amount(s.Min)
	case s.Max != nil:
		text = "up to " + amount(s.Max)
	default:
		return ""
	}
	switch s.Period {
	case board.PerHour:
		return text + " an hour"
	case board.PerDay, board.PerMonth, board.PerYear:
	}
	return text + " a " + strings.ToLower(string(s.Period))
}
