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

// SalaryPatch is a change of any subset of a salary, which it begins when there is none.
type SalaryPatch struct {
	Min, Max Change[int64]
	Currency Change[string]       // cannot be cleared
	Period   Change[SalaryPeriod] // cannot be cleared
}

// SetSalary returns the Change that sets every part of a salary.
func SetSalary(s Salary) Change[SalaryPatch] {
	return Set(SalaryPatch{
		Min: Change[int64]{Set: true, Value: s.Min}, Max: Change[int64]{Set: true, Value: s.Max}, Currency: Set(s.Currency), Period: Set(s.Period),
	})
}

// appliedTo is the salary after the change; before may be nil. What it lacks then, problems tells.
func (p SalaryPatch) appliedTo(before *Salary) Salary {
	var after Salary
	if before != nil {
		after = *before
	}
	assign(&after.Min, p.Min)
	assign(&after.Max, p.Max)
	if p.Currency.Value != nil {
		after.Currency = *p.Currency.Value
	}
	if p.Period.Value != nil {
		after.Period = *p.Period.Value
	}
	return after
}

// Equal reports whether both are the same salary, in the same form.
func (s Salary) Equal(o Salary) bool {
	return Same(s.Min, o.Min) && Same(s.Max, o.Max) && s.Currency == o.Currency && s.Period == o.Period
}

// Yearly converts an amount to a year of 220 days of 8 hours.
func (p SalaryPeriod) Yearly(amount int64) int64 {
	switch p {
	case PerHour:
		return amount * 8 * 220
	case PerDay:
		return amount * 220
	case PerMonth:
		return amount * 12
	case PerYear:
	}
	return amount
}

// Yearly returns the minimum and the maximum of s for a year, in hundredths; 0 for a bound that is not set.
func (s Salary) Yearly() (least, most int64) {
	if s.Min != nil {
		least = s.Period.Yearly(*s.Min)
	}
	if s.Max != nil {
		most = s.Period.Yearly(*s.Max)
	}
	return least, most
}

// Expected returns the least that a candidate expects for a year, in hundredths.
func (s Salary) Expected() int64 {
	least, most := s.Yearly()
	if least == 0 {
		return most
	}
	return least
}

// Text formats the salary for people: "GBP 45,000 - 55,000 per year".
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

// Hundredths converts a JSON number to hundredths. ok is false when it has more than two decimals or does not fit.
func Hundredths(amount float64) (hundredths int64, ok bool) {
	// The shortest decimal that reads back as the same float64 is what the sender has written. Arithmetic on the binary
	// value would refuse 29 hundredths, and accept 29.0000001.
	whole, frac, _ := strings.Cut(strconv.FormatFloat(amount, 'f', -1, 64), ".")
	if len(frac) > 2 || len(whole) > 16 {
		return 0, false
	}
	h, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	return h, err == nil
}

// Amount converts hundredths to a JSON number with at most two decimals.
func Amount(hundredths int64) float64 { return float64(hundredths) / 100 }

// grouped formats an amount with thousands separators, and with decimals only when it has any.
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

// currencies are the active codes of ISO 4217 for money that people are paid in: without funds codes, metals, bonds
// and the test code.
const currencies = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD" +
	" CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD" +
	" HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD" +
	" MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG" +
	" QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD" +
	" TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "

// isCurrency reports whether code is one of currencies, in capitals.
func isCurrency(code string) bool {
	return len(code) == 3 && !strings.Contains(code, " ") && strings.Contains(currencies, " "+code+" ")
}
