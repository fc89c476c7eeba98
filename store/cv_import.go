package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// CvImportBatch is how many people are best given to ImportCvCandidates at once.
const CvImportBatch = 1000

// CvImported says what an import did. IDs has the number of each person, in the order in which they were given; 0 stands
// for somebody who was erased and has agreed to nothing since.
type CvImported struct {
	New       int
	Changed   int
	Unchanged int
	Erased    int
	IDs       []int64
}

// ImportCvCandidates takes people into the CV database, or brings up to date who is there under the same address, in one
// transaction. Of two with one address the later counts. Whoever is Hidden stays so, whatever the source says. Who comes
// unchanged and without a date is taken for confirmed, and kept for another board.CvRetention.
func (s *Store) ImportCvCandidates(ctx context.Context, mode board.Mode, people []board.CvCandidate) (CvImported, error) {
	im := cvImport{mode: mode, at: s.Now(), rows: make([]*cvRow, 0, len(people)), done: CvImported{IDs: make([]int64, len(people))}}
	last := make(map[string]int, len(people))
	for i, p := range people {
		last[strings.ToLower(p.Email)] = i
	}
	for i, p := range people {
		if last[strings.ToLower(p.Email)] == i {
			im.rows = append(im.rows, im.row(s, p))
		}
	}
	// In one order, so that two imports never wait for each other.
	slices.SortFunc(im.rows, func(a, b *cvRow) int { return strings.Compare(a.address, b.address) })
	// A lock that two imports would wait for is not held while they work: the buckets count beforehand.
	buckets, err := s.reserveBuckets(ctx, mode, im.weeks())
	if err != nil {
		return CvImported{}, err
	}
	err = s.WithTx(ctx, func(ctx context.Context, tx *Tx) error { return im.write(ctx, tx, buckets) })
	if err != nil {
		return CvImported{}, err
	}
	ids := make(map[string]int64, len(im.rows))
	for _, r := range im.rows {
		ids[r.address] = r.id
	}
	for i, p := range people {
		im.done.IDs[i] = ids[strings.ToLower(p.Email)]
	}
	return im.done, nil
}

type cvImport struct {
	mode board.Mode
	at   time.Time
	rows []*cvRow
	done CvImported
}

type cvRow struct {
	cvProfile

	id      int64
	address string // in small letters
	digest  []byte
	hash    []byte
	gone    bool // erased, and stays away
	written bool
	visible bool
}

func (im *cvImport) row(s *Store, c board.CvCandidate) *cvRow {
	said, _ := json.Marshal(c) //nolint:errchkjson // its numbers were checked, and are finite
	hash := sha256.Sum256(said)
	r := &cvRow{cvProfile: profileOf(c), address: strings.ToLower(c.Email), hash: hash[:]}
	r.digest = s.addressDigest(im.mode, r.address)
	if r.UpdatedAt.IsZero() {
		r.UpdatedAt = im.at
	}
	return r
}

// addressDigest stands for the address of somebody who was erased.
func (s *Store) addressDigest(mode board.Mode, address string) []byte {
	h := hmac.New(sha256.New, s.erased)
	fmt.Fprintf(h, "%s\x00%s", mode, strings.ToLower(address))
	return h.Sum(nil)
}

func (im *cvImport) write(ctx context.Context, tx *Tx, buckets map[int64]int64) error {
	for _, step := range []func(context.Context, *Tx) error{im.leaveOutErased, im.upsert, im.confirm} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	if err := im.index(ctx, tx, buckets); err != nil {
		return err
	}
	return tx.enqueueMatching(ctx, matchOfCv, im.ids(func(r *cvRow) bool { return r.written })...)
}

