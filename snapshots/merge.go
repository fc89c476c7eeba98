package snapshots

import (
	"maps"
	"slices"
)

// Merge extends the frozen contract by what the present one adds, and loosens it where a request may hold more. What has
// changed otherwise stays as it was frozen, save prose.
func Merge(frozen, now any) any { return sidesOf(frozen, now).merge(place{}, frozen, now) }

func (s sides) merge(p place, frozen, now any) any {
	switch f := frozen.(type) {
	case map[string]any:
		n, ok := now.(map[string]any)
		if !ok {
			return frozen
		}
		out := maps.Clone(n)
		for key, value := range f {
			if p.isProse(key) {
				continue // as it is now, and gone when it is
			}
			present, ok := n[key]
			if s.loosened(p, key, value, present, ok) {
				continue // as it is now, and gone when it is
			}
			if ok {
				value = s.merge(p.child(key), value, present)
			}
			out[key] = value
		}
		return out
	case []any:
		n, ok := now.([]any)
		if !ok {
			return frozen
		}
		return s.mergeLists(p, f, n)
	}
	return frozen
}

func (s sides) mergeLists(p place, frozen, now []any) any {
	trial := &keeper{sides: sides{answers: s.answers}}
	trial.list(p, frozen, now)
	if len(trial.findings) == 0 {
		return now
	}
	out := slices.Clone(frozen)
	for _, n := range now {
		if !slices.ContainsFunc(frozen, func(f any) bool { return sameElement(f, n) }) {
			out = append(out, n)
		}
	}
	return out
}

func sameElement(a, b any) bool {
	x, ok1 := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	return text(a) == text(b) || ok1 && ok2 && identity(x) != "" && identity(x) == identity(y)
}

// withoutProse is a document without what may be reworded at any time.
func withoutProse(p place, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			if !p.isProse(key) {
				out[key] = withoutProse(p.child(key), value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withoutProse(p.element("-"), e)
		}
		return out
	}
	return v
}
