package cv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
)

// SetVisibility hides a person of the CV database from all employers, or shows them again. Errors: invalid_request; not_found.
func (s *Store) SetVisibility(ctx context.Context, candidateID int64, v board.Visibility) error {
	if err := board.CheckVisibility(v); err != nil {
		return err
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := LockPerson(ctx, tx, candidateID)
		if err != nil || row.Visibility == v {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE cv_candidates SET visibility = $2, version = version + 1 WHERE id = $1`, candidateID, v)
		if err != nil {
			return fmt.Errorf("set visibility: %w", err)
		}
		if v == board.VisibilityVisible {
			err = s.showAgain(ctx, tx, row)
		} else if err = RemoveFromIndex(ctx, tx, pq.Int64Array{candidateID}); err == nil {
			err = match.Forget(ctx, tx, candidateID)
		}
		if err != nil {
			return err
		}
		return match.Enqueue(ctx, tx, match.OfCV, candidateID)
	})
}

// showAgain puts a person back into the index.
func (s *Store) showAgain(ctx context.Context, tx *pg.Tx, row Person) error {
	c, err := row.candidate()
	if err != nil {
		return err
	}
	partitions, err := s.reserve(ctx, row.Mode, tx.Now, []time.Time{c.UpdatedAt})
	if err != nil {
		return err
	}
	p := profileOf(c)
	return s.addToIndex(ctx, tx, []indexRow{{profile: &p, id: row.ID, partition: partitions[bandOf(c.UpdatedAt, tx.Now)]}})
}

// candidate is the person in the form in which an import gives them.
func (r Person) candidate() (board.CVCandidate, error) {
	c := board.CVCandidate{
		ExternalID: r.ExternalID, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Title: r.Title, Summary: r.Summary,
		Skills: r.Skills, YearsExperience: r.YearsExperience, City: r.City, Country: r.Country, Latitude: r.Latitude, Longitude: r.Longitude,
		RemoteType: r.RemoteType, Availability: r.Availability, Salary: r.Salary(), Languages: r.Languages, CVText: r.CVText,
		Visibility: r.Visibility, UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.Phone != nil {
		c.Phone = *r.Phone
	}
	if r.Seniority != "" {
		c.Seniority = &r.Seniority
	}
	if err := errors.Join(json.Unmarshal(r.Experience, &c.Experience), json.Unmarshal(r.Consents, &c.Consents)); err != nil {
		return board.CVCandidate{}, fmt.Errorf("decode a person's lists: %w", err)
	}
	return c, nil
}
