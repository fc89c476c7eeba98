package history_test

import (
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"itmanagerjobs/store/storetest/history"
)

// judge has a good history, and those that begin with it and are bad.
func judge(t *testing.T, model porcupine.Model, good []porcupine.Operation, bad map[string][]porcupine.Operation) {
	t.Helper()
	if !porcupine.CheckOperations(model, good) {
		t.Error("a good history is refused")
	}
	for name, more := range bad {
		if porcupine.CheckOperations(model, append(slices.Clone(good), more...)) {
			t.Errorf("%s is not found", name)
		}
	}
}

var at = history.At

func TestCreditsThatNoOneCopyWouldHaveAreFound(t *testing.T) {
	t.Parallel()
	publish, read := history.OnCredits{Publish: true}, history.OnCredits{}
	paid, refused := history.CreditsAnswer{Paid: true}, history.CreditsAnswer{}
	left := func(n int64) history.CreditsAnswer { return history.CreditsAnswer{Balance: n} }
	judge(t, history.Credits(1), []porcupine.Operation{
		at(0, 10, publish, paid), at(1, 9, publish, refused), at(11, 12, read, left(0)),
		at(13, 20, history.OnCredits{Grant: 2}, left(2)), at(14, 30, publish, paid), at(31, 32, read, left(1)),
	}, map[string][]porcupine.Operation{
		"a credit that is spent twice": {at(40, 50, publish, paid), at(41, 49, publish, paid)},
		"a grant that is lost":         {at(40, 45, history.OnCredits{Grant: 2}, left(3)), at(46, 47, read, left(1))},
		"a balance of before":          {at(40, 45, publish, paid), at(46, 47, read, left(1))},
		"a refusal with credits":       {at(40, 45, publish, refused)},
		"a credit that is lost":        {at(40, 45, read, left(0))},
	})
}

func TestJobsThatNoOneCopyWouldHaveAreFound(t *testing.T) {
	t.Parallel()
	read := func(call, end int64, status, title string) porcupine.Operation {
		return at(call, end, history.OnJob{Job: 1, Verb: "read"}, history.JobAnswer{Status: status, Title: title})
	}
	publish, done := history.OnJob{Job: 1, Verb: "publish"}, history.JobAnswer{Done: true}
	judge(t, history.Job("IT Manager"), []porcupine.Operation{
		at(0, 10, publish, done), at(1, 11, history.OnJob{Job: 1, Verb: "title", Title: "A"}, done),
		read(2, 3, "Draft", "A"), read(12, 13, "Active", "A"), at(14, 15, history.OnJob{Job: 1, Verb: "close"}, done), read(16, 17, "Deactivated", "A"),
		at(0, 1, history.OnJob{Job: 2, Verb: "read"}, history.JobAnswer{Status: "Draft", Title: "IT Manager"}),
	}, map[string][]porcupine.Operation{
		"a title of before":             {read(16, 17, "Deactivated", "IT Manager")},
		"a status of before":            {read(16, 17, "Active", "A")},
		"a second publication":          {at(18, 19, publish, done)},
		"a title that nobody has given": {read(20, 21, "Deactivated", "B")},
	})
}

