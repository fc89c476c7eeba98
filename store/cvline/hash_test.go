package cvline

import (
	"reflect"
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestTheContentHashOfAPersonTellsEveryValue(t *testing.T) {
	t.Parallel()
	seen := map[string]string{string(Hash(board.CVCandidate{})): "nobody"}
	tell := func(what string, c board.CVCandidate) {
		t.Helper()
		if other, same := seen[string(Hash(c))]; same {
			t.Errorf("%s is the same as %s", what, other)
		}
		seen[string(Hash(c))] = what
	}
	of := reflect.TypeFor[board.CVCandidate]()
	for i := range of.NumField() {
		var c board.CVCandidate
		field := reflect.ValueOf(&c).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString("x")
		case reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		default:
			field.Set(reflect.ValueOf(time.Unix(1, 0)))
		}
		tell(of.Field(i).Name, c)
	}
	amount, degrees := int64(1), 1e-6
	for what, c := range map[string]board.CVCandidate{
		"min": {Salary: &board.Salary{Min: &amount}}, "max": {Salary: &board.Salary{Max: &amount}}, "currency": {Salary: &board.Salary{Currency: "x"}}, "period": {Salary: &board.Salary{Period: "x"}},
		"work": {Experience: []board.Experience{{Title: "x"}}}, "employer": {Experience: []board.Experience{{Employer: "x"}}}, "from": {Experience: []board.Experience{{From: "x"}}},
		"to": {Experience: []board.Experience{{To: "x"}}}, "description": {Experience: []board.Experience{{Description: "x"}}}, "purpose": {Consents: []board.Consent{{Purpose: "x"}}},
		"given": {Consents: []board.Consent{{GivenAt: time.Unix(1, 0)}}}, "a little north": {Latitude: &degrees}, "two skills": {Skills: []string{"x", "y"}}, "one skill": {Skills: []string{"xy"}},
	} {
		tell(what, c)
	}
}
