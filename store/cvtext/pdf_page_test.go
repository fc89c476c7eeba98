package cvtext

import (
	"testing"

	"github.com/klippa-app/go-pdfium/enums"
)

func TestAPageIsTurnedWhenItsLinesRunDown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		directions [quarters]int
		rotation   enums.FPDF_PAGE_ROTATION
		upright    enums.FPDF_PAGE_ROTATION
		turned     bool
	}{
		"from left to right":           {[quarters]int{40, 0, 0, 0}, 0, 0, false},
		"down":                         {[quarters]int{0, 40, 0, 0}, 0, 3, true},
		"down, and turned upright":     {[quarters]int{0, 40, 0, 0}, 3, 0, false},
		"a page that is turned itself": {[quarters]int{40, 0, 0, 0}, 1, 0, true},
		"some lines down":              {[quarters]int{20, 20, 0, 0}, 0, 0, false},
		// Turning it would never end.
		"no character tells": {[quarters]int{}, 0, 0, false},
	} {
		if upright, turned := uprightOf(tc.directions, tc.rotation); upright != tc.upright || turned != tc.turned {
			t.Errorf("%s: %d, %t; want %d, %t", name, upright, turned, tc.upright, tc.turned)
		}
	}
}
