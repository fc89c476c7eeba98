package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// readProfile reads a profile from the text of a CV.
func readProfile(text string) board.Profile {
	read := taxonomy.Read(text)
	p := board.Profile{Title: read.Title, Skills: read.Skills}
	if seniority := board.Seniority(read.Seniority); seniority.Valid() {
		p.Seniority = seniority
	}
	if read.City != nil {
		p.City, p.Country, p.Latitude, p.Longitude = read.City.Name, read.City.Country, &read.City.Latitude, &read.City.Longitude
	}
	if read.Years > 0 {
		p.YearsExperience = &read.Years
	}
	return p
}

// candidateApplied updates the status and the profile of a candidate after an application was written. made reports whether
// the application has created the candidate. The caller has locked the candidate.
func candidateApplied(ctx context.Context, tx *pg.Tx, in incoming, a Application, made bool) error {
	newText, newPhone, err := learns(ctx, tx, in, a, made)
	if err != nil {
		return err
	}
	if newText {
		if err := writeProfile(ctx, tx, a.CandidateID, in.cv.profile); err != nil {
			return err
		}
	}
	if made {
		return candidateEntered(ctx, tx, a, in.Source)
	}
	if newPhone {
		if _, err := tx.Exec(ctx, `UPDATE candidates SET phone = $2 WHERE id = $1`, a.CandidateID, in.Applicant.Phone); err != nil {
			return fmt.Errorf("write the phone number of a candidate: %w", err)
		}
	}
	if newText || newPhone {
		candidateProfileChanged(tx, a)
	}
	by := Actor{Kind: board.ActorCandidate}
	if err := followApplication(ctx, tx, a, by, tx.Now); err != nil {
		return err
	}
	return touchCandidate(ctx, tx, a.CandidateID)
}

// learns reports whether an application has a CV whose text differs from the newest one, and a phone number when none is
// known. A candidate that the application has made has the phone number already.
func learns(ctx context.Context, tx *pg.Tx, in incoming, a Application, made bool) (newText, newPhone bool, err error) {
	text := ""
	if in.cv != nil {
		text = in.cv.text()
	}
	if made { // nothing is known yet
		return strings.TrimSpace(text) != "", false, nil
	}
	newText, noPhone, err := news(ctx, tx, a, text)
	return newText, noPhone && in.Applicant.Phone != "", err
}

// news reports whether the text of an application's CV says more of the candidate than the newest one that was read, and whether
// no phone number is known. The text of an older application than that says nothing new.
func news(ctx context.Context, tx *pg.Tx, a Application, text string) (newText, noPhone bool, err error) {
	var known struct {
		Text  bool `db:"text"`
		Phone bool `db:"phone"`
	}
	err = tx.Get(ctx, &known, `
SELECT c.phone IS NOT NULL AS phone, coalesce((
       SELECT o.id > $2 OR f.text = $3 FROM applications o JOIN files f ON f.id = o.cv_file_id
        WHERE o.candidate_id = c.id AND o.id <> $2 AND f.text <> '' ORDER BY o.id DESC LIMIT 1), false) AS text
  FROM candidates c WHERE c.id = $1`, a.CandidateID, a.ID, text)
	if err != nil {
		return false, false, fmt.Errorf("look for what is known of a candidate: %w", err)
	}
	return !known.Text && strings.TrimSpace(text) != "", !known.Phone, nil
}

// candidateEntered writes the events of a new candidate, whom jobs are matched with later.
func candidateEntered(ctx context.Context, tx *pg.Tx, a Application, source board.ApplicationSource) error {
	emitEntered(tx, a, source)
	return match.Enqueue(ctx, tx, match.OfCandidate, a.CandidateID)
}

func emitEntered(tx *pg.Tx, a Application, source board.ApplicationSource) {
	outbox.Emit(tx, a.Tenant, event.NewCandidateRegistered(a.CandidateID, tx.Now))
	if source == board.SourceEmail {
		outbox.Emit(tx, a.Tenant, event.NewCandidateCreated(a.CandidateID, source, tx.Now))
	}
}

// candidateProfileChanged emits the event of a candidate whose profile an application has changed.
func candidateProfileChanged(tx *pg.Tx, a Application) {
	outbox.Emit(tx, a.Tenant, event.NewCandidateProfileUpdated(a.CandidateID, tx.Now))
}

// writeProfile writes the profile of a candidate.
func writeProfile(ctx context.Context, tx *pg.Tx, candidateID int64, p board.Profile) error {
	_, err := tx.Exec(ctx, `
UPDATE candidates SET title = nullif($2, ''), seniority = nullif($3, ''), skills = $4, city = nullif($5, ''), country = nullif($6, ''),
       latitude = $7, longitude = $8, years_experience = $9
 WHERE id = $1`, candidateID, p.Title, p.Seniority, append(pq.StringArray{}, p.Skills...), p.City, p.Country, p.Latitude, p.Longitude, p.YearsExperience)
	if err != nil {
		return fmt.Errorf("write the profile of a candidate: %w", err)
	}
	return nil
}
