package cv

import (
	"encoding/binary"
	"sync"
)

// What a tsvector can hold of one document, see PostgreSQL's documentation.
const (
	maxPosition  = 16_383
	maxPositions = 256 // of one word
)

// tsvector writes a row's words as PostgreSQL reads a tsvector in its binary form (tsvectorrecv): those of the parts with
// their places and weights, and those that searches are narrowed by without. As text it would take most of the time of
// an import to read. It is not known when a word was forgotten since it was learned.
func (st *stemmer) tsvector(into []byte, parts [4][]string, words []string) (vector []byte, known bool) {
	terms := usedTerms.Get().(*termWriter) //nolint:forcetypeassert // nothing else is in there
	defer usedTerms.Put(terms)
	st.mu.RLock()
	defer st.mu.RUnlock()
	terms.reset(len(st.numbers))
	position := 0
	for part, tokens := range parts {
		for _, w := range tokens {
			position = min(position+1, maxPosition)
			stem, known := st.stems[w]
			if !known {
				return into, false
			}
			if stem.text != "" {
				terms.add(stem, position, part)
			}
		}
		position++ // no phrase goes over from one part to the next
	}
	return terms.write(into, words), true
}

// usedTerms are termWriters to be used again.
var usedTerms = sync.Pool{New: func() any { return new(termWriter) }}

// termWriter gathers the places of stems.
type termWriter struct {
	terms []term
	of    []int32 // by the number of a stem: which of the terms it is, from 1
}

type term struct {
	stem

	places []uint16 // a position with its weight in the two highest bits: 3 for A, 0 for D
}

func (t *termWriter) reset(numbers int) {
	for i := range t.terms {
		t.of[t.terms[i].number] = 0
	}
	t.terms = t.terms[:0]
	if len(t.of) < numbers {
		t.of = make([]int32, numbers+numbers/4)
	}
}

func (t *termWriter) add(s stem, position, part int) {
	if t.of[s.number] == 0 {
		if len(t.terms) == cap(t.terms) {
			t.terms = append(t.terms, term{})
		} else {
			t.terms = t.terms[:len(t.terms)+1] // with the room that it had for places
		}
		last := &t.terms[len(t.terms)-1]
		last.stem, last.places = s, last.places[:0]
		t.of[s.number] = int32(len(t.terms)) //nolint:gosec // a text has fewer words
	}
	at := &t.terms[t.of[s.number]-1].places
	n := len(*at)
	if n == maxPositions || n > 0 && (*at)[n-1]&maxPosition == maxPosition {
		return
	}
	*at = append(*at, uint16(position|(3-part)<<14)) //nolint:gosec // 14 bits and 2
}

func (t *termWriter) write(into []byte, words []string) []byte {
	into = binary.BigEndian.AppendUint32(into, uint32(len(t.terms)+len(words))) //nolint:gosec // a text has fewer words
	for i := range t.terms {
		into = append(append(into, t.terms[i].text...), 0)
		into = binary.BigEndian.AppendUint16(into, uint16(len(t.terms[i].places))) //nolint:gosec // at most maxPositions
		for _, place := range t.terms[i].places {
			into = binary.BigEndian.AppendUint16(into, place)
		}
	}
	for _, w := range words {
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
