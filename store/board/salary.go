package board

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxSalary is the largest amount of a salary, in hundredths: 100,000,000.00.
const MaxSalary int64 = 100_000_000 * 100

// Salary is what a job pays per Period. At least one of Min and Max is given.
type Salary struct {
	Min, Max *int64       // hundredths of the currency unit, whatever minor unit the currency has
	Currency string       // ISO 4217, three capitals
	Period   SalaryPeriod // the time that the amounts pay for
}

// Equal reports whether both say the same.
func (s Salary) Equal(o Salary) bool {
	return Same(s.Min, o.Min) && Same(s.Max, o.Max) && s.Currency == o.Currency && s.Period == o.Period
}

// Text writes the salary for a person: "GBP 45,000 - 55,000 per year".
func (s Salary) Text() string {
	var amount string
	switch {
	case s.Min != nil && s.Max != nil && *s.Min != *s.Max:
		amount = grouped(*s.Min) + " - " + grouped(*s.Max)
	case s.Min != nil && s.Max == nil:
		amount = "from " + grouped(*s.Min)
	case s.Min != nil:
		amount = grouped(*s.Min)
	case s.Max != nil:
		amount = "up to " + grouped(*s.Max)
	default:
		return ""
	}
	return s.Currency + " " + amount + " per " + strings.ToLower(string(s.Period))
}

// Hundredths turns a JSON number into hundredths. ok is false when it has more than two decimals or does not fit;
// the range of a salary is checked with its other rules.
func Hundredths(amount float64) (hundredths int64, ok bool) {
	// The shortest decimal that reads back as the same float64 is what the sender wrote; arithmetic on the binary
	// value would refuse 0.29 and accept 0.290000001.
	whole, frac, _ := strings.Cut(strconv.FormatFloat(amount, 'f', -1, 64), ".")
	if len(frac) > 2 || len(whole) > 16 {
		return 0, false
	}
	h, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	return h, err == nil
}

// Amount turns hundredths into a JSON number with at most two decimals.
func Amount(hundredths int64) float64 { return float64(hundredths) / 100 }

// grouped writes an amount with thousands separators, and with decimals only when it has any.
func grouped(hundredths int64) string {
	digits := strconv.FormatInt(hundredths/100, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if cents := hundredths % 100; cents != 0 {
		digits += fmt.Sprintf(".%02d", cents)
	}
	return digits
}
