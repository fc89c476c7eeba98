package history

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// OnLimit is a request of one key, or something that happened to the database.
type OnLimit struct {
	// From and To are what the clock of the limit has shown before it and after it.
	From, To time.Time
	// Unheard is how many requests may have been counted at any time from then on, whose answer was Lost.
	Unheard int
	// Crash is one of the database, which may forget what it has admitted; its answer is Lost.
	Crash bool
}

// LimitAnswer tells whether a request was admitted.
type LimitAnswer struct{ Admitted bool }

// admission is one that was made between two times, in microseconds.
type admission struct{ from, to int64 }

// Limit admits a request when fewer than perMinute were admitted in the 60 seconds that end with it, and refuses it otherwise.
//
// The moment of a request is known no better than its beginning and end. So the history is judged with favour: a request may be
// admitted when there is room if it came as late, and all others as early, as can be; and refused when there is none if it came as
// early, and all others as late.
func Limit(perMinute int) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{[]admission(nil)} },
		Step: func(state, input, output any) []any {
			before, in := state.([]admission), input.(OnLimit)
			if in.Crash {
				return []any{before, []admission(nil)}
			}
			a := admission{in.From.UnixMicro(), in.To.UnixMicro() + 1}
			if in.Unheard > 0 {
				a.to = math.MaxInt64
				next := []any{before}
				for range in.Unheard {
					before = with(before, a)
					next = append(next, before)
				}
				return next
			}
			var next []any
			switch admitted := output.(LimitAnswer).Admitted; {
			case admitted && count(before, func(b admission) bool { return b.from > a.to-window }) < perMinute:
				next = append(next, with(before, a))
			case !admitted && count(before, func(b admission) bool { return b.to > a.from-window }) >= perMinute:
				next = append(next, before)
			}
			return next
		},
		Equal: func(a, b any) bool { return slices.Equal(a.([]admission), b.([]admission)) },
	}
	return model.ToModel()
}

// window is that of a limit, in microseconds.
const window = int64(time.Minute / time.Microsecond)

func count(all []admission, counts func(admission) bool) (n int) {
	for _, a := range all {
		if counts(a) {
			n++
		}
	}
	return n
}

// with adds an admission. The order of two does not matter, so that states are equal that hold the same.
func with(all []admission, a admission) []admission {
	at, _ := slices.BinarySearchFunc(all, a, func(b, a admission) int {
		return cmp.Or(cmp.Compare(b.from, a.from), cmp.Compare(b.to, a.to))
	})
	return slices.Insert(slices.Clone(all), at, a)
}
