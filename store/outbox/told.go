package outbox

import (
	"context"

	"itmanagerjobs/store/pg"
)

// candidates is the label under which a transaction notes the candidates whose data its caller gets.
const candidates = "candidates told of"

// Tells notes that the caller gets data of candidates: an answer that is recorded under an Idempotency-Key in this
// transaction is erased with them.
func Tells(tx *pg.Tx, candidateIDs ...int64) { tx.Mark(candidates, candidateIDs...) }

// TellsIn is Tells for the transaction of the context, if there is one.
func TellsIn(ctx context.Context, db *pg.DB, candidateIDs ...int64) {
	if tx := db.Joined(ctx); tx != nil {
		Tells(tx, candidateIDs...)
	}
}

// ToldOf returns the candidates that Tells has noted in the transaction.
func ToldOf(tx *pg.Tx) []int64 { return tx.Marked(candidates) }
