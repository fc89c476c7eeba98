// Package engine is handed its clock.
package engine

import "time"

type Engine struct {
	Now func() time.Time
}

func New() Engine {
	return Engine{Now: time.Now} // want `time.Now reads the clock`
}

func (e Engine) Late(due time.Time) bool {
	if time.Until(due) < 0 { // want `time.Until reads the clock`
		return true
	}
	//house:clock how long it took is for the log alone
	began := time.Now()
	_ = time.Since(began) // want `time.Since reads the clock`
	<-time.After(time.Millisecond)
	return e.Now().After(due)
}

/* want "needs a reason" */ //house:clock
var began = time.Now()

//house:clock nothing is read here // want `silences nothing`
var zero time.Time
