package publication_test

import (
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

func TestAYearlySalaryIsOfTheWholeAmount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		salary *board.Salary
		want   int64
	}{
		{nil, 0},
		{&board.Salary{Currency: "GBP", Period: board.PerYear}, 0},
		{&board.Salary{Min: new(int64(28_50)), Currency: "GBP", Period: board.PerHour}, 50_160},
		{&board.Salary{Min: new(int64(28_50)), Max: new(int64(28_99)), Currency: "GBP", Period: board.PerHour}, 51_022},
		{&board.Salary{Max: new(int64(227_75)), Currency: "GBP", Period: board.PerDay}, 50_105},
		{&board.Salary{Max: new(int64(4_166_70)), Currency: "GBP", Period: board.PerMonth}, 50_000},
		{&board.Salary{Max: new(int64(49_999_99)), Currency: "GBP", Period: board.PerYear}, 49_999},
	} {
		if got := publication.YearlySalary(tc.salary); got != tc.want {
			t.Errorf("%+v: %d for a year, want %d", tc.salary, got, tc.want)
		}
	}
	if got := publication.SalaryStep(&board.Salary{Min: new(int64(28_50)), Currency: "GBP", Period: board.PerHour}); got != 3 {
		t.Errorf("GBP 28.50 per hour reaches %d steps, want 3", got)
	}
}
