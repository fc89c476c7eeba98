package cv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// SavedSearch is a search of live data that a user keeps, to be told of new people by email.
type SavedSearch struct {
	ID   int64
	Name string
	// Query is the search, from its first page.
	Query Query
	// Address is where the search is on the pages.
	Address   string
	CreatedAt time.Time
}

const (
	// lookAgain is how long after a look a saved search is due again: an email an hour is enough.
	lookAgain = time.Hour
	// settled is after how long everybody has come whose number was drawn before: longer than two batches of an import take.
	settled = 10 * time.Minute
	// lookedAt is among how many people, those who changed last, new ones are looked for.
	lookedAt = 200
	// maxSaved is how many searches a user may keep.
	maxSaved = 20
	// maxSavedName is in characters.
	maxSavedName = 100
)

type savedRow struct {
	ID         int64     `db:"id"`
	EmployerID int64     `db:"employer_id"`
	Name       string    `db:"name"`
	Query      []byte    `db:"query"`
	Address    string    `db:"address"`
	SeenID     int64     `db:"seen_id"`
	CreatedAt  time.Time `db:"created_at"`
	LookedAt   time.Time `db:"looked_at"`
	// Email and UserName are of the user, empty where there is nobody to tell.
	Email    string `db:"email"`
	UserName string `db:"user_name"`
}

// savedQuery is a Query as the database keeps it.
type savedQuery struct {
	Q              string             `json:"q,omitempty"`
	Location       string             `json:"location,omitempty"`
	RadiusKm       int                `json:"radiusKm,omitempty"`
	Skills         []string           `json:"skills,omitempty"`
	Seniorities    []board.Seniority  `json:"seniorities,omitempty"`
	RemoteTypes    []board.RemoteType `json:"remoteTypes,omitempty"`
	Availabilities []string           `json:"availabilities,omitempty"`
	MinYears       int                `json:"minYears,omitempty"`

	Sort   Sort   `json:"-"`
	Cursor string `json:"-"`
	Offset int    `json:"-"`
	Limit  int    `json:"-"`
}

func (r savedRow) search() (SavedSearch, error) {
	s := SavedSearch{ID: r.ID, Name: r.Name, Address: r.Address, CreatedAt: r.CreatedAt.UTC()}
	var q savedQuery
	if err := json.Unmarshal(r.Query, &q); err != nil {
		return SavedSearch{}, fmt.Errorf("decode saved search %d: %w", r.ID, err)
	}
	s.Query = Query(q)
	return s, nil
}

// SaveSearch keeps a search for a user of the employer. Who is in the database now is not new. Errors: invalid_request;
// invalid_state when the user has too many.
func (s *Store) SaveSearch(ctx context.Context, employerID, userID int64, n SavedSearch) (SavedSearch, error) {
	name, problem, bad := board.CheckText("name", n.Name, board.TextRule{Min: 1, Max: maxSavedName})
	if bad {
		return SavedSearch{}, board.Invalid(problem)
	}
	n.Name, n.Query.Cursor, n.Query.Offset = name, "", 0
	query, err := json.Marshal(savedQuery(n.Query))
	if err != nil {
		return SavedSearch{}, fmt.Errorf("encode a search: %w", err)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var kept int
		// The lock makes two forms of one user count one after the other.
		if _, err := tx.Exec(ctx, `SELECT id FROM users WHERE id = $1 AND employer_id = $2 FOR NO KEY UPDATE`, userID, employerID); err != nil {
			return fmt.Errorf("lock user: %w", err)
		}
		if err := tx.Get(ctx, &kept, `SELECT count(*) FROM cv_saved_searches WHERE user_id = $1 AND employer_id = $2`, userID, employerID); err != nil {
			return fmt.Errorf("count saved searches: %w", err)
		}
		if kept >= maxSaved {
			return board.Errorf(board.CodeInvalidState, "You keep %d searches already. Delete one first.", maxSaved)
		}
		seen, err := newestID(ctx, tx, tx.Now)
		if err != nil {
			return err
		}
		n.CreatedAt = tx.Now
		err = tx.Get(ctx, &n.ID, `
INSERT INTO cv_saved_searches (employer_id, user_id, name, query, address, seen_id, created_at, looked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id`,
			employerID, userID, n.Name, string(query), n.Address, seen, tx.Now)
		if err != nil {
			return fmt.Errorf("save search: %w", err)
		}
		tx.Make("searches", n.ID)
		return nil
	})
	return n, err
}

