package board_test

import (
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestVAT(t *testing.T) {
	t.Parallel()
	seller := board.Seller{Country: "GB", VATPermille: 200}
	for _, tc := range []struct {
		name string
		to   board.BillingDetails
		net  int64
		want int64
	}{
		{"at home", board.BillingDetails{Country: "GB"}, 14900, 2980},
		{"at home with a number", board.BillingDetails{Country: "GB", VATNumber: "GB123456789"}, 14900, 2980},
		{"abroad with a number", board.BillingDetails{Country: "DE", VATNumber: "DE123456789"}, 14900, 0},
		{"abroad without one", board.BillingDetails{Country: "DE"}, 14900, 2980},
		{"half a penny is rounded up", board.BillingDetails{Country: "GB"}, 3, 1},
	} {
		if got := board.VAT(tc.net, board.VATRate(seller, tc.to)); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestBillingDetailsAreChecked(t *testing.T) {
	t.Parallel()
	got, err := board.BillingDetails{Company: " Northwind ", Address: "1 High Street\r\nLeeds ", Country: "gb", VATNumber: "GB 123-456.789"}.Normalize()
	diff(t, "details", board.BillingDetails{Company: "Northwind", Address: "1 High Street\nLeeds", Country: "GB", VATNumber: "GB123456789"}, got)
	if err != nil {
		t.Error(err)
	}
	_, err = board.BillingDetails{Company: "\u200b", Address: strings.Repeat("x", 501), Country: "England", VATNumber: "<b>"}.Normalize()
	var fields []string
	if e, ok := err.(*board.Error); ok { //nolint:errorlint // Normalize returns it as it is
		for _, f := range e.Fields {
			fields = append(fields, f.Field)
		}
	}
	diff(t, "fields", []string{"company", "address", "country", "vatNumber"}, fields)
	// Of a buyer abroad with a VAT number no tax is asked: a code that no country has must not be abroad.
	if _, err := (board.BillingDetails{Company: "Northwind", Address: "Leeds", Country: "UK", VATNumber: "GB123456789"}).Normalize(); err == nil {
		t.Error("UK is taken for a country")
	}
}

func TestAContractIsAddedToWhatIsLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	past, ahead := now.AddDate(0, -1, 0), now.AddDate(0, 2, 0)
	diff(t, "none", now.AddDate(1, 0, 0), board.ContractEnd(nil, 12, now))
	diff(t, "over", now.AddDate(1, 0, 0), board.ContractEnd(&past, 12, now))
	diff(t, "running", ahead.AddDate(1, 0, 0), board.ContractEnd(&ahead, 12, now))
	for _, tc := range []struct {
		from   time.Time
		months int
		want   time.Time
	}{
		{time.Date(2027, 8, 31, 9, 30, 0, 0, time.UTC), 6, time.Date(2028, 2, 29, 9, 30, 0, 0, time.UTC)},
		{time.Date(2026, 12, 31, 9, 30, 0, 0, time.UTC), 2, time.Date(2027, 2, 28, 9, 30, 0, 0, time.UTC)},
		{time.Date(2028, 2, 29, 9, 30, 0, 0, time.UTC), 12, time.Date(2029, 2, 28, 9, 30, 0, 0, time.UTC)},
		{time.Date(2028, 2, 29, 9, 30, 0, 0, time.UTC), 48, time.Date(2032, 2, 29, 9, 30, 0, 0, time.UTC)},
	} {
		diff(t, "the end of a month", tc.want, board.ContractEnd(nil, tc.months, tc.from))
	}
}

func TestACreditChangeNeedsAReason(t *testing.T) {
	t.Parallel()
	if _, err := (board.CreditChange{Kind: board.CreditJobPosting, Delta: -3, Note: "granted twice"}).Normalize(); err != nil {
		t.Error(err)
	}
	for _, c := range []board.CreditChange{
		{Kind: board.CreditJobPosting, Delta: 3}, {Kind: "Gold", Delta: 3, Note: "x"}, {Kind: board.CreditCVSearch, Note: "x"},
		{Kind: board.CreditCVSearch, Delta: 1_000_001, Note: "x"},
	} {
		if _, err := c.Normalize(); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
