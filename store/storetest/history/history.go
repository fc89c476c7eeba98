// Package history judges what concurrent clients have asked and been answered, by porcupine: is there an order of all requests, each
// between its beginning and its end, in which one copy of the program without faults would have answered so?
//
// What is kept, and how a fault hides itself: a request that is sent again under one Idempotency-Key until it is answered is one
// request.
package history

import (
	"fmt"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Log gathers requests. It is safe for concurrent use.
type Log struct {
	began      time.Time
	mu         sync.Mutex
	operations []porcupine.Operation
}

// NewLog begins one.
func NewLog() *Log { return &Log{began: time.Now()} }

// Now is a moment of the log, in nanoseconds since it began.
func (l *Log) Now() int64 { return time.Since(l.began).Nanoseconds() }

// Note notes a request that began at a moment and has just been answered.
func (l *Log) Note(call int64, input, output any) {
	end := l.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.operations = append(l.operations, At(call, end, input, output))
}

// Len is how many requests are in the log.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.operations)
}

// judging bounds how long porcupine may look for an order.
const judging = 5 * time.Minute

// Judge tells why the history is none of a copy without faults; nil when it may be one.
func (l *Log) Judge(model porcupine.Model) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if result := porcupine.CheckOperationsTimeout(model, l.operations, judging); result != porcupine.Ok {
		return fmt.Errorf("of %d requests: %s", len(l.operations), result)
	}
	return nil
}

// model is one of requests that are like In and answers that are like Out. Anything else is no history of it.
func model[State, In, Out any](first State, step func(State, In, Out) (bool, State)) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			s, known := state.(State)
			in, asked := input.(In)
			out, answered := output.(Out)
			if !known || !asked || !answered {
				return false, state
			}
			return step(s, in, out)
		},
	}
}

// At is a request from one moment to another.
func At(call, end int64, input, output any) porcupine.Operation {
	return porcupine.Operation{Call: call, Return: end, Input: input, Output: output}
}
