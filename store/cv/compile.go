package cv

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// cvQuery is a search in the form in which it runs.
type query struct {
	mode   board.Mode
	parsed cvquery.Query
	text   string    // with the stems of words, for a cast to tsquery, as all of these
	loose  string    // the same as the index of words has it, without places and weights: it finds more
	words  []string  // all of them
	shares []float64 // of people who have a part; see collector.sample
	circle *circle
	years  int
	leaves []leaf
	after  *cursor
}

// maxLeaves is how many terms of a query count for its ranking.
const maxLeaves = 8

// leaf is a term of a query: a word or phrase with its other spellings, as a query of each part of a profile.
type leaf struct {
	text   string
	parts  [4]string
	phrase bool
}

// noLeaf is in no part of any profile.
var noLeaf = leaf{parts: [4]string{nowhere, nowhere, nowhere, nowhere}}

func (s *Store) compile(ctx context.Context, mode board.Mode, search Query) (*query, error) {
	parsed, err := cvquery.Parse(search.Q, taxonomy.Synonyms)
	if bad, ok := errors.AsType[*cvquery.Error](err); ok {
		return nil, badParameter("q", board.FieldInvalidFormat, fmt.Sprintf("is wrong at character %d: %s", bad.Position, bad.Message))
	}
	if err != nil {
		return nil, fmt.Errorf("parse query: %w", err)
	}
	text, err := s.stems.query(ctx, s.db.Reader(ctx), parsed.TSQuery())
	if err != nil {
		return nil, err
	}
	q := &query{mode: mode, parsed: parsed, text: text, loose: loosened(text), years: search.MinYears}
	for _, l := range parsed.Leaves() {
		if len(q.leaves) == maxLeaves {
			break
		}
		if l.TSQuery, err = s.stems.query(ctx, s.db.Reader(ctx), l.TSQuery); err != nil {
			return nil, err
		}
		q.leaves = append(q.leaves, newLeaf(l))
	}
	q.narrow(search)
	if err := q.locate(search); err != nil {
		return nil, err
	}
	if search.Cursor == "" {
		return q, nil
	}
	after, ok := parseCursor(search.Cursor)
	if !ok || search.Sort != CvByRecency {
		return nil, badParameter("cursor", board.FieldInvalid, "must be the nextCursor of a page of the same search, sorted by recency")
	}
	q.after = &after
	return q, nil
}

func badParameter(field, code, message string) error {
	return &board.Error{Code: board.CodeInvalidQuery, Message: "The query parameter " + field + " " + strings.TrimSuffix(message, ".") + ".", Fields: []board.FieldError{{Field: field, Code: code, Message: message}}}
}

func newLeaf(l cvquery.Leaf) leaf {
	out := leaf{text: l.Text, phrase: strings.Contains(l.TSQuery, "<->")}
	for i := range out.parts {
		out.parts[i] = inPart(l.TSQuery, "ABCD"[i])
	}
	return out
}

