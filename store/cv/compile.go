package cv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// Errors of a Query; a *cvquery.SyntaxError is another one.
var (
	// ErrBlankPlace answers a Location of blanks.
	ErrBlankPlace = errors.New("the place is blank")
	// ErrBadCursor answers a Cursor that is no NextCursor of a search in the same order.
	ErrBadCursor = errors.New("the cursor is not the next one of a page in this order")
)

// UnknownPlaceError answers a Location that the taxonomy does not know.
type UnknownPlaceError struct {
	Place string
}

func (e *UnknownPlaceError) Error() string { return fmt.Sprintf("the place %q is not known", e.Place) }

// compiled is a Query in the form in which it runs.
type compiled struct {
	mode   board.Mode
	parsed cvquery.Query
	// recheck is the tsquery by which a row that the index finds is checked again, "" when every such row is a hit.
	recheck     string
	phrasePairs int
	// conditions must all match. They are without positions and weights, as the index can answer them: the conjuncts of the
	// query, then the filters.
	conditions []condition
	circle     *circle
	minYears   int
	terms      []rankedTerm
	after      *cursor
}

// maxRankedTerms is how many terms of a query count for its ranking.
const maxRankedTerms = 8

// rankedTerm is a term of a query with its synonyms, as a tsquery for each section of a profile.
type rankedTerm struct {
	text     string
	sections [cvquery.SectionCount]string
	// words are the same without phrases: all lexemes must be there, wherever they stand.
	words  [cvquery.SectionCount]string
	phrase bool // whether that makes a difference
}

// compile makes of a Query what the index needs. Errors: *cvquery.SyntaxError, *UnknownPlaceError, ErrBlankPlace, ErrBadCursor.
func (s *Store) compile(ctx context.Context, mode board.Mode, search Query) (*compiled, error) {
	parsed, err := cvquery.Parse(search.Q, taxonomy.Synonyms)
	if err != nil {
		return nil, fmt.Errorf("parse query: %w", err)
	}
	q := &compiled{mode: mode, parsed: parsed, minYears: search.MinYears}
	text, err := s.compileText(ctx, q)
	if err != nil {
		return nil, err
	}
	place, err := q.locate(search)
	if err != nil {
		return nil, err
	}
	q.conditions = conditionsOf(slices.Concat(text, filtersOf(search), place))
	if search.Cursor == "" {
		return q, nil
	}
	after, ok := parseCursor(search.Cursor)
	if !ok || (search.Sort == ByRelevance) != (after.ranking != nil) {
		return nil, ErrBadCursor
	}
	q.after = &after
	return q, nil
}

// compileText compiles what was typed, and gives its conjuncts.
func (s *Store) compileText(ctx context.Context, q *compiled) ([]*expr, error) {
	if q.parsed.Empty() {
		return nil, nil
	}
	text, err := s.stems.compile(ctx, s.db.Reader(ctx), q.parsed.Expr())
	if err != nil {
		return nil, err
	}
	if text.lossy() {
		q.recheck = text.String()
	}
	q.phrasePairs = text.phrasePairs()
	terms := q.parsed.Terms()
	for _, term := range terms[:min(len(terms), maxRankedTerms)] {
		e, err := s.stems.compile(ctx, s.db.Reader(ctx), term)
		if err != nil {
			return nil, err
		}
		q.terms = append(q.terms, newRankedTerm(term.Text, e))
	}
	return text.conjuncts(), nil
}

func newRankedTerm(text string, e *expr) rankedTerm {
	t := rankedTerm{text: text, phrase: e.phrasePairs() > 0}
	for i := range t.sections {
		section := e.inSection(i)
		t.sections[i] = section.String()
		t.words[i] = section.withoutPhrases().String()
	}
	return t
}

// skillLexemes are the lexemes of a skill. One that is only the other name of a title may be listed under that title's names.
func skillLexemes(skill string) []string {
	name, known := taxonomy.CanonicalSkill(skill)
	names := []string{name}
	if !known {
		names = append(names, taxonomy.Synonyms(skill)...)
	}
	var lexemes []string
	for _, name := range names {
		name, _ = taxonomy.CanonicalSkill(strings.TrimPrefix(strings.TrimPrefix(name, "title:"), "skill:"))
		if l := skillLexeme + pg.Storable(strings.ToLower(name)); name != "" && !slices.Contains(lexemes, l) {
			lexemes = append(lexemes, l)
		}
	}
	return lexemes
}

// anyOf is a condition on some lexemes, one of which must be there.
func anyOf(lexemes ...string) *expr {
	return operation(opOr, pg.Column[[]*expr](lexemes, lexeme)...)
}

// appendAny appends the condition that one of some values of a kind is there, if there are values.
func appendAny[T ~string](list []*expr, kind string, values []T) []*expr {
	if len(values) == 0 {
		return list
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(values)))
	return append(list, anyOf(pg.Column[[]string](distinct, func(v T) string { return kind + pg.Storable(string(v)) })...))
}

// filtersOf are the conditions that narrow a search beside its text and its place.
func filtersOf(search Query) []*expr {
	var list []*expr
	for _, s := range search.Skills {
		if lexemes := skillLexemes(s); len(lexemes) > 0 {
			list = append(list, anyOf(lexemes...))
		}
	}
	list = appendAny(list, seniorityLexeme, search.Seniorities)
	list = appendAny(list, remoteLexeme, search.RemoteTypes)
	list = appendAny(list, availabilityLexeme, search.Availabilities)
	for _, step := range slices.Backward(yearSteps) {
		if step <= search.MinYears {
			list = append(list, lexeme(yearsLexeme+strconv.Itoa(step)))
			break
		}
	}
	return list
}

// defaultRadiusKm is the radius around a place when the search has none.
const defaultRadiusKm = 50

// locate finds the place of a search, and gives the condition on it, if any. Errors: ErrBlankPlace, *UnknownPlaceError.
func (q *compiled) locate(search Query) ([]*expr, error) {
	if search.Location == "" {
		return nil, nil
	}
	if strings.TrimSpace(search.Location) == "" {
		return nil, ErrBlankPlace
	}
	city, ok := taxonomy.Locate(search.Location)
	if country, is := taxonomy.Country(search.Location); !ok && is {
		return []*expr{lexeme(countryLexeme + strings.ToLower(country))}, nil
	}
	if !ok {
		return nil, &UnknownPlaceError{search.Location}
	}
	radius := search.RadiusKm
	if radius == 0 {
		radius = defaultRadiusKm
	}
	c := newCircle(city.Latitude, city.Longitude, float64(radius))
	q.circle = &c
	if cells := c.cells(); len(cells) > 0 {
		return []*expr{anyOf(cells...)}, nil
	}
	return nil, nil
}
