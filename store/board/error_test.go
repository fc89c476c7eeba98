package board_test

import (
	"errors"
	"fmt"
	"testing"

	"itmanagerjobs/store/board"
)

func TestInvalid(t *testing.T) {
	t.Parallel()
	field := func(names ...string) (fs []board.FieldError) {
		for _, n := range names {
			fs = append(fs, board.FieldError{Field: n, Code: board.FieldRequired, Message: "is needed"})
		}
		return fs
	}
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("f%d", i))
	}
	for _, tc := range []struct {
		name   string
		fields []board.FieldError
		want   string
	}{
		{"none", nil, "The request is invalid."},
		{"one", field("title"), "The request has 1 invalid field: title."},
		{"two", field("title", "salary.min"), "The request has 2 invalid fields: title, salary.min."},
		{"same field twice", field("title", "title"), "The request has 1 invalid field: title."},
		{"many", field(many...), "The request has 12 invalid fields: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 2 more."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := board.Invalid(tc.fields...)
			diff(t, "message", tc.want, err.Message)
			diff(t, "code", board.CodeInvalidRequest, err.Code)
			diff(t, "fields", tc.fields, err.Fields)
		})
	}
}

func TestErrorIsFound(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("publish: %w", board.Errorf(board.CodeConflict, "reference %q is taken", "PL-001"))
	var e *board.Error
	if !errors.As(wrapped, &e) {
		t.Fatal("errors.As found no *board.Error")
	}
	diff(t, "code", board.CodeConflict, e.Code)
	diff(t, "text", `publish: conflict: reference "PL-001" is taken`, wrapped.Error())
	diff(t, "text with fields", "invalid_request: The request has 1 invalid field: a. [a required: is needed]",
		board.Invalid(board.FieldError{Field: "a", Code: "required", Message: "is needed"}).Error())
}

func TestAllCodesAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[board.Code]bool{}
	for _, c := range board.AllCodes() {
		if seen[c] || c == "" {
			t.Errorf("code %q is empty or listed twice", c)
		}
		seen[c] = true
	}
	diff(t, "number of codes", 20, len(seen))
}
