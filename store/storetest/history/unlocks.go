package history

import "github.com/anishathalye/porcupine"

// OnUnlock is a request about the profiles of the CV database and what one employer pays for them.
type OnUnlock struct {
	// Person is a number from 0 to 63.
	Person int
	Verb   string // unlock, look whether it is open, or refund; or grant, or balance
	Grant  int64
}

// UnlockAnswer tells whether the profile is open, or was refunded; and for grant, balance and refund the balance.
type UnlockAnswer struct {
	Open    bool
	Balance int64
}

// unlocks is what an employer has: credits, and a bit for each profile that is open.
type unlocks struct {
	balance int64
	open    uint64
}

// Unlocks charge one credit for each profile that is not open yet, however often they are asked for, and open nothing without one.
// What is refunded is closed again.
func Unlocks(first int64) porcupine.Model {
	return model(unlocks{balance: first}, func(s unlocks, in OnUnlock, out UnlockAnswer) (bool, unlocks) {
		bit := uint64(1) << in.Person
		open := s.open&bit != 0
		switch in.Verb {
		case "unlock":
			switch {
			case open:
				return out.Open, s
			case !out.Open:
				return s.balance == 0, s
			}
			return s.balance > 0, unlocks{s.balance - 1, s.open | bit}
		case "look":
			return out.Open == open, s
		case "refund":
			if !open || !out.Open {
				return open == out.Open, s
			}
			s = unlocks{s.balance + 1, s.open &^ bit}
		case "grant":
			s.balance += in.Grant
		}
		return out.Balance == s.balance, s
	})
}