// SavedSearches lists the searches of a user, the newest first.
func (s *Store) SavedSearches(ctx context.Context, employerID, userID int64) ([]SavedSearch, error) {
	var rows []savedRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT id, employer_id, name, query, address, seen_id, created_at, looked_at, '' AS email, '' AS user_name
  FROM cv_saved_searches WHERE user_id = $1 AND employer_id = $2 ORDER BY id DESC`, userID, employerID)
	if err != nil {
		return nil, fmt.Errorf("list saved searches: %w", err)
	}
	searches := make([]SavedSearch, len(rows))
	for i, r := range rows {
		if searches[i], err = r.search(); err != nil {
			return nil, err
		}
	}
	return searches, nil
}

// DeleteSavedSearch forgets a search of a user, and ends its emails. Errors: not_found.
func (s *Store) DeleteSavedSearch(ctx context.Context, employerID, userID, id int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM cv_saved_searches WHERE id = $1 AND user_id = $2 AND employer_id = $3`, id, userID, employerID)
		if err != nil {
			return fmt.Errorf("delete saved search: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeNotFound, "There is no such saved search.")
		}
		return nil
	})
}

// newestID is the highest id of the people who had come into the live database at a time.
func newestID(ctx context.Context, q pg.Reader, at time.Time) (id int64, err error) {
	if err := q.Get(ctx, &id, `SELECT coalesce(max(id), 0) FROM cv_candidates WHERE mode = 'live' AND created_at <= $1`, at); err != nil {
		return 0, fmt.Errorf("find the newest person: %w", err)
	}
	return id, nil
}

// LookForSaved runs up to limit saved searches that are due, and emails their users when people have come since the last look. It
// returns how many it ran. People who were not among the last 200 to change are not told of, nor are those of the last minutes yet:
// batches of imports commit in any order, and one with lower numbers than theirs may still be to come. Several copies of the program may
// look at once: one of them writes the email.
func (s *Store) LookForSaved(ctx context.Context, limit int) (int, error) {
	var due []savedRow
	err := s.db.Reader(ctx).List(ctx, &due, `
SELECT v.id, v.employer_id, v.name, v.query, v.address, v.seen_id, v.created_at, v.looked_at, coalesce(u.email, '') AS email, coalesce(u.name, '') AS user_name
  FROM cv_saved_searches v LEFT JOIN users u ON u.id = v.user_id AND u.employer_id = v.employer_id AND u.removed_at IS NULL AND u.confirmed_at IS NOT NULL
       AND u.role IN ('EmployerAdmin', 'Recruiter')
 WHERE v.looked_at <= $1 ORDER BY v.looked_at, v.id LIMIT $2`, s.db.Now().Add(-lookAgain), limit)
	if err != nil {
		return 0, fmt.Errorf("find due searches: %w", err)
	}
	if len(due) == 0 {
		return 0, nil
	}
	seen, err := newestID(ctx, s.db.Reader(ctx), s.db.Now().Add(-settled))
	if err != nil {
		return 0, err
	}
	for n, row := range due {
		err := s.lookFor(ctx, row, seen)
		if errors.Is(err, ErrBusy) {
			return n, nil // people who search come first; the rest is due the next time
		}
		if err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// lookFor runs a saved search for people up to an id, outside of a transaction, and then notes the look together with the email.
func (s *Store) lookFor(ctx context.Context, row savedRow, seen int64) error {
	n := 0
	if seen > row.SeenID && row.Email != "" {
		var err error
		if n, err = s.countNew(ctx, row, seen); err != nil {
			return err
		}
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// looked_at tells whether another copy was faster.
		mine, err := tx.Exec(ctx, `UPDATE cv_saved_searches SET looked_at = $3, seen_id = greatest(seen_id, $4) WHERE id = $1 AND looked_at = $2`, row.ID, row.LookedAt, tx.Now, seen)
		if err != nil {
			return fmt.Errorf("note the look of saved search %d: %w", row.ID, err)
		}
		if mine == 0 || n == 0 {
			return nil
		}
		return outbox.SendMail(ctx, tx, row.EmployerID, letter.NewHits(row.Email, row.UserName, row.Name, n, lookedAt, row.Address, s.accounts.Page(stopPath+s.stopToken(row.ID))))
	})
}

// countNew counts the people up to an id who are new to a saved search, up to lookedAt of them.
func (s *Store) countNew(ctx context.Context, row savedRow, seen int64) (int, error) {
	saved, err := row.search()
	if err != nil {
		return 0, err
	}
	saved.Query.Sort, saved.Query.Limit = ByRecency, lookedAt
	// The newest person was read at the primary: who lags would never be looked for again.
	found, err := s.find(ctx, board.Tenant{EmployerID: row.EmployerID, Mode: board.ModeLive}, saved.Query)
	if err != nil {
		return 0, fmt.Errorf("run saved search %d: %w", row.ID, err)
	}
	n := 0
	for _, h := range found.Hits {
		if h.ID > row.SeenID && h.ID <= seen {
			n++
		}
	}
	return n, nil
}
