package contract

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestWhatNobodyIsToldOfCostsLittle sends a hundred times as many unknown names and wrong items as an answer names. The allocations tell
// the work: to read a name takes a few.
func TestWhatNobodyIsToldOfCostsLittle(t *testing.T) { //nolint:paralleltest // it counts allocations
	const many, most = 100 * maxProblems, 500 * maxProblems
	v := testValidator(t)
	var names, items strings.Builder
	query := url.Values{}
	for i := range many {
		fmt.Fprintf(&names, `,"unknown%d":1`, i)
		items.WriteString(",1")
		query.Set(fmt.Sprintf("unknown%d", i), "1")
	}
	for name, check := range map[string]func() error{
		"names": func() error {
			_, err := checkJSON(v, http.MethodPost, "/api/v1/jobs", `{"title":"CIO"`+names.String()+`}`)
			return err
		},
		"items": func() error {
			_, err := checkJSON(v, http.MethodPost, "/api/v1/jobs", `{"title":"CIO","requiredSkills":[1`+items.String()+`]}`)
			return err
		},
		"parameters": func() error {
			return checkRequest(v, httptest.NewRequest(http.MethodGet, "/?"+query.Encode(), http.NoBody), "/api/v1/jobs", nil)
		},
	} {
		if check() == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
		n := testing.AllocsPerRun(3, func() { _ = check() })
		if n > most {
			t.Errorf("%s: %.0f allocations, want %d at most", name, n, most)
		}
	}
}
