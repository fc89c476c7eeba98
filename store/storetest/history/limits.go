package history

import (
	"cmp"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// OnLimit is a request of one key, or something that happened to the database.
type OnLimit struct {
	// From and To are what the clock of the limit has shown before it and after it.
	From, To time.Time
	// Unheard is how many requests may be counted between From and To that nobody is answered. What is doubtful explains refusals and forbids
	// no admission, so the earliest place in an order is the best: they end when nobody waits any longer, whenever they are counted. With
	// an open end porcupine would try all orders of all of them in a history that has none.
	Unheard int
	// Crash is one of the database, which may forget what it has admitted; its answer is of no account.
	Crash bool
}

// LimitAnswer tells whether a request was admitted.
type LimitAnswer struct{ Admitted bool }

// admission is one that was made between two times, in microseconds, unless it is doubtful whether it was made or is remembered.
type admission struct {
	from, to int64
	doubtful bool
}

// Limit admits a request when fewer than perMinute were admitted in the 60 seconds that end with it, and refuses it otherwise.
//
// The moment of a request is known no better than its beginning and end. So the history is judged with favour: a request may be
// admitted when there is room if it came as late, and all others as early, as can be; and refused when there is none if it came as
// early, and all others as late. What is doubtful takes room from a request that was refused, and none from one that was admitted.
func Limit(perMinute int) porcupine.Model {
	m := model([]admission(nil), func(before []admission, in OnLimit, out LimitAnswer) (bool, []admission) {
		if in.Crash {
			return true, doubted(before)
		}
		a := admission{in.From.UnixMicro(), in.To.UnixMicro() + 1, in.Unheard > 0}
		if a.doubtful {
			return true, with(before, slices.Repeat([]admission{a}, in.Unheard)...)
		}
		if out.Admitted {
			return count(before, func(b admission) bool { return !b.doubtful && b.from > a.to-window }) < perMinute, with(before, a)
		}
		return count(before, func(b admission) bool { return b.to > a.from-window }) >= perMinute, before
	})
	m.Equal = func(a, b any) bool {
		one, _ := a.([]admission)
		other, _ := b.([]admission)
		return slices.Equal(one, other)
	}
	return m
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

func doubted(all []admission) []admission {
	all = slices.Clone(all)
	for i := range all {
		all[i].doubtful = true
	}
	return all
}

// with adds admissions. The order of two does not matter, so that states are equal that hold the same.
func with(all []admission, more ...admission) []admission {
	all = slices.Concat(all, more)
	slices.SortFunc(all, func(a, b admission) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return all
}
