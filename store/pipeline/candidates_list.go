package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// CandidateFilter selects candidates of a list. A zero value selects all.
type CandidateFilter struct {
	// Statuses selects items in any of these statuses.
	Statuses []board.ApplicationStatus
	// Words must all occur in the name, email address, title or skills; capitals and accents make no difference.
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
	if len(q.Words) > 0 || len(q.Skills) > 0 {
		if l.Gathered = true; len(q.Statuses) == 0 && q.JobID == 0 && q.UpdatedSince.IsZero() {
			l.Where = ofTenantWithWords
		}
		l.Where += " AND " + wordsCondition(l, t, q.Words, q.Skills)
	}
	pg.AndAny(l, "status", q.Statuses)
	if q.JobID != 0 {
		l.Where += " AND id IN (SELECT candidate_id FROM applications WHERE employer_id = $1 AND mode = $2 AND job_id = " + l.Arg(q.JobID) + ")"
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	return l
}

// ofTenantWithWords is the condition that a candidate is of a tenant ($1, $2), for a statement that finds candidates by their terms alone,
// which have the tenant in them. Inside of CASE the condition uses no index: else PostgreSQL would read all candidates of the tenant, too.
const ofTenantWithWords = "CASE WHEN employer_id = $1 AND mode = $2 THEN TRUE END AND erased_at IS NULL"

// wordsCondition is the condition that a candidate has all words and skills, by the index candidates_words.
func wordsCondition(l *pg.Listing, t board.Tenant, words, skills []string) string {
	query, literal := wordsQuery(l, t, words, skills)
	return "words @@ (" + query + ")" + literal
}

// wordsQuery is what the terms of a candidate must match, and a condition on the candidate for what the terms do not know. The first
// arguments of the list are the employer and the mode.
func wordsQuery(l *pg.Listing, t board.Tenant, words, skills []string) (terms, rest string) {
	var query, literal strings.Builder
	query.WriteString(l.Arg(exactTerms(t, skills)) + "::tsquery")
	for _, w := range words {
		arg := l.Arg(pg.Storable(w))
		if hasWord(w) {
			// A word of the candidate begins with the word of the filter. PostgreSQL folds both alike.
			query.WriteString(" && candidate_query($1, $2, " + arg + ")")
		}
		if hasSign(w) {
			literal.WriteString(" AND strpos(folded(candidate_text(first_name, last_name, email, title, skills)), folded(" + arg + ")) > 0")
		}
	}
	return query.String(), literal.String()
}

// tenantTerm is a term that all candidates of a tenant have, and the beginning of all their other terms.
func tenantTerm(t board.Tenant) string { return fmt.Sprintf("%d%s ", t.EmployerID, t.Mode) }

// exactTerms are the terms of a filter that stand in that index as they are: that of the tenant and the skills.
func exactTerms(t board.Tenant, skills []string) string {
	terms := append([]string{tenantTerm(t)},
		pg.Column[[]string](skills, func(s string) string { return tenantTerm(t) + "#" + pg.Storable(canonicalSkill(s)) })...)
	return strings.Join(pg.Column[[]string](terms, pg.QuoteLexeme), " & ")
}

// hasWord tells whether the index has words of this text. It has none of Han and Kana, which are written without blanks.
func hasWord(w string) bool {
	return strings.ContainsFunc(w, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) && !strings.ContainsFunc(w, isIdeograph)
}

// hasSign tells whether a text has something in it that the index does not know.
func hasSign(w string) bool {
	return strings.ContainsFunc(w, func(c rune) bool {
		return isIdeograph(c) || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c)
	})
}

func isIdeograph(c rune) bool {
	const first = 0x2E80
	return c >= first && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// canonicalSkill is the name under which the taxonomy has a skill.
func canonicalSkill(name string) string {
	canonical, _ := taxonomy.CanonicalSkill(name)
	return canonical
}
