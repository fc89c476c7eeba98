package engine

import "time"

var start = time.Now()