func (im *cvImport) ids(of func(*cvRow) bool) []int64 {
	ids := make([]int64, 0, len(im.rows))
	for _, r := range im.rows {
		if of(r) {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// leaveOutErased marks those who were erased and have agreed to nothing since.
func (im *cvImport) leaveOutErased(ctx context.Context, tx *Tx) error {
	var erased []struct {
		Digest []byte    `db:"address_digest"`
		At     time.Time `db:"erased_at"`
	}
	err := tx.list(ctx, &erased, `
SELECT address_digest, max(erased_at) AS erased_at FROM cv_erasures WHERE address_digest = ANY ($1) GROUP BY address_digest`,
		column[pq.ByteaArray](im.rows, func(r *cvRow) []byte { return r.digest }))
	if err != nil {
		return fmt.Errorf("look for erased people: %w", err)
	}
	at := make(map[string]time.Time, len(erased))
	for _, e := range erased {
		at[string(e.Digest)] = e.At
	}
	for _, r := range im.rows {
		when, erased := at[string(r.digest)]
		if r.gone = erased && !r.LastConsent().After(when); r.gone {
			im.done.Erased++
		}
	}
	return nil
}

// there are the rows of those who are taken in.
func (im *cvImport) there() []*cvRow {
	return slices.DeleteFunc(slices.Clone(im.rows), func(r *cvRow) bool { return r.gone })
}

// cvColumn is one column of cv_candidates in an import: its name, its type, and its text for a person. An empty text is
// null where the column may be.
type cvColumn struct {
	name, kind string
	nullable   bool
	text       func(*cvRow) string
}

func cvColumns() []cvColumn {
	number := func(v *int64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatInt(*v, 10)
	}
	degrees := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	salary := func(of func(board.Salary) string) func(*cvRow) string {
		return func(r *cvRow) string {
			if r.Salary == nil {
				return ""
			}
			return of(*r.Salary)
		}
	}
	encode := func(v any) string {
		b, _ := json.Marshal(v) //nolint:errchkjson // structs of texts and times
		return string(b)
	}
	return []cvColumn{
		{"first_name", "text", false, func(r *cvRow) string { return r.FirstName }},
		{"last_name", "text", false, func(r *cvRow) string { return r.LastName }},
		{"email", "text", false, func(r *cvRow) string { return r.Email }},
		{"external_id", "text", true, func(r *cvRow) string { return r.ExternalID }},
		{"phone", "text", true, func(r *cvRow) string { return r.Phone }},
		{"title", "text", false, func(r *cvRow) string { return r.Title }},
		{"summary", "text", true, func(r *cvRow) string { return r.Summary }},
		{"skills", "text[]", false, func(r *cvRow) string { return arrayText(r.Skills) }},
		{"experience", "json", false, func(r *cvRow) string { return encode(append([]board.Experience{}, r.Experience...)) }},
		{"years_experience", "integer", true, func(r *cvRow) string {
			if r.YearsExperience == nil {
				return ""
			}
			return strconv.Itoa(*r.YearsExperience)
		}},
		{"seniority", "text", true, func(r *cvRow) string {
			if r.Seniority == nil {
				return ""
			}
			return string(*r.Seniority)
		}},
		{"city", "text", true, func(r *cvRow) string { return r.City }},
		{"country", "text", true, func(r *cvRow) string { return r.Country }},
		{"latitude", "double precision", true, func(r *cvRow) string { return degrees(r.Latitude) }},
		{"longitude", "double precision", true, func(r *cvRow) string { return degrees(r.Longitude) }},
		{"remote_type", "text", true, func(r *cvRow) string {
			if r.RemoteType == nil {
				return ""
			}
			return string(*r.RemoteType)
		}},
		{"availability", "text", true, func(r *cvRow) string { return r.Availability }},
		{"salary_min", "bigint", true, salary(func(s board.Salary) string { return number(s.Min) })},
		{"salary_max", "bigint", true, salary(func(s board.Salary) string { return number(s.Max) })},
		{"salary_currency", "text", true, salary(func(s board.Salary) string { return s.Currency })},
		{"salary_period", "text", true, salary(func(s board.Salary) string { return string(s.Period) })},
		{"languages", "text[]", false, func(r *cvRow) string { return arrayText(r.Languages) }},
		{"cv_text", "text", true, func(r *cvRow) string { return r.CvText }},
		{"shown_text", "text", false, func(r *cvRow) string { return r.shown }},
		{"consents", "json", false, func(r *cvRow) string { return encode(append([]board.Consent{}, r.Consents...)) }},
		{"updated_at", "timestamptz", false, func(r *cvRow) string { return timestamp(r.UpdatedAt) }},
		{"retain_until", "timestamptz", false, func(r *cvRow) string { return timestamp(board.CvRetention(r.UpdatedAt)) }},
		{"visibility", "text", false, func(r *cvRow) string { return string(r.Visibility) }},
	}
}

// importSQL is the statement that writes people; $1 the mode, $2 the moment, $3 the hashes, then a parameter for each
// column. It answers who is new or changed.
func importSQL(columns []cvColumn) string {
	names := make([]string, 0, len(columns))
	values := make([]string, 0, len(columns))
	params := make([]string, 0, len(columns))
	sets := make([]string, 0, len(columns))
	for i, c := range columns {
		names = append(names, c.name)
		value := "u." + c.name
		if c.nullable {
			value = "nullif(" + value + ", '')"
		}
		values = append(values, value+"::"+c.kind)
		params = append(params, "$"+strconv.Itoa(i+4)+"::text[]")
		switch c.name {
		case "visibility":
			sets = append(sets, "visibility = CASE WHEN c.visibility = 'Hidden' THEN c.visibility ELSE excluded.visibility END")
		default:
			sets = append(sets, c.name+" = excluded."+c.name)
		}
	}
	list := strings.Join(names, ", ")
	return `
INSERT INTO cv_candidates AS c (mode, version, created_at, content_hash, ` + list + `)
SELECT $1, 1, $2::timestamptz, u.hash, ` + strings.Join(values, ", ") + `
  FROM unnest($3::bytea[], ` + strings.Join(params, ", ") + `) u (hash, ` + list + `)
ON CONFLICT (mode, lower(email)) DO UPDATE SET version = c.version + 1, content_hash = excluded.content_hash, ` + strings.Join(sets, ", ") + `
 WHERE c.content_hash <> excluded.content_hash
RETURNING id, lower(email) AS address, xmax = 0 AS made, visibility = 'Visible' AS visible`
}

func (im *cvImport) upsert(ctx context.Context, tx *Tx) error {
	rows := im.there()
	columns := cvColumns()
	args := make([]any, 0, 3+len(columns))
	args = append(args, im.mode, tx.Now, column[pq.ByteaArray](rows, func(r *cvRow) []byte { return r.hash }))
	for _, c := range columns {
		args = append(args, column[pq.StringArray](rows, func(r *cvRow) string { return storable(c.text(r)) }))
	}
	var written []struct {
		ID      int64  `db:"id"`
		Address string `db:"address"`
		Made    bool   `db:"made"`
		Visible bool   `db:"visible"`
	}
	if err := tx.list(ctx, &written, importSQL(columns), args...); err != nil {
		return fmt.Errorf("write people: %w", err)
	}
	at := make(map[string]*cvRow, len(im.rows))
	for _, r := range im.rows {
		at[r.address] = r
	}
	for _, w := range written {
		r := at[w.Address]
		r.id, r.visible, r.written = w.ID, w.Visible, true
		if w.Made {
			im.done.New++
		} else {
			im.done.Changed++
		}
	}
	return nil
}

// confirm keeps those for longer who came unchanged.
func (im *cvImport) confirm(ctx context.Context, tx *Tx) error {
	at := map[string]*cvRow{}
	var addresses, until pq.StringArray
	for _, r := range im.rows {
		if !r.written && !r.gone {
			at[r.address] = r
			addresses = append(addresses, r.address)
			until = append(until, timestamp(board.CvRetention(r.UpdatedAt)))
		}
	}
	if im.done.Unchanged = len(addresses); len(addresses) == 0 {
		return nil
	}
	var confirmed []struct {
		ID      int64  `db:"id"`
		Address string `db:"address"`
	}
	err := tx.list(ctx, &confirmed, `
UPDATE cv_candidates c SET retain_until = greatest(c.retain_until, u.until)
  FROM unnest($2::text[], $3::timestamptz[]) u (address, until)
 WHERE c.mode = $1 AND lower(c.email) = u.address RETURNING c.id, u.address`, im.mode, addresses, until)
	if err != nil {
		return fmt.Errorf("confirm people: %w", err)
	}
	for _, c := range confirmed {
		at[c.Address].id = c.ID
	}
	return nil
}
