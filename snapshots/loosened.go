package snapshots

import (
	"encoding/json"
	"math/big"
	"slices"
)

// loosened tells whether a keyword that has changed, or is gone (given is false), takes more from clients than it did, so
// that what they send is still taken. It holds for what only clients send: see requestAlone.
func (s sides) loosened(p place, key string, frozen, now any, given bool) bool {
	switch {
	case p.names:
		return false
	case key == "x-max-body-bytes" && p.path[0] == "paths":
		return !given || compare(frozen, now) < 0
	case !s.requestAlone(p):
		return false
	}
	switch key {
	case "maxLength", "maximum", "maxItems", "maxProperties":
		return !given || compare(frozen, now) < 0
	case "minLength", "minimum", "minItems", "minProperties":
		return !given || compare(frozen, now) > 0
	case "exclusiveMinimum", "exclusiveMaximum", "uniqueItems":
		return !given || now == false
	case "pattern", "multipleOf":
		return !given
	case "additionalProperties":
		return frozen == false && (!given || now == true)
	case "nullable":
		return frozen == false && given && now == true
	case "required":
		return !given || now == false || fewer(frozen, now)
	}
	return false
}

// compare compares two JSON numbers; 0 when they are equal, or not both numbers.
func compare(a, b any) int {
	x, ok1 := number(a)
	y, ok2 := number(b)
	if !ok1 || !ok2 {
		return 0
	}
	return x.Cmp(y)
}

func number(v any) (*big.Rat, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(n.String())
}

// fewer tells whether a list has nothing that the frozen one has not.
func fewer(frozen, now any) bool {
	f, ok1 := frozen.([]any)
	n, ok2 := now.([]any)
	return ok1 && ok2 && !slices.ContainsFunc(n, func(v any) bool { return !slices.Contains(f, v) })
}
