package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// anywhere are words that people write for a place when they mean none.
var anywhere = []string{"remote", "anywhere", "home", "home office", "homeoffice", "work from home", "worldwide", "everywhere", "fully remote", "remotely", "hybrid", "on site", "onsite"}

func isAnywhere(place string) bool { return slices.Contains(anywhere, cvquery.Normalize(place)) }

// unknownPlace says what to write for a place that is not known.
func unknownPlace(place string) board.FieldError {
	message := "is not a place that is known here: write a larger city nearby, such as Leeds, or a country"
	if isAnywhere(place) {
		message = "is no place: leave it empty, and choose the work pattern beside the jobs that are found"
	} else if meant, ok := taxonomy.SuggestPlace(place); ok {
		message = "is not a place that is known here: did you mean " + meant + "? Else write a larger city nearby, or a country"
	}
	return board.FieldError{Field: "place", Code: board.FieldNotAllowed, Message: message}
}

// townOf is the name of a place, and of its country as jobs have it, as filterLexemes writes them.
func townOf(place string) string {
	if i := strings.LastIndexByte(place, ','); i >= 0 {
		if country, ok := board.FindCountry(strings.TrimSpace(place[i+1:])); ok {
			place = place[:i+1] + country.Name
		}
	}
	return cvquery.Normalize(place)
}

// searchPlan is a search as conditions of SQL.
type searchPlan struct {
	parsed cvquery.Query
	// words is the query as text of to_tsquery, loose what the index is asked in its place, which finds the same when exact is true, and
	// filter the lexemes that must be there. All may be empty.
	words, loose, filter string
	exact                bool
	since                time.Time
	bestPaid             bool // are found, and not the newest
	// town is the lexeme of a city that is not known to the taxonomy; empty for none.
	town string
	// Of a circle; radius is 0 for none.
	latitude, longitude, radius float64
	now                         time.Time
}

func planSearch(q publication.Search, now time.Time) (searchPlan, error) {
	p := searchPlan{now: now, exact: true, bestPaid: q.Sort == publication.SortSalary}
	var err error
	if p.parsed, err = cvquery.Parse(q.Q, taxonomy.Synonyms); err != nil {
		syntax, ok := errors.AsType[*cvquery.SyntaxError](err)
		if !ok {
			return p, err
		}
		return p, board.Invalid(board.FieldError{Field: "q", Code: board.FieldInvalidFormat, Message: "is not understood at character " + strconv.Itoa(syntax.Position) + ": " + syntax.Message})
	}
	p.words = p.parsed.String()
	var filters []string
	add := func(kind, value string) {
		if value != "" {
			filters = append(filters, pg.QuoteLexeme("~"+kind+":"+value))
		}
	}
	add("e", string(q.EmploymentType))
	add("r", string(q.RemoteType))
	add("l", string(q.Seniority))
	if q.SalaryStep > 0 {
		add("s", strconv.Itoa(q.SalaryStep))
	}
	if place := strings.TrimSpace(q.Place); place != "" {
		country, isCountry := board.FindCountry(place)
		city, located := taxonomy.Locate(place)
		switch {
		case isCountry:
			add("c", country.Code)
		case located:
			p.latitude, p.longitude = city.Latitude, city.Longitude
			p.radius = float64(min(cmp.Or(max(q.RadiusKm, 0), publication.DefaultRadiusKm), publication.MaxRadiusKm))
			near := pg.Column[[]string](cells(city.Latitude, city.Longitude, p.radius), func(c string) string { return pg.QuoteLexeme("~g:" + c) })
			filters = append(filters, "("+strings.Join(near, " | ")+")")
		case cvquery.Normalize(place) == "" || isAnywhere(place):
			return p, board.Invalid(unknownPlace(place))
		default:
			p.town = pg.QuoteLexeme("~p:" + townOf(place))
			filters = append(filters, p.town)
		}
	}
	p.filter = strings.Join(filters, " & ")
	if q.PostedWithin > 0 {
		p.since = now.Add(-q.PostedWithin)
	}
	return p, nil
}

