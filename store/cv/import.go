package cv

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvline"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/pg"
)

// ImportBatch is the number of people that Import takes fastest at once.
const ImportBatch = 1000

// Imported says what an import did. IDs has the id of each person, in the order in which they were given; 0 stands for a person
// who was erased and has consented to nothing since.
type Imported struct {
	New       int
	Changed   int
	Unchanged int
	Erased    int
	IDs       []int64
}

// Import writes people into the CV database, or updates those who are there under the same email address. Data that is older than
// what is known of a person changes nothing, and of two people of the same date with one address the later counts. A Hidden
// person stays hidden, whatever the source says. A person who comes unchanged and without a date counts as confirmed, and is
// kept for another board.CVRetention.
func (s *Store) Import(ctx context.Context, mode board.Mode, people []board.CVCandidate) (Imported, error) {
	im := importer{store: s, mode: mode, at: s.db.Now(), rows: make(map[string]*importRow, len(people)), done: Imported{IDs: make([]int64, len(people))}}
	for _, p := range people {
		r := im.row(p)
		if earlier, twice := im.rows[r.address]; !twice || !r.UpdatedAt.Before(earlier.UpdatedAt) {
			im.rows[r.address] = r
		}
	}
	if err := im.compare(ctx, s); err != nil {
		return Imported{}, err
	}
	if len(im.toWrite) > 0 || len(im.toConfirm) > 0 {
		// No lock is held while an import works for which another import would wait: the partitions count the people beforehand.
		dates := pg.Column[[]time.Time](im.toWrite, func(r *importRow) time.Time { return r.UpdatedAt })
		partitions, err := s.reserve(ctx, mode, im.at, dates)
		if err != nil {
			return Imported{}, err
		}
		err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error { return im.write(ctx, tx, partitions) })
		if err != nil {
			return Imported{}, err
		}
	}
	im.done.Unchanged = len(im.rows) - im.done.New - im.done.Changed - im.done.Erased
	for i, p := range people {
		im.done.IDs[i] = im.rows[strings.ToLower(p.Email)].id
	}
	return im.done, nil
}

type importer struct {
	store *Store
	mode  board.Mode
	at    time.Time
	rows  map[string]*importRow // by address
	// toWrite are those whose profile is written, toConfirm those whose retention is extended; by the bytes of the address, so that two
	// imports lock rows in one order.
	toWrite   []*importRow
	toConfirm []*importRow
	done      Imported
}

type importRow struct {
	profile

	id      int64  // 0 of a person who is new, or gone
	address string // in small letters
	hash    []byte
	digest  []byte
	written bool
	isNew   bool
	visible bool
}

// row has the data of a person that tell whether something is new.
func (im *importer) row(c board.CVCandidate) *importRow {
	r := &importRow{profile: profile{CVCandidate: c}, address: strings.ToLower(c.Email), hash: cvline.Hash(c)}
	if c.UpdatedAt.IsZero() {
		r.UpdatedAt = im.at
	}
	return r
}

type knownPerson struct {
	ID          int64     `db:"id"`
	Address     string    `db:"address"`
	Hash        []byte    `db:"content_hash"`
	UpdatedAt   time.Time `db:"updated_at"`
	RetainUntil time.Time `db:"retain_until"`
}

// compare looks for those who are known already, and makes the profiles of those who are new or changed. Most people of an import
// are often known, and cost no more than this.
func (im *importer) compare(ctx context.Context, s *Store) error {
	addresses := slices.Sorted(maps.Keys(im.rows))
	known, err := im.known(ctx, s.db.Reader(ctx), addresses)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		r := im.rows[address]
		k, is := known[address]
		r.id = k.ID
		switch {
		case !is, !bytes.Equal(k.Hash, r.hash) && !r.UpdatedAt.Before(k.UpdatedAt):
			r.profile = profileOf(r.CVCandidate)
			r.digest = s.AddressDigest(im.mode, address)
			im.toWrite = append(im.toWrite, r)
		case board.CVRetention(r.UpdatedAt).After(k.RetainUntil):
			im.toConfirm = append(im.toConfirm, r)
		}
	}
	return nil
}

