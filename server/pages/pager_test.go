package pages

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPagerLeadsToPagesThatAreThere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page NumberedPage
		want *Pager
	}{
		"the only one":     {NumberedPage{Number: 1, Size: 10, Total: 10, Shown: 10, Items: "10 jobs"}, nil},
		"the first":        {NumberedPage{Number: 1, Size: 10, Total: 25, Shown: 10, Items: "25 jobs"}, &Pager{Shown: "1–10 of 25 jobs", Next: "2"}},
		"one between":      {NumberedPage{Number: 2, Size: 10, Total: 25, Shown: 10, Items: "25 jobs"}, &Pager{Shown: "11–20 of 25 jobs", Previous: "1", Next: "3"}},
		"the last":         {NumberedPage{Number: 3, Size: 10, Total: 25, Shown: 5, Items: "25 jobs"}, &Pager{Shown: "21–25 of 25 jobs", Previous: "2"}},
		"beyond the last":  {NumberedPage{Number: 9, Size: 10, Total: 25, Items: "25 jobs"}, &Pager{Shown: "There are fewer pages now.", Previous: "3"}},
		"of an empty list": {NumberedPage{Number: 4, Size: 10, Items: "0 jobs"}, &Pager{Shown: "There are fewer pages now.", Previous: "1"}},
	} {
		if diff := cmp.Diff(tt.want, tt.page.Pager(strconv.Itoa)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestANumberThatIsNotKnownIsRounded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "", 3: "3+", 9: "9+", 10: "10+", 678: "600+", 1999: "1000+", 2001: "2000+", 99_999: "90000+"} {
		if got := AtLeast(n); got != want {
			t.Errorf("%d is at least %q, want %q", n, got, want)
		}
	}
}