func TestUnlocksThatNoOneCopyWouldHaveAreFound(t *testing.T) {
	t.Parallel()
	on := func(call, end int64, person int, verb string, open bool, balance int64) porcupine.Operation {
		return at(call, end, history.OnUnlock{Person: person, Verb: verb}, history.UnlockAnswer{Open: open, Balance: balance})
	}
	grant := func(call, end, n, balance int64) porcupine.Operation {
		return at(call, end, history.OnUnlock{Verb: "grant", Grant: n}, history.UnlockAnswer{Balance: balance})
	}
	judge(t, history.Unlocks(1), []porcupine.Operation{
		on(0, 1, 0, "look", false, 0),
		on(2, 10, 0, "unlock", true, 0), on(2, 10, 0, "unlock", true, 0), on(3, 9, 1, "unlock", false, 0),
		on(11, 12, 0, "balance", false, 0), on(11, 12, 0, "look", true, 0), on(11, 12, 1, "look", false, 0),
		on(13, 14, 0, "refund", true, 1), on(15, 16, 0, "look", false, 0), on(17, 18, 0, "refund", false, 0),
		grant(19, 20, 1, 2), on(21, 22, 1, "unlock", true, 0), on(23, 24, 1, "unlock", true, 0), on(25, 26, 0, "balance", false, 1),
	}, map[string][]porcupine.Operation{
		"a profile that is paid twice":            {on(40, 41, 1, "unlock", true, 0), on(42, 43, 0, "balance", false, 0)},
		"one that two pay at once":                {on(40, 50, 0, "unlock", true, 0), on(40, 50, 0, "unlock", true, 0), on(51, 52, 0, "balance", false, -1)},
		"one that is open without a credit":       {on(40, 41, 0, "unlock", true, 0), on(42, 43, 2, "unlock", true, 0)},
		"one that is open for nothing":            {on(40, 41, 0, "unlock", true, 0), on(42, 43, 0, "balance", false, 1)},
		"one that was paid and is closed":         {on(40, 41, 0, "unlock", true, 0), on(42, 43, 0, "look", false, 0)},
		"one that is open and was never unlocked": {on(40, 41, 0, "look", true, 0)},
		"a refusal with a credit":                 {on(40, 41, 0, "unlock", false, 0)},
		"a refusal of what is open":               {on(40, 41, 1, "unlock", false, 0)},
		"one that is refunded twice":              {on(40, 41, 1, "refund", true, 2), on(42, 43, 1, "refund", true, 3)},
		"one that is open after its refund":       {on(40, 41, 1, "refund", true, 2), on(42, 43, 1, "look", true, 0)},
		"a grant that is lost":                    {grant(40, 41, 2, 3), on(42, 43, 0, "balance", false, 1)},
	})
}

func TestLimitsThatNoOneCopyWouldHaveAreFound(t *testing.T) {
	t.Parallel()
	second := func(n int64) time.Time { return time.Unix(n, 0) }
	ask := func(from, to int64, admitted bool) porcupine.Operation {
		return at(from, to, history.OnLimit{From: second(from), To: second(to)}, history.LimitAnswer{Admitted: admitted})
	}
	judge(t, history.Limit(2), []porcupine.Operation{
		ask(0, 3, true), ask(1, 2, true), ask(1, 4, false), ask(5, 6, false),
		// The first ones left the window between the 61st second and the 63rd.
		ask(60, 62, true), ask(61, 63, false), ask(64, 65, true), ask(66, 67, false),
	}, map[string][]porcupine.Operation{
		"one too many":                    {ask(70, 71, true)},
		"one too many at the end of it":   {ask(118, 119, true)},
		"one that is refused with room":   {ask(124, 126, true), ask(126, 127, false)},
		"two of which one is too many":    {ask(121, 123, true), ask(121, 123, true)},
		"room that is left to nobody":     {ask(130, 131, false)},
		"one that was refused and counts": {ask(130, 131, true), ask(132, 133, false)},
	})

	lost := func(from int64) porcupine.Operation {
		return at(from, from+1, history.OnLimit{From: second(from), To: second(from + 2), Unheard: 1}, history.LimitAnswer{})
	}
	crash := at(70, 71, history.OnLimit{Crash: true}, history.LimitAnswer{})
	for name, good := range map[string][]porcupine.Operation{
		"a request that is lost and counted":     {lost(0), ask(3, 4, true), ask(5, 6, false)},
		"a request that is lost and not counted": {lost(0), ask(3, 4, true), ask(5, 6, true)},
		"a crash that forgets":                   {ask(65, 66, true), ask(67, 68, true), crash, ask(72, 73, true)},
		"a crash that does not forget":           {ask(65, 66, true), ask(67, 68, true), crash, ask(72, 73, false)},
	} {
		if !porcupine.CheckOperations(history.Limit(2), good) {
			t.Errorf("%s is refused", name)
		}
	}
	for name, bad := range map[string][]porcupine.Operation{
		"one too many behind one that is lost":     {lost(0), ask(3, 4, true), ask(5, 6, true), ask(7, 8, true)},
		"one too few when the lost one is gone":    {lost(0), ask(63, 64, true), ask(65, 66, false)},
		"one too few behind a crash that was gone": {ask(0, 1, true), ask(2, 3, true), at(4, 5, history.OnLimit{Crash: true}, history.LimitAnswer{}), ask(66, 67, true), ask(68, 69, false)},
	} {
		if porcupine.CheckOperations(history.Limit(2), bad) {
			t.Errorf("%s is not found", name)
		}
	}
}
