package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// admissions is how requests are admitted in batches.
var admissions = batch.Options{
	// One statement at a time makes the fewest and largest of them; see docs/benchmarks.md.
	Patience: 50 * time.Millisecond, AtOnce: 2, Most: 200,
	// As long as a connection or a lock is waited for.
	Within: 10 * time.Second,
}

// asked is one request that asks to be admitted.
type asked struct {
	hash keyHash
	need Need
}

// outcome is what came of one request. Without an admission and an error its key is not usable.
type outcome struct {
	admission *Admission
	err       error
}

// window is what requests of one batch want of one key in one family.
type window struct {
	key    *usableKey
	family board.LimitFamily
	// counted and refused are places of requests in the batch: those that are permitted and count, and the others.
	counted, refused []int
	elsewhere        map[int]bool
}

// verdict is what the function admit answers for a window.
type verdict struct {
	// admitted is a number of requests, or one of the next constants.
	admitted, remaining int
	reset, retry        time.Duration
}

const (
	noWindow     = -1
	otherVersion = -2
)

// maxRounds bounds how often a key that is changed all the time is read again.
const maxRounds = 10

var errKeyChanges = errors.New("the key was changed each time that it was read")

// admitAll admits requests. It sends one statement, unless a key is used for the first time, or has changed since this copy of the
// program has read it. An error means that nothing was counted, as far as the database has answered.
func (s *Store) admitAll(ctx context.Context, batch []asked) ([]outcome, error) {
	answers := make([]outcome, len(batch))
	open := make([]int, len(batch))
	for i := range open {
		open[i] = i
	}
	first := false
	for range maxRounds {
		again, firstUse, err := s.admitRound(ctx, batch, open, first, answers)
		switch {
		case err != nil && len(open) == len(batch):
			return nil, err
		case err != nil:
			s.admitEach(ctx, batch, open, answers)
			return answers, nil //nolint:nilerr // what failed is asked for again, one by one, and has its own error then
		case len(again) == 0:
			return answers, nil
		}
		open, first = again, firstUse
	}
	for _, i := range open {
		answers[i].err = errKeyChanges
	}
	return answers, nil
}

// admitEach admits those requests by themselves that are open when others of the batch have been counted already.
func (s *Store) admitEach(ctx context.Context, batch []asked, open []int, answers []outcome) {
	for _, i := range open {
		one, err := s.admitAll(ctx, batch[i:i+1])
		if err != nil {
			answers[i] = outcome{err: err}
			continue
		}
		answers[i] = one[0]
	}
}

// admitRound answers requests that are open, and returns the places of those that have to be asked for again. first tells that some of
// their keys are used for the first time: the next round then makes their rows.
func (s *Store) admitRound(ctx context.Context, batch []asked, open []int, makes bool, answers []outcome) (again []int, first bool, err error) {
	keys, err := s.keysOf(ctx, batch, open)
	if err != nil {
		return nil, false, err
	}
	windows := windowsOf(batch, open, keys)
	if len(windows) == 0 {
		return nil, false, nil
	}
	looks := looksOf(batch, open, keys)
	verdicts, seen, err := s.count(ctx, windows, looks, makes)
	if err != nil {
		return nil, false, err
	}
	for i, w := range windows {
		switch v := verdicts[i]; v.admitted {
		case noWindow:
			first = true
		case otherVersion:
			s.usable.forget(w.key)
		default:
			w.answer(answers, v)
			continue
		}
		again = append(append(again, w.counted...), w.refused...)
	}
	for n, l := range looks {
		if a := answers[l.request].admission; a != nil {
			a.Job = seen[n]
		}
	}
	slices.Sort(again)
	return again, first, nil
}

