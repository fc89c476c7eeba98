package board_test

import (
	"math"
	"testing"

	"itmanagerjobs/store/board"
)

func TestHundredths(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   float64
		want int64
		ok   bool
	}{
		{0, 0, true},
		{math.Copysign(0, -1), 0, true},
		{0.29, 29, true},
		{1.1, 110, true},
		{45_000, 4_500_000, true},
		{100_000_000.01, 10_000_000_001, true},
		{-0.5, -50, true},
		{0.291, 0, false},
		{1e-9, 0, false},
		{1e300, 0, false},
		{math.NaN(), 0, false},
		{math.Inf(1), 0, false},
		{math.Inf(-1), 0, false},
	} {
		got, ok := board.Hundredths(tc.in)
		if got != tc.want || ok != tc.ok {
			t.Errorf("Hundredths(%v) = %d, %t; want %d, %t", tc.in, got, ok, tc.want, tc.ok)
		}
	}
	for h := int64(0); h < 1_000_000; h += 37 {
		if got, ok := board.Hundredths(board.Amount(h)); got != h || !ok {
			t.Fatalf("%d came back as %d, %t", h, got, ok)
		}
	}
}

func TestSalaryText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		salary board.Salary
		want   string
	}{
		{board.Salary{Min: ptr[int64](45_000_00), Max: ptr[int64](55_000_00), Currency: "GBP", Period: board.PerYear}, "GBP 45,000 - 55,000 per year"},
		{board.Salary{Min: ptr[int64](5_00), Max: ptr[int64](5_00), Currency: "EUR", Period: board.PerHour}, "EUR 5 per hour"},
		{board.Salary{Min: ptr[int64](1_234_567_05), Currency: "JPY", Period: board.PerMonth}, "JPY from 1,234,567.05 per month"},
		{board.Salary{Max: ptr[int64](999_50), Currency: "USD", Period: board.PerDay}, "USD up to 999.50 per day"},
		{board.Salary{}, ""},
	} {
		diff(t, "text", tc.want, tc.salary.Text())
	}
}
