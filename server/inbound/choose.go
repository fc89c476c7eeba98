package inbound

import (
	"crypto/sha256"
	"regexp"

	"itmanagerjobs/store/board"
)

// candidate is a file that may be the CV. Of all but the best no more than the sum of its bytes is kept: a message may unpack to many.
type candidate struct {
	name string
	sum  [sha256.Size]byte
}

// isCV tells by its content whether a file is one that is taken as a CV, whatever its type says; plain text is not.
func isCV(name string, b []byte) bool {
	cv, leftOut := board.TakeCV(board.Upload{Name: name, Bytes: unwrapped(b)}, "")
	return leftOut == nil && cv.Kind != board.KindTXT
}

// consider notes a file that may be the CV: the one of the highest rank is it, of equals the first.
func (c *collector) consider(cv board.CV) {
	c.candidates = append(c.candidates, candidate{cv.Name, sha256.Sum256(cv.Bytes)})
	if r := rank(cv); c.best == nil || r > c.bestRank {
		c.best, c.bestRank, c.bestAt = &cv, r, len(c.candidates)-1
	}
}

// choose gives the CV, and all that was left out.
func (c *collector) choose() (*board.CV, []board.UnreadFile) {
	for _, f := range c.candidates {
		if f.sum != c.candidates[c.bestAt].sum {
			c.leaveOut(board.UnreadFile{Name: f.name, Reason: board.ReasonAnother})
		}
	}
	return c.best, c.unread
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
