package history

import "github.com/anishathalye/porcupine"

// OnCredits is a request about the credits of one employer.
type OnCredits struct {
	Grant   int64 // more credits
	Publish bool  // takes one credit; otherwise the balance is read, or granted
}

// CreditsAnswer tells whether a publication was paid, and otherwise the balance.
type CreditsAnswer struct {
	Paid    bool
	Balance int64
}

// Credits go up by grants and down by one with each publication, never below zero.
func Credits(first int64) porcupine.Model {
	return model(first, func(balance int64, in OnCredits, out CreditsAnswer) (bool, int64) {
		switch {
		case in.Publish && out.Paid:
			return balance > 0, balance - 1
		case in.Publish:
			return balance == 0, balance
		}
		balance += in.Grant
		return balance == out.Balance, balance
	})
}
