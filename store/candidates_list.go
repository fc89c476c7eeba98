package store

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/taxonomy"
)

// CandidateFilter narrows a list of candidates; zero values don't.
type CandidateFilter struct {
	Status board.ApplicationStatus
	// Words must all occur in name, email address, title or skills, upper and lower case alike.
	Words []string
	// Skills must all be there, by whatever name they go.
	Skills []string
	// JobID is a job that they have applied for.
	JobID        int64
	UpdatedSince time.Time
}

// CandidateQuery asks for one page of candidates, like JobQuery and in the same orders.
type CandidateQuery struct {
	CandidateFilter

	Sort   JobSort
	After  *JobPosition
	Offset int
	Limit  int
}

// CandidatePage is one page of candidates.
type CandidatePage struct {
	// Total counts what the filter lets through on all pages.
	Total      int
	Candidates []Candidate
	// More tells that candidates follow after this page.
	More bool
}

// ListCandidates reads one page of the employer's pipeline and the total in one transaction's view. A filter by a job
// that is absent, or another employer's, lets nothing through.
func (s *Store) ListCandidates(ctx context.Context, t Tenant, q CandidateQuery) (CandidatePage, error) {
	l := candidateListing(t, q)
	query := strings.Replace(candidateSQL(l.page()), "SELECT ", "SELECT "+l.total()+" AS total, ", 1) + " ORDER BY " + l.order("c.")
	var rows []struct {
		Total int `db:"total"`
		candidateRow
	}
	if err := s.reader(ctx).SelectContext(ctx, &rows, query, l.args...); err != nil {
		return CandidatePage{}, fmt.Errorf("list candidates: %w", err)
	}
	page := CandidatePage{Candidates: make([]Candidate, 0, len(rows)), More: len(rows) > q.Limit}
	for _, r := range rows[:min(len(rows), q.Limit)] {
		page.Total = r.Total
		s.tellsOf(ctx, r.ID)
		page.Candidates = append(page.Candidates, r.candidate())
	}
	if len(rows) > 0 {
		return page, nil
	}
	// A page without rows does not say how many there are on others.
	l = candidateListing(t, q)
	if err := s.reader(ctx).GetContext(ctx, &page.Total, `SELECT `+l.total(), l.args...); err != nil {
		return CandidatePage{}, fmt.Errorf("count candidates: %w", err)
	}
	return page, nil
}

func candidateListing(t Tenant, q CandidateQuery) *listing {
	l := &listing{
		table: "candidates", columns: candidateColumns, where: "employer_id = $1 AND mode = $2 AND erased_at IS NULL", args: []any{t.EmployerID, t.Mode},
		sort: q.Sort, after: q.After, offset: q.Offset, limit: q.Limit,
	}
	if q.Status != "" {
		l.and("status = ", q.Status)
	}
	if len(q.Words) > 0 || len(q.Skills) > 0 {
		// The words begin with what is asked for; PostgreSQL folds their letters as it did those of the index.
		exact, words := candidateTerms(t, q.CandidateFilter)
		l.and(candidateWords+" @@ (", exact)
		l.where += "::tsquery && to_tsquery('pg_catalog.simple', " + l.arg(words) + "))"
	}
	for _, w := range q.Words {
		if parts := wordParts(w); len(parts) != 1 || parts[0] != w {
			l.and("concat_ws(' ', first_name, last_name, email, title, array_to_string(skills, ' ')) ILIKE ", "%"+likeEscaper.Replace(w)+"%")
		}
	}
	if q.JobID != 0 {
		l.where += " AND id IN (SELECT candidate_id FROM applications WHERE employer_id = $1 AND mode = $2 AND job_id = " + l.arg(q.JobID) + ")"
	}
	if !q.UpdatedSince.IsZero() {
		l.and("updated_at >= ", q.UpdatedSince)
	}
	return l
}

// candidateWords is what the index candidates_words has of somebody.
const candidateWords = "candidate_words(employer_id, mode, first_name, last_name, email, title, skills)"

// candidateTerms are the tenant and the skills as they stand there, and the beginnings of words.
func candidateTerms(t Tenant, f CandidateFilter) (exact, words string) {
	terms := append([]string{fmt.Sprintf("=%d %s", t.EmployerID, t.Mode)},
		column[[]string](f.Skills, func(s string) string { return "#" + storable(canonicalSkill(s)) })...)
	var parts []string
	for _, w := range f.Words {
		for _, part := range wordParts(w) {
			parts = append(parts, quoteWord(part)+":*")
		}
	}
	return strings.Join(column[[]string](terms, quoteWord), " & "), strings.Join(parts, " & ")
}

// wordParts splits a word as candidate_words does, at what is neither a letter nor a digit in ASCII.
func wordParts(w string) []string {
	return strings.FieldsFunc(storable(w), func(c rune) bool { return c < utf8.RuneSelf && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// canonicalSkill is the name that a skill is kept under.
func canonicalSkill(name string) string {
	canonical, _ := taxonomy.CanonicalSkill(name)
	return canonical
}
