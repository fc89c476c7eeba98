package snapshots

import (
	"maps"
	"slices"
)

// Merge extends the frozen contract by what the present one adds. What has changed stays as it was frozen, save prose.
func Merge(frozen, now any) any { return merge(place{}, frozen, now) }

func merge(p place, frozen, now any) any {
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
			if present, ok := n[key]; ok {
				value = merge(p.child(key), value, present)
			}
			out[key] = value
		}
		return out
	case []any:
		n, ok := now.([]any)
		if !ok {
			return frozen
		}
		return mergeLists(p, f, n)
	}
	return frozen
}

func mergeLists(p place, frozen, now []any) any {
	trial := &keeper{requests: map[string]bool{}}
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
