package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

func TestDecodeStrict(t *testing.T) {
	t.Parallel()
	body := func(message string) *board.FieldError {
		return &board.FieldError{Field: "body", Code: board.FieldInvalidFormat, Message: message}
	}
	tests := []struct {
		name, data string
		want       any
		problem    *board.FieldError
	}{
		{"values", ` {"a":[1,2.50,"x\n",true,false,null,{}]} `,
			map[string]any{"a": []any{json.Number("1"), json.Number("2.50"), "x\n", true, false, nil, map[string]any{}}}, nil},
		{"escaped backslash before u0000", `"\\u0000"`, `\u0000`, nil},
		{"surrogate pair", `"\ud83d\ude00"`, "😀", nil},
		{"names that differ in case", `{"a":1,"A":2}`, map[string]any{"a": json.Number("1"), "A": json.Number("2")}, nil},

		{"too deep", strings.Repeat("[", maxJSONDepth+1) + strings.Repeat("]", maxJSONDepth+1), nil, body("must not be nested more than 32 levels deep")},
		{"too many values", "[" + strings.Repeat("1,", maxJSONValues) + "?", nil, &board.FieldError{Field: "body", Code: board.FieldTooLong,
			Message: "must not have more than 50000 values in all of its lists and objects"}},
		{"deep and never closed", strings.Repeat(`{"a":`, 100_000), nil, body("must not be nested more than 32 levels deep")},
		{"blank", " \n", nil, &board.FieldError{Field: "body", Code: board.FieldRequired, Message: "is needed, but is blank"}},
		{"truncated object", `{"a":1`, nil, body("must be complete JSON, but ends too early")},
		{"truncated string", `{"a":"`, nil, body("must be complete JSON, but ends too early")},
		{"truncated literal", `tru`, nil, body("must be complete JSON, but ends too early")},
		{"trailing junk", `{} x`, nil, body("must hold one JSON value and nothing after it")},
		{"two values", `{}{}`, nil, body("must hold one JSON value and nothing after it")},
		{"trailing comma", "{\n  \"ä\": 1,\n}", nil, body("must be valid JSON, but is not at line 2, column 9")},
		{"comment", `{/**/}`, nil, body("must be valid JSON, but is not at line 1, column 2")},
		{"byte order mark", "\ufeff{}", nil, body("must be valid JSON, but is not at line 1, column 1")},
		{"raw control character", "{\"ä\":\"a\x00b\"}", nil, body("must be valid JSON, but is not at line 1, column 8")},
		{"NaN", `{"a":NaN}`, nil, body("must be valid JSON, but is not at line 1, column 6")},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", nil, body("must be UTF-8, but is not at byte 7")},
		{"high half", `["\ud800x"]`, nil, body("must be valid JSON, but is not at line 1, column 3: half of a surrogate pair")},
		{"low half", `["\udc00"]`, nil, body("must be valid JSON, but is not at line 1, column 3: half of a surrogate pair")},
		{"U+0000 in a value", `{"a":[{"b":"x\u0000"}]}`, nil,
			&board.FieldError{Field: "a[0].b", Code: board.FieldInvalidFormat, Message: "must not contain the character U+0000"}},
		{"U+0000 in a name", `{"a\u0000":1}`, nil,
			&board.FieldError{Field: `["a\x00"]`, Code: board.FieldInvalidFormat, Message: "must not contain the character U+0000"}},
		{"same name twice", `{"a":1,"a":2}`, nil, &board.FieldError{Field: "a", Code: board.FieldDuplicate, Message: "is given twice"}},
		{"same name twice, escaped", `{"x":[0,{"a/b":1,"a\/b":2}]}`, nil,
			&board.FieldError{Field: `x[1]["a/b"]`, Code: board.FieldDuplicate, Message: "is given twice"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, problem := DecodeJSON([]byte(tt.data))
			if diff := cmp.Diff(tt.problem, problem); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeStrictAsDeepAsMayBe(t *testing.T) {
	t.Parallel()
	if _, problem := DecodeJSON([]byte(strings.Repeat("[", maxJSONDepth) + strings.Repeat("]", maxJSONDepth))); problem != nil {
		t.Error(problem)
	}
}
