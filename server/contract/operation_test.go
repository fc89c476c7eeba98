package contract

import (
	"strings"
	"testing"
	"time"
)

// TestDeprecationIsReadFromTheContract reads contracts that v1 is not: each with one operation.
func TestDeprecationIsReadFromTheContract(t *testing.T) {
	t.Parallel()
	read := func(keys string) (Operation, error) {
		all, err := readOperations([]byte(`{"paths": {"/x": {"get": {"operationId": "x", "responses": {}` + keys + `}}}}`))
		if err != nil {
			return Operation{}, err
		}
		return all[0], nil
	}
	op, err := read(`, "deprecated": true, "x-deprecated-at": "2026-05-01T00:00:00Z", "x-sunset": "2027-05-01T00:00:00Z"`)
	if err != nil || !op.Deprecated.Equal(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)) || !op.Sunset.Equal(time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("deprecated %v, sunset %v, %v", op.Deprecated, op.Sunset, err)
	}
	if op, err := read(""); err != nil || !op.Deprecated.IsZero() {
		t.Errorf("without deprecation: %v, %v", op.Deprecated, err)
	}
	for keys, want := range map[string]string{
		`, "deprecated": true`:                        "stand together",
		`, "x-deprecated-at": "2026-05-01T00:00:00Z"`: "stand together",
		`, "x-sunset": "2027-05-01T00:00:00Z"`:        "only with deprecated",
		`, "deprecated": true, "x-deprecated-at": "2026-05-01T00:00:00Z", "x-sunset": "2027-04-01T00:00:00Z"`: "less than twelve months",
	} {
		if _, err := read(keys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", keys, err, want)
		}
	}
}
