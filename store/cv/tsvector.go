package cv

import (
	"encoding/binary"
	"sync"

	"itmanagerjobs/store/cvquery"
)

// What a tsvector can hold of one document, see PostgreSQL's documentation.
const (
	maxPosition  = 16_383
	maxPositions = 256 // of one lexeme
)

// tsvector writes the tsvector of an index entry in the binary form that PostgreSQL reads (tsvectorrecv): the lexemes of the
// sections with positions and weights, and the filters without. PostgreSQL would need most of the time of an import to read
// it as text. known is false when a word was forgotten since it was learned.
func (st *stemmer) tsvector(into []byte, sections [cvquery.SectionCount][]string, filters []string) (vector []byte, known bool) {
	lexemes := usedWriters.Get().(*vectorWriter) //nolint:forcetypeassert // nothing else is in there
	defer usedWriters.Put(lexemes)
	st.mu.RLock()
	defer st.mu.RUnlock()
	lexemes.reset(len(st.numbers))
	position := 0
	for section, tokens := range sections {
		for _, w := range tokens {
			position = min(position+1, maxPosition)
			stem, known := st.stems[w]
			if !known {
				return into, false
			}
			if stem.text != "" {
				lexemes.add(stem, position, section)
			}
		}
		position++ // no phrase spans two sections
	}
	return lexemes.write(into, filters), true
}

// usedWriters are vectorWriters to be used again.
var usedWriters = sync.Pool{New: func() any { return new(vectorWriter) }}

// vectorWriter gathers the positions of lexemes.
type vectorWriter struct {
	lexemes []posting
	index   []int32 // by the number of a stem: the index of its posting, from 1
}

// posting is a lexeme with its positions in a text.
type posting struct {
	stem

	positions []uint16 // with the weight in the two highest bits: 3 for A, 0 for D
}

func (t *vectorWriter) reset(numbers int) {
	for i := range t.lexemes {
		t.index[t.lexemes[i].number] = 0
	}
	t.lexemes = t.lexemes[:0]
	if len(t.index) < numbers {
		t.index = make([]int32, numbers+numbers/4)
	}
}

func (t *vectorWriter) add(s stem, position, section int) {
	if t.index[s.number] == 0 {
		if len(t.lexemes) == cap(t.lexemes) {
			t.lexemes = append(t.lexemes, posting{})
		} else {
			t.lexemes = t.lexemes[:len(t.lexemes)+1] // with the memory that it had for positions
		}
		last := &t.lexemes[len(t.lexemes)-1]
		last.stem, last.positions = s, last.positions[:0]
		t.index[s.number] = int32(len(t.lexemes)) //nolint:gosec // a text has fewer words
	}
	at := &t.lexemes[t.index[s.number]-1].positions
	n := len(*at)
	if n == maxPositions || n > 0 && (*at)[n-1]&maxPosition == maxPosition {
		return
	}
	*at = append(*at, uint16(position|(3-section)<<14)) //nolint:gosec // 14 bits and 2
}

func (t *vectorWriter) write(into []byte, filters []string) []byte {
	into = binary.BigEndian.AppendUint32(into, uint32(len(t.lexemes)+len(filters))) //nolint:gosec // a text has fewer words
	for i := range t.lexemes {
		into = append(append(into, t.lexemes[i].text...), 0)
		into = binary.BigEndian.AppendUint16(into, uint16(len(t.lexemes[i].positions))) //nolint:gosec // at most maxPositions
		for _, position := range t.lexemes[i].positions {
			into = binary.BigEndian.AppendUint16(into, position)
		}
	}
	for _, w := range filters {
		into = append(append(into, w...), 0, 0, 0)
	}
	return into
}

// tsvectorOID is the number of the type tsvector.
const tsvectorOID = 3614

// tsvectors is an array of so many values of tsvector as PostgreSQL reads it in its binary form (array_recv).
func tsvectors(n int, value func(i int, into []byte) ([]byte, error)) ([]byte, error) {
	const usualSize = 1500
	array := make([]byte, 0, n*usualSize)
	for _, v := range []uint32{1, 0, tsvectorOID, uint32(n), 1} { //nolint:gosec // a batch
		array = binary.BigEndian.AppendUint32(array, v) // dimensions, nulls, type, length, first index
	}
	for i := range n {
		at := len(array)
		var err error
		if array, err = value(i, append(array, 0, 0, 0, 0)); err != nil {
			return nil, err
		}
		binary.BigEndian.PutUint32(array[at:], uint32(len(array)-at-4)) //nolint:gosec // far less than 1 GB
	}
	return array, nil
}