// windowsOf puts those requests of a batch together that are counted together, in the order in which their rows are locked. keys are
// those of the open requests, nil for one that is not usable.
func windowsOf(batch []asked, open []int, keys []*usableKey) []*window {
	type place struct {
		keyID  int64
		family board.LimitFamily
	}
	windows, at := make([]*window, 0, len(open)), make(map[place]*window, len(open))
	for n, i := range open {
		if keys[n] == nil {
			continue
		}
		need := batch[i].need
		family := need.Family.ForKey(keys[n].ReadOnly)
		w := at[place{keys[n].KeyID, family}]
		if w == nil {
			w = &window{key: keys[n], family: family}
			at[place{keys[n].KeyID, family}] = w
			windows = append(windows, w)
		}
		elsewhere := keys[n].elsewhere(need.Address)
		if keys[n].permits(need) && !elsewhere {
			w.counted = append(w.counted, i)
			continue
		}
		w.refused = append(w.refused, i)
		if elsewhere {
			if w.elsewhere == nil {
				w.elsewhere = map[int]bool{}
			}
			w.elsewhere[i] = true
		}
	}
	slices.SortFunc(windows, func(a, b *window) int {
		return cmp.Or(cmp.Compare(a.key.KeyID, b.key.KeyID), cmp.Compare(a.family, b.family))
	})
	return windows
}

// answer answers the requests of a window. The first ones are admitted, the others come after them.
func (w *window) answer(answers []outcome, v verdict) {
	common := Admission{Principal: w.key.Principal, Family: w.family, PerMinute: w.key.limit(w.family), ResetAfter: v.reset}
	for n, i := range w.counted {
		a := common
		a.Permitted, a.Admitted = true, n < v.admitted
		if a.Admitted {
			a.Remaining = v.remaining + v.admitted - 1 - n
		} else {
			a.Remaining, a.RetryAfter = v.remaining, v.retry
		}
		answers[i].admission = &a
	}
	for _, i := range w.refused {
		a := common
		a.Elsewhere, a.Remaining = w.elsewhere[i], v.remaining
		answers[i].admission = &a
	}
}

// count counts the requests of windows by the function admit (see the migrations), which answers for each of them, and looks at
// jobs in the same statement, as they were when it began. With makes it makes the rows of keys that are used for the first time.
//
// It is a write outside an explicit transaction. It is a single statement, and were it to run twice after a broken connection,
// requests too many would be counted: nothing that anyone is charged for.
func (s *Store) count(ctx context.Context, windows []*window, looks []look, makes bool) ([]verdict, []pg.Seen, error) {
	var now *time.Time
	if s.limitsByNow {
		t := s.db.Now()
		now = &t
	}
	args := []any{
		pg.Column[pq.Int64Array](windows, func(w *window) int64 { return w.key.KeyID }),
		pg.Column[pq.StringArray](windows, func(w *window) string { return string(w.family) }),
		pg.Column[pq.Int64Array](windows, func(w *window) int64 { return w.key.version }),
		pg.Column[pq.Int64Array](windows, func(w *window) int64 { return int64(w.key.limit(w.family)) }),
		pg.Column[pq.Int64Array](windows, func(w *window) int64 { return int64(len(w.counted)) }), now, makes,
	}
	// What looks at jobs waits, like other work on them, when these are locked or all connections are taken: other admissions do not.
	db, query := s.db.Kept(), `SELECT admit($1, $2, $3, $4, $5, $6, $7)`
	if len(looks) > 0 {
		db, query = s.db, admitAndLook
		args = append(
			args,
			pg.Column[pq.Int64Array](looks, func(l look) int64 { return l.job }),
			pg.Column[pq.Int64Array](looks, func(l look) int64 { return l.tenant.EmployerID }),
			pg.Column[pq.StringArray](looks, func(l look) string { return string(l.tenant.Mode) }),
		)
	}
	var numbers pq.Int64Array
	//house:write a single statement on the hot path; were it to run twice, requests too many would be counted
	if err := db.Get(ctx, &numbers, query, args...); err != nil {
		return nil, nil, err
	}
	if len(numbers) != 4*len(windows)+len(looks) {
		return nil, nil, fmt.Errorf("%d numbers for %d windows and %d jobs", len(numbers), len(windows), len(looks))
	}
	verdicts := make([]verdict, len(windows))
	for i := range verdicts {
		n := numbers[4*i : 4*i+4]
		verdicts[i] = verdict{int(n[0]), int(n[1]), time.Duration(n[2]) * time.Microsecond, time.Duration(n[3]) * time.Microsecond}
	}
	return verdicts, pg.Column[[]pg.Seen](numbers[4*len(windows):], func(n int64) pg.Seen { return pg.Seen{Looked: true, Row: n} }), nil
}
