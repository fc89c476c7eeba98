// Command program has the clock.
package main

import "time"

func main() { _ = time.Now() }
