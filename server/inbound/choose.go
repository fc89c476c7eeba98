package inbound

import (
	"bytes"
	"regexp"

	"itmanagerjobs/store/board"
)

// candidate is a file that may be the CV.
type candidate struct {
	cv   board.CV
	rank int
}

// isCV tells by its content whether a file is one that is taken as a CV, whatever its type says; plain text is not.
func isCV(name string, b []byte) bool {
	cv, leftOut := board.TakeCV(board.Upload{Name: name, Bytes: unwrapped(b)}, "")
	return leftOut == nil && cv.Kind != board.KindTXT
}

// choose gives the file of the highest rank, of equals the first, and all that were left out.
func (c *collector) choose() (*board.CV, []board.UnreadFile) {
	var best *candidate
	for i := range c.candidates {
		if best == nil || c.candidates[i].rank > best.rank {
			best = &c.candidates[i]
		}
	}
	if best == nil {
		return nil, c.unread
	}
	for i := range c.candidates {
		if f := &c.candidates[i]; f != best && !bytes.Equal(f.cv.Bytes, best.cv.Bytes) {
			c.leaveOut(board.UnreadFile{Name: f.cv.Name, Reason: board.ReasonAnother})
		}
	}
	return &best.cv, c.unread
}

// rank is higher for a file that is more likely the CV: one that its name calls a CV, then one whose text is read, then one
// that is no plain text, which could be the letter or a signature.
func rank(cv board.CV) int {
	n := 0
	if cvWord.MatchString(cv.Name) {
		n = 4
	}
	if cv.Kind != board.KindDOC && cv.Kind != board.KindPages {
		n += 2
	}
	if cv.Kind != board.KindTXT {
		n++
	}
	return n
}

// cvWord matches the names that people give to CVs. "cv" must be a whole word: "cvs-receipt.pdf" is not a CV.
var cvWord = regexp.MustCompile(`(?i)(^|[^a-z])cv([^a-z]|$)|r[eé]sum[eé]|lebenslauf|curriculum|vitae`)
