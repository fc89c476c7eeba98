package companion

import (
	"bytes"
	"io"
	"os"

	"golang.org/x/term"
)

// ctrlC is what a terminal in raw mode sends instead of a signal.
const ctrlC = 3

// keys are the bytes that a person types, each as soon as it is pressed. restore gives the terminal back.
func (s *session) keys() (keys <-chan byte, restore func()) {
	restore = func() {}
	if f, ok := s.In.(*os.File); ok {
		fd := int(f.Fd())
		if !term.IsTerminal(fd) {
			return nil, restore // a program in the background: nobody presses a key
		}
		if state, err := term.MakeRaw(fd); err == nil {
			restore = func() { _ = term.Restore(fd, state) }
			// A raw terminal does not go back to the left by itself.
			s.Terminal = &Terminal{
				In: s.In, Out: returning{s.Out}, Err: returning{s.Err}, Now: s.Now, Tick: s.Tick, HTTP: s.HTTP, ConfigDir: s.ConfigDir,
			}
		}
	}
	typed := make(chan byte)
	go func() {
		defer close(typed)
		key := make([]byte, 1)
		for {
			if _, err := s.In.Read(key); err != nil {
				return
			}
			typed <- key[0]
		}
	}()
	return typed, restore
}

// returning writes a carriage return before each line feed.
type returning struct{ io.Writer }

// Write writes p, and tells how much of p was written.
func (r returning) Write(p []byte) (int, error) {
	if _, err := r.Writer.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}
