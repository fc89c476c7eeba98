package cv

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"

	"github.com/lib/pq"
)

// stemmer knows what PostgreSQL makes of words. It asks for each new word once: to have PostgreSQL take whole texts apart
// costs more than all the rest of an import. Nothing personal is among the words: names are taken out of texts first.
type stemmer struct {
	mu      sync.RWMutex
	stems   map[string]stem
	numbers map[string]int // of stems
	most    int            // words that are kept
}

// stem is what PostgreSQL makes of a word, "" of one that it leaves out.
type stem struct {
	text   string
	number int // the same for all words with the stem
}

// maxStems bounds the words that are kept. English and the jargon of the trade have fewer; the rest are slips of the
// keyboard, after enough of which everything is forgotten.
const maxStems = 300_000

// learn asks for the words that are not known yet.
func (st *stemmer) learn(ctx context.Context, q pg.Reader, words func(yield func(string) bool)) error {
	var unknown map[string]bool
	st.mu.RLock()
	for w := range words {
		if _, known := st.stems[w]; known {
			continue
		}
		if unknown == nil {
			unknown = map[string]bool{}
		}
		unknown[w] = true
	}
	st.mu.RUnlock()
	if len(unknown) == 0 {
		return nil
	}
	list := make(pq.StringArray, 0, len(unknown))
	for w := range unknown {
		list = append(list, w)
	}
	var rows []struct {
		Word string `db:"word"`
		Stem string `db:"stem"`
	}
	// A word that is too long for PostgreSQL has no stem, and is in no text for it.
	err := q.List(ctx, &rows, `SELECT w AS word, coalesce((tsvector_to_array(to_tsvector('cv', w)))[1], '') AS stem FROM unnest($1::text[]) w`, list)
	if err != nil {
		return fmt.Errorf("stem words: %w", err)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.stems == nil || len(st.stems)+len(rows) > st.most {
		before := st.stems
		st.stems, st.numbers = make(map[string]stem, len(rows)), make(map[string]int, len(rows))
		for w := range words { // all of which are to be known
			if s, known := before[w]; known {
				st.add(w, s.text)
			}
		}
	}
	for _, r := range rows {
		st.add(r.Word, r.Stem)
	}
	return nil
}

func (st *stemmer) add(word, text string) {
	number, known := st.numbers[text]
	if !known {
		number = len(st.numbers)
		st.numbers[text] = number
	}
	st.stems[word] = stem{text, number}
}

// of gives the stem of a word that was learned, "" of one that has none.
func (st *stemmer) of(word string) string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.stems[word].text
}

// query puts the stems of its words into a query of package cvquery, as to_tsquery would do.
func (st *stemmer) query(ctx context.Context, q pg.Reader, tsquery string) (string, error) {
	for {
		pieces := strings.Split(tsquery, "'") // every other one is a word
		err := st.learn(ctx, q, func(yield func(string) bool) {
			for i := 1; i < len(pieces); i += 2 {
				if !yield(pieces[i]) {
					return
				}
			}
		})
		if err != nil {
			return "", err
		}
		if st.put(pieces) {
			return strings.Join(pieces, "'"), nil
		}
	}
}

// put puts stems in the place of words, unless one of them was forgotten meanwhile.
func (st *stemmer) put(pieces []string) (known bool) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for i := 1; i < len(pieces); i += 2 {
		stem, known := st.stems[pieces[i]]
		if !known {
			return false
		}
		if stem.text != "" {
			pieces[i] = stem.text
		}
	}
	return true
}

// partsOf are the normalised words of texts, each of which is given in pieces.
func partsOf(texts ...[]string) (parts [4][]string) {
	size := 0
	for _, pieces := range texts {
		for _, text := range pieces {
			size += len(text)
		}
	}
	words := make([]string, 0, size/5+8)
	for i, pieces := range texts {
		from := len(words)
		words = cvquery.AppendWords(words, pieces...)
		parts[i] = words[from:len(words):len(words)]
	}
	return parts
}
