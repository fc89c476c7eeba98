package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// CandidateFilter selects candidates of a list. A zero value selects all.
type CandidateFilter struct {
	// Statuses selects items in any of these statuses.
	Statuses []board.ApplicationStatus
	// Words must all occur in the name, email address, title or skills, in upper or lower case.
	Words []string
	// Skills must all be among those of the candidate; synonyms of the taxonomy count.
	Skills []string
	// JobID is a job that the candidate has applied for.
	JobID        int64
	UpdatedSince time.Time
}

// CandidateQuery asks for one page of candidates: the one after a position, or else the one at an offset.
type CandidateQuery struct {
	CandidateFilter

	Sort   pg.Sort
	After  *pg.Position
	Offset int
	Limit  int
}

type listedCandidate struct {
	pg.Counted
	candidateRow
}

// Candidates reads one page of the tenant's own candidates. A filter by a job that does not exist, or is another
// employer's, selects none.
func (s *Store) Candidates(ctx context.Context, t board.Tenant, q CandidateQuery) (pg.Page[Candidate], error) {
	return pg.ReadPage(ctx, s.db.Reader(ctx), candidateListing(t, q), candidateSQL, func(r listedCandidate) (Candidate, error) {
		outbox.TellsIn(ctx, s.db, r.ID)
		return r.candidate(), nil
	})
}

func candidateListing(t board.Tenant, q CandidateQuery) *pg.Listing {
	l := &pg.Listing{
		Table: "candidates", Columns: candidateColumns, Where: "employer_id = $1 AND mode = $2 AND erased_at IS NULL", Args: []any{t.EmployerID, t.Mode},
		Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit,
	}
	pg.AndAny(l, "status", q.Statuses)
	if len(q.Words) > 0 || len(q.Skills) > 0 {
		// A word of the candidate begins with the word of the filter. PostgreSQL folds the case, as it did for the index.
		exact, words := candidateTerms(t, q.CandidateFilter)
		l.And(candidateWords+" @@ (", exact)
		l.Where += "::tsquery && to_tsquery('pg_catalog.simple', " + l.Arg(words) + "))"
	}
	for _, w := range q.Words {
		if parts := wordParts(w); len(parts) != 1 || parts[0] != w {
			l.And("concat_ws(' ', first_name, last_name, email, title, array_to_string(skills, ' ')) ILIKE ", "%"+pg.LikeEscaper.Replace(w)+"%")
		}
	}
	if q.JobID != 0 {
		l.Where += " AND id IN (SELECT candidate_id FROM applications WHERE employer_id = $1 AND mode = $2 AND job_id = " + l.Arg(q.JobID) + ")"
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	return l
}

// candidateWords is the expression that the index candidates_words has.
const candidateWords = "candidate_words(employer_id, mode, first_name, last_name, email, title, skills)"

// candidateTerms returns the terms of a filter as they are in that index: the tenant and the skills, and prefixes of words.
func candidateTerms(t board.Tenant, f CandidateFilter) (exact, words string) {
	terms := append([]string{fmt.Sprintf("=%d %s", t.EmployerID, t.Mode)},
		pg.Column[[]string](f.Skills, func(s string) string { return "#" + pg.Storable(canonicalSkill(s)) })...)
	var parts []string
	for _, w := range f.Words {
		for _, part := range wordParts(w) {
			parts = append(parts, pg.QuoteLexeme(part)+":*")
		}
	}
	return strings.Join(pg.Column[[]string](terms, pg.QuoteLexeme), " & "), strings.Join(parts, " & ")
}

// wordParts splits a word like the SQL function candidate_words: at each ASCII character that is no letter or digit.
func wordParts(w string) []string {
	return strings.FieldsFunc(pg.Storable(w), func(c rune) bool { return c < utf8.RuneSelf && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// canonicalSkill is the name under which the taxonomy has a skill.
func canonicalSkill(name string) string {
	canonical, _ := taxonomy.CanonicalSkill(name)
	return canonical
}
