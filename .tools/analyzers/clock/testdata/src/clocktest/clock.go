// Package clocktest is for tests.
package clocktest

import "time"

var Start = time.Now()