// known looks for each address by itself: there are no statistics of addresses by which PostgreSQL could tell that the index is
// better than a sequential scan.
func (im *importer) known(ctx context.Context, q pg.Reader, addresses pq.StringArray) (map[string]knownPerson, error) {
	var rows []knownPerson
	err := q.List(ctx, &rows, `
SELECT k.id, k.content_hash, k.updated_at, k.retain_until, u.address
  FROM unnest($2::text[]) u (address)
 CROSS JOIN LATERAL (SELECT id, content_hash, updated_at, retain_until FROM cv_candidates WHERE mode = $1 AND lower(email) = u.address LIMIT 1) k`,
		im.mode, addresses)
	if err != nil {
		return nil, fmt.Errorf("look for known people: %w", err)
	}
	known := make(map[string]knownPerson, len(rows))
	for _, r := range rows {
		known[r.Address] = r
	}
	return known, nil
}

// AddressDigest is a keyed digest that stands for the address of a person who was erased.
func (s *Store) AddressDigest(mode board.Mode, address string) []byte {
	h := hmac.New(sha256.New, s.erased)
	fmt.Fprintf(h, "%s\x00%s", mode, strings.ToLower(address))
	return h.Sum(nil)
}

func (im *importer) write(ctx context.Context, tx *pg.Tx, partitions [bands]int) error {
	if err := im.insertNew(ctx, tx); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *pg.Tx) error{im.upsert, im.confirm} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	if err := im.index(ctx, tx, partitions); err != nil {
		return err
	}
	var ids []int64
	for _, r := range im.toWrite {
		if r.written {
			ids = append(ids, r.id)
		}
	}
	return match.Enqueue(ctx, tx, match.OfCV, ids...)
}

// insertTries is how often an import begins anew because another one was faster, before it fails.
const insertTries = 10

// insertNew locks those who are known and writes those who are new. When another import has written one of these meanwhile, it lets go of
// all locks and begins anew, with that person among those who are known: an import that locked one more row beside its own could wait for
// an import that waits for it.
func (im *importer) insertNew(ctx context.Context, tx *pg.Tx) error {
	for tries := 1; ; tries++ {
		err := tx.Savepoint(ctx, "cv_insert", func() error {
			for _, step := range []func(context.Context, *pg.Tx) error{im.lock, im.leaveOutErased, im.insert} {
				if err := step(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if !pg.Violates(err, "cv_candidates_email") || tries == insertTries {
			return err
		}
		if err := im.findIDs(ctx, tx); err != nil {
			return err
		}
	}
}

// lock locks the rows of those who were known, so that nobody is erased while they are written. A person who is gone since then
// counts as new when there is something to write, and is not brought back otherwise.
func (im *importer) lock(ctx context.Context, tx *pg.Tx) error {
	known := map[int64]*importRow{}
	for _, r := range slices.Concat(im.toWrite, im.toConfirm) {
		if r.id != 0 {
			known[r.id] = r
		}
	}
	if len(known) == 0 {
		return nil
	}
	var there []int64
	err := tx.List(ctx, &there, `
SELECT id FROM cv_candidates WHERE id = ANY ($1) ORDER BY lower(email) COLLATE "C" FOR UPDATE`, pq.Int64Array(slices.Collect(maps.Keys(known))))
	if err != nil {
		return fmt.Errorf("lock people: %w", err)
	}
	for _, id := range there {
		delete(known, id)
	}
	for _, r := range known {
		r.id = 0
	}
	im.toConfirm = slices.DeleteFunc(im.toConfirm, func(r *importRow) bool {
		if r.id == 0 {
			im.done.Erased++
		}
		return r.id == 0
	})
	return nil
}

// leaveOutErased leaves out those who were erased and have consented to nothing since.
func (im *importer) leaveOutErased(ctx context.Context, tx *pg.Tx) error {
	var erased []struct {
		Digest []byte    `db:"address_digest"`
		At     time.Time `db:"erased_at"`
	}
	err := tx.List(ctx, &erased, `
SELECT address_digest, max(erased_at) AS erased_at FROM cv_erasures WHERE address_digest = ANY ($1) GROUP BY address_digest`,
		pg.Column[pq.ByteaArray](im.toWrite, func(r *importRow) []byte { return r.digest }))
	if err != nil {
		return fmt.Errorf("look for erased people: %w", err)
	}
	at := make(map[string]time.Time, len(erased))
	for _, e := range erased {
		at[string(e.Digest)] = e.At
	}
	im.toWrite = slices.DeleteFunc(im.toWrite, func(r *importRow) bool {
		when, erased := at[string(r.digest)]
		if erased && !r.LastConsent().After(when) {
			r.id = 0
			im.done.Erased++
			return true
		}
		return false
	})
	return nil
}