// indexed completes a plan with what the index is asked for its words. The database knows their lexemes.
func (s *Store) indexed(ctx context.Context, p *searchPlan) error {
	words := p.parsed.AllWords()
	if len(words) == 0 {
		return nil
	}
	var rows []struct {
		Word    string         `db:"word"`
		Lexemes pq.StringArray `db:"lexemes"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT word, tsvector_to_array(to_tsvector('cv', word)) AS lexemes FROM unnest($1::text[]) word`, pq.StringArray(words))
	if err != nil {
		return fmt.Errorf("find the lexemes of a search: %w", err)
	}
	lexemes := make(map[string][]string, len(rows))
	for _, r := range rows {
		lexemes[r.Word] = r.Lexemes
	}
	p.loose, p.exact = p.parsed.Loose(func(word string) []string { return lexemes[word] })
	return nil
}

// order is how the hits are sorted of which the first are taken.
func (p searchPlan) order() string {
	if p.bestPaid {
		return " ORDER BY salary_year DESC, posted_date DESC, job_id DESC"
	}
	return " ORDER BY posted_date DESC, job_id DESC"
}

// window bounds the jobs that a search looks at. The zero value bounds nothing.
type window struct {
	PostedDate time.Time `db:"posted_date"` // later than this
	SalaryYear int64     `db:"salary_year"` // or more
}

// partInTitle is which part of the terms stands in the title, from 0 to 1: people who look for a cloud architect mean one, rather than an
// architect who knows clouds.
const partInTitle = `(SELECT count(*) FROM unnest((SELECT array_agg(to_tsquery('cv', term)) FROM unnest($10::text[]) term)) term
         WHERE terms @@ term)::float8 / greatest(1, cardinality($10::text[]))`

// sql is a statement that finds up to maxRanked+1 hits in a window, in their order, and its arguments. Queries of words stand in the
// text of the condition as parameters, so that there are few statements to prepare.
//
// The index gives the candidates (see cvquery.Query.Loose), whose rows are short: terms stand apart from them. Only when the index alone
// cannot tell, terms are read, of one candidate after the other until there are hits enough. Queries of words are selects of their own,
// because PostgreSQL would make each of them anew for each row.
func (p searchPlan) sql(in window) (statement string, args []any) {
	index := strings.Join(slices.DeleteFunc([]string{p.loose, p.filter}, func(part string) bool { return part == "" }), " & ")
	args = []any{p.now, p.since, in.PostedDate, in.SalaryYear, p.words, index, p.latitude, p.longitude, p.radius, pq.StringArray(append([]string{}, p.parsed.InTitles()...))}
	limit := fmt.Sprintf(" LIMIT %d", maxRanked+1)
	rank, recheck, inner := "0", "", limit
	if p.words != "" {
		// Of the hits that are shown alone.
		rank = "ts_rank('{0.15,0.4,0.7,1}', terms, (SELECT to_tsquery('cv', $5))) + " + partInTitle
	}
	if !p.exact {
		// Without the offset PostgreSQL would read the terms before it sorts.
		recheck, inner = " WHERE terms @@ (SELECT to_tsquery('cv', $5))", " OFFSET 0"
	}
	where := "expiry_date > $1 AND posted_date > $2 AND $5::text IS NOT NULL AND $6::text IS NOT NULL AND $10::text[] IS NOT NULL"
	if index != "" {
		where += " AND found @@ (SELECT $6::tsquery)"
	}
	// A range between two values is what makes PostgreSQL use the index of the order, too. No job is published later than now.
	if in.SalaryYear > 0 {
		where += " AND salary_year BETWEEN $4::bigint AND 9223372036854775807 AND $3::timestamptz IS NOT NULL"
	} else {
		where += " AND $3::timestamptz IS NOT NULL AND $4::bigint IS NOT NULL"
	}
	if !in.PostedDate.IsZero() {
		where += " AND posted_date > $3 AND posted_date <= $1"
	}
	// The distance on a sphere, in kilometres.
	where += ` AND ($9::float8 = 0 OR 12742 * asin(least(1, sqrt(power(sind((latitude - $7::float8) / 2), 2) +
       cosd($7::float8) * cosd(latitude) * power(sind((longitude - $8::float8) / 2), 2)))) <= $9::float8)`
	const columns = "job_id, posted_date, employment_type, remote_type, seniority, salary_step"
	return `SELECT ` + columns + `, ` + rank + ` AS rank, 1 AS count
  FROM (SELECT ` + columns + `, salary_year, terms FROM job_index WHERE ` + where + p.order() + inner + `) c` + recheck + p.order() + limit, args
}
