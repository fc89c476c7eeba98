package main

import (
	"bytes"
	"os"
)

// The program under test has this file, too: its process that reads CVs never comes to an end with one that says so. No CV that
// somebody sends does that for certain, on every machine.
func init() {
	if len(os.Args) < 2 || os.Args[1] != readCVArgument {
		return
	}
	sent := os.Stdin
	read, write, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	os.Stdin = read
	go func() {
		defer write.Close()
		p := make([]byte, 64<<10)
		for {
			n, err := sent.Read(p)
			if bytes.Contains(p[:n], []byte("a CV that takes for ever to read")) {
				select {}
			}
			if _, werr := write.Write(p[:n]); err != nil || werr != nil {
				return
			}
		}
	}()
}
