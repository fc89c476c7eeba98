package board

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// OrderStatus is where an order stands.
type OrderStatus string

// The statuses of an order. What it is for is granted when it becomes Paid, once.
const (
	OrderOpen      OrderStatus = "Open"
	OrderPaid      OrderStatus = "Paid"
	OrderCancelled OrderStatus = "Cancelled"
)

// AllOrderStatuses lists every OrderStatus.
func AllOrderStatuses() []OrderStatus {
	return []OrderStatus{OrderOpen, OrderPaid, OrderCancelled}
}

// Valid reports whether s is one of AllOrderStatuses.
func (s OrderStatus) Valid() bool { return slices.Contains(AllOrderStatuses(), s) }

// CheckOrderOpen allows what ends an order: to pay it, or to cancel it. Error: invalid_state.
func CheckOrderOpen(s OrderStatus) error {
	switch s {
	case OrderPaid:
		return Errorf(CodeInvalidState, "This order is paid already. Nothing was changed.")
	case OrderCancelled:
		return Errorf(CodeInvalidState, "This order is cancelled. Order again instead.")
	case OrderOpen:
	}
	return nil
}

// Seller is who writes the invoices.
type Seller struct {
	Name, Address string
	// Country is ISO 3166-1 alpha-2.
	Country   string
	VATNumber string
	// VATPermille is the rate of value added tax in thousandths.
	VATPermille int
	// HowToPay is where the money goes, in lines, as it stands below an invoice; empty when the operator says it elsewhere.
	HowToPay string
}

// maxVAT is in thousandths.
const maxVAT = 500

// ParseVATRate reads a rate in per cent, such as 20 or 7.5, into thousandths. Its error says what to write.
func ParseVATRate(s string) (permille int, err error) {
	percent, err := strconv.ParseFloat(s, 64)
	permille = int(math.Round(percent * 10))
	if err != nil || math.IsNaN(percent) || permille < 0 || permille > maxVAT || math.Abs(percent*10-float64(permille)) > 1e-6 {
		return 0, fmt.Errorf("\"%s\" is not a rate from 0 to 50 with at most one decimal, for example 20 or 7.5", s)
	}
	return permille, nil
}

// BillingDetails is who gets an invoice.
type BillingDetails struct {
	Company string
	// Address has lines.
	Address string
	// Country is ISO 3166-1 alpha-2.
	Country string
	// VATNumber is empty for a company that has none.
	VATNumber string
}

// Most characters of the details of an invoice.
const (
	MaxBillingAddress = 500
	MaxVATNumber      = 20
)

var vatNumber = regexp.MustCompile(`^[A-Z0-9+*]{4,20}$`)

// Normalize trims and checks the details. A VAT number is kept without spaces, points and hyphens.
// Error: invalid_request naming every bad field: company, address, country, vatNumber.
func (b BillingDetails) Normalize() (BillingDetails, error) {
	var problems []FieldError
	company, problem, bad := CheckText("company", b.Company, TextRule{Min: 1, Max: maxAccountName})
	if bad {
		problems = append(problems, problem)
	}
	b.Company = company
	b.Address = CleanText(b.Address)
	switch n := utf8.RuneCountInString(b.Address); {
	case !showsSomething(b.Address):
		problems = append(problems, FieldError{"address", FieldTooShort, "must not be empty"})
	case n > MaxBillingAddress:
		problems = append(problems, TooLong("address", n, MaxBillingAddress))
	}
	b.Country = strings.ToUpper(strings.TrimSpace(b.Country))
	if _, known := CountryOf(b.Country); !known {
		problems = append(problems, FieldError{"country", FieldInvalidFormat, "must be the code of a country with two letters, such as GB"})
	}
	b.VATNumber = strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(b.VATNumber))
	if b.VATNumber != "" && !vatNumber.MatchString(b.VATNumber) {
		problems = append(problems, FieldError{"vatNumber", FieldInvalidFormat, fmt.Sprintf("must have letters and digits, 4 to %d of them", MaxVATNumber)})
	}
	return b, InvalidOrNil(problems)
}

// VATRate is the rate in thousandths for a buyer: that of the seller's country, and none for a company abroad with a VAT number,
// which accounts for the tax itself (the reverse charge, Council Directive 2006/112/EC, articles 44 and 196; in the United
// Kingdom VATA 1994, section 7A).
func VATRate(s Seller, b BillingDetails) int {
	if b.Country != s.Country && b.VATNumber != "" {
		return 0
	}
	return s.VATPermille
}

// VAT is the tax on a net amount, in hundredths, rounded half up.
func VAT(netMinor int64, permille int) int64 { return (netMinor*int64(permille) + 500) / 1000 }

// InvoiceNumber is how people write the number of an invoice: "2026-00042".
func InvoiceNumber(year, number int) string { return fmt.Sprintf("%d-%05d", year, number) }

// Price is an amount in hundredths of a currency as people write it: "£718.80".
func Price(minor int64, currency string) string {
	sign := map[string]string{"GBP": "£", "EUR": "€", "USD": "$"}[currency]
	if sign == "" {
		sign = currency + " "
	}
	digits := fmt.Sprintf("%d.%02d", minor/100, minor%100)
	for i := len(digits) - 6; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
