package company

import (
	"errors"
	"io"
)

// atOnce is how many bytes of a large body are cleared or copied in one piece at most. The runtime interrupts neither, and whenever it
// collects garbage all other requests wait until it can: for a body of 24 MiB in one piece some 20 ms.
const atOnce = 1 << 20

// ReadAll reads a body to its end, and returns what has come of it even with an error. The body says that it has size bytes, below 0 for
// one that does not say. There is memory for all of it at once, or it would take several times as much while it grows; but not before
// more than LargeBody of it have come, for which there may be no room, see Room. Errors: those of r.
func ReadAll(r io.Reader, size int64) ([]byte, error) {
	first, err := io.ReadAll(io.LimitReader(r, LargeBody+1))
	if err != nil || len(first) <= LargeBody {
		return first, err //nolint:wrapcheck // what reads the body words it
	}
	var pieces [][]byte
	place := size + 1 // one byte more is for a read that finds the end
	if place <= int64(len(first)) {
		place = int64(len(first)) + atOnce
	}
	piece := make([]byte, place)
	n := copy(piece, first)
	for {
		m, err := fill(r, piece[n:])
		n += m
		pieces = append(pieces, piece[:n])
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return join(pieces), err
		}
		piece, n = make([]byte, atOnce), 0
	}
}

// fill reads until there is no place left. Errors: those of r, io.EOF too.
func fill(r io.Reader, place []byte) (n int, err error) {
	for n < len(place) && err == nil {
		var m int
		m, err = r.Read(place[n:])
		n += m
	}
	return n, err //nolint:wrapcheck // as in ReadAll
}

func join(pieces [][]byte) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	size := 0
	for _, p := range pieces {
		size += len(p)
	}
	whole := make([]byte, size)
	place := whole
	for _, p := range pieces {
		for len(p) > 0 {
			n := copy(place, p[:min(len(p), atOnce)])
			place, p = place[n:], p[n:]
		}
	}
	return whole
}
