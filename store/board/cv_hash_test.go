package board

import (
	"reflect"
	"testing"
	"time"
)

func TestTheContentHashOfAPersonTellsEveryValue(t *testing.T) {
	t.Parallel()
	seen := map[string]string{string(CVCandidate{}.ContentHash()): "nobody"}
	tell := func(what string, c CVCandidate) {
		t.Helper()
		if other, same := seen[string(c.ContentHash())]; same {
			t.Errorf("%s is the same as %s", what, other)
		}
		seen[string(c.ContentHash())] = what
	}
	of := reflect.TypeFor[CVCandidate]()
	for i := range of.NumField() {
		var c CVCandidate
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
	for what, c := range map[string]CVCandidate{
		"min": {Salary: &Salary{Min: &amount}}, "max": {Salary: &Salary{Max: &amount}}, "currency": {Salary: &Salary{Currency: "x"}}, "period": {Salary: &Salary{Period: "x"}},
		"work": {Experience: []Experience{{Title: "x"}}}, "employer": {Experience: []Experience{{Employer: "x"}}}, "from": {Experience: []Experience{{From: "x"}}},
		"to": {Experience: []Experience{{To: "x"}}}, "description": {Experience: []Experience{{Description: "x"}}}, "purpose": {Consents: []Consent{{Purpose: "x"}}},
		"given": {Consents: []Consent{{GivenAt: time.Unix(1, 0)}}}, "a little north": {Latitude: &degrees}, "two skills": {Skills: []string{"x", "y"}}, "one skill": {Skills: []string{"xy"}},
	} {
		tell(what, c)
	}
}
