// Package outbox notes who is told of.
package outbox

func TellsIn(ids ...int64) {}