// loosened is a query without the places and weights of its words, which the index of words does not know: it finds
// all that the query finds, and more. What must not be there is not looked for at all where it has some.
func loosened(tsquery string) string {
	var b strings.Builder
	for {
		before, not, found := strings.Cut(tsquery, "!(")
		b.WriteString(looseTerms(before))
		if !found {
			return b.String()
		}
		depth, end := 1, 0
		for ; depth > 0; end++ {
			switch not[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		if inner := not[:end-1]; looseTerms(inner) == inner {
			b.WriteString("!(" + inner + ")")
		} else {
			b.WriteString("!(" + nowhere + ")")
		}
		tsquery = not[end:]
	}
}

func looseTerms(tsquery string) string {
	tsquery = weighted.ReplaceAllString(tsquery, "'$1")
	return strings.ReplaceAll(tsquery, " <-> ", " & ")
}

var weighted = regexp.MustCompile(`'(:\*)[ABCD]+|':[ABCD]+`)

// nowhere is a word that no text has: letters and digits are never glued to each other by cvquery.Normalize in this way.
const nowhere = "'nowhere0nowhere'"

// inPart narrows every word of a query to one weight. A word that is looked for in other parts alone matches nothing.
func inPart(tsquery string, weight byte) string {
	var b strings.Builder
	for i, piece := range strings.Split(tsquery, "'") {
		switch {
		case i%2 == 1: // a word; its options follow
			b.WriteString("'" + piece + "'")
		case i == 0 || !strings.HasPrefix(piece, ":"):
			if i > 0 {
				b.WriteString(":" + string(weight))
			}
			b.WriteString(piece)
		default:
			options := piece[1:]
			rest := strings.TrimLeft(options, "*ABCD")
			options = options[:len(options)-len(rest)]
			star := strings.Contains(options, "*")
			weights := strings.ReplaceAll(options, "*", "")
			if weights != "" && strings.IndexByte(weights, weight) < 0 {
				// Take the word back.
				before := b.String()
				b.Reset()
				b.WriteString(before[:strings.LastIndexByte(strings.TrimSuffix(before, "'"), '\'')])
				b.WriteString(nowhere)
				star = false
			}
			b.WriteByte(':')
			if star {
				b.WriteByte('*')
			}
			b.WriteByte(weight)
			b.WriteString(rest)
		}
	}
	return b.String()
}

// skillWords are the words of a skill. One that is only the other name of a title may be listed under that title's names.
func skillWords(skill string) []string {
	name, known := taxonomy.CanonicalSkill(skill)
	names := []string{name}
	if !known {
		names = append(names, taxonomy.Synonyms(skill)...)
	}
	var words []string
	for _, name := range names {
		name, _ = taxonomy.CanonicalSkill(strings.TrimPrefix(strings.TrimPrefix(name, "title:"), "skill:"))
		if word := skillWord + pg.Storable(strings.ToLower(name)); name != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

func (q *query) narrow(search Query) {
	for _, s := range search.Skills {
		switch words := skillWords(s); len(words) {
		case 0:
		case 1:
			q.words = append(q.words, pg.QuoteLexeme(words[0]))
		default:
			q.words = append(q.words, anyWord(words))
		}
	}
	if search.Seniority != nil {
		q.words = append(q.words, pg.QuoteLexeme(seniorityWord+string(*search.Seniority)))
	}
	if search.RemoteType != nil {
		q.words = append(q.words, pg.QuoteLexeme(remoteWord+string(*search.RemoteType)))
	}
	if search.Availability != "" {
		q.words = append(q.words, pg.QuoteLexeme(availabilityWord+pg.Storable(search.Availability)))
	}
	for _, step := range slices.Backward(yearSteps) {
		if step <= search.MinYears {
			q.words = append(q.words, pg.QuoteLexeme(yearsWord+strconv.Itoa(step)))
			break
		}
	}
}

// defaultRadiusKm is the radius of a place without one.
const defaultRadiusKm = 50

func (q *query) locate(search Query) error {
	if search.Location == "" {
		return nil
	}
	if strings.TrimSpace(search.Location) == "" {
		return badParameter("location", board.FieldTooShort, "is blank; leave it out to look everywhere")
	}
	city, ok := taxonomy.Locate(search.Location)
	if country, is := taxonomy.Country(search.Location); !ok && is {
		q.words = append(q.words, pg.QuoteLexeme(countryWord+strings.ToLower(country)))
		return nil
	}
	if !ok {
		return badParameter("location", board.FieldNotAllowed,
			`is not a place that is known here; give a larger city ("Leeds", "Leeds, United Kingdom"), a country, or coordinates ("53.8,-1.55")`)
	}
	radius := search.RadiusKm
	if radius == 0 {
		radius = defaultRadiusKm
	}
	c := newCircle(city.Latitude, city.Longitude, float64(radius))
	q.circle = &c
	if cells := c.cells(); len(cells) > 0 {
		q.words = append(q.words, anyWord(cells))
	}
	return nil
}

func anyWord(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = pg.QuoteLexeme(w)
	}
	return "(" + strings.Join(quoted, "|") + ")"
}
