// Package memory gives back what only a start has needed.
package memory

import "runtime/debug"

// GiveBack returns memory to the operating system: of the heap what is free, and of the program's own file what has been read. A start
// touches nearly all of the program, in initializers and tables that nothing asks for again; what is asked for is read again by page faults,
// from the file or its cache.
func GiveBack() {
	debug.FreeOSMemory()
	dropProgram()
}
