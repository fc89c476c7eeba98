package match

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// Each row of match_bits is of this many candidates, one bit for each.
const (
	chunkBits  = 8192
	chunkBytes = chunkBits / 8
)

// token stands for a feature of a candidate. Two features may have the same one by chance: then a bound is higher
// than it need be, and the score itself decides.
func token(feature, value string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(feature + ":" + value))
	return int32(h.Sum32()) //nolint:gosec // all bits count, as what number they are read does not
}

// What is in no taxonomy shares a few tokens, so that the index does not grow with every word that people write.
const sharedTokens = 64

func sharedToken(feature, value string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(value))
	return token(feature, strconv.Itoa(int(h.Sum32()%sharedTokens)))
}

func skillToken(key string) int32 {
	if _, known := taxonomy.CanonicalSkill(key); known {
		return token("skill", key)
	}
	return sharedToken("other skill", key)
}

func titleToken(t fit.Title) int32 {
	if t.Family != "" {
		return token("title", t.Key)
	}
	return sharedToken("other title", t.Key)
}

// titleWordTokens stand for the words of a title that is not in the taxonomy.
func titleWordTokens(t fit.Title) []int32 {
	if t.Family != "" {
		return nil
	}
	return pg.Column[[]int32](strings.Fields(t.Key), func(w string) int32 { return sharedToken("title word", w) })
}

func countryToken(country string) int32 {
	if _, known := taxonomy.Country(country); known || country == "" {
		return token("country", country)
	}
	return sharedToken("other country", country)
}

// A cell is a square of one degree, named by its south-west corner.
func cellToken(latitude, longitude int) int32 {
	return token("cell", strconv.Itoa(latitude)+","+strconv.Itoa(longitude))
}

// Expected salaries are told apart in steps of 10,000 a year, the last one without an end.
const (
	payStep  = 10_000_00
	paySteps = 30
)

func payToken(currency string, step int) int32 {
	return token("pay", currency+strconv.Itoa(step))
}

const seenMonth = "2006-01"

// Single tokens.
var (
	tokenPlaced        = token("place", "point")
	tokenNoExpectation = token("pay", "")
)

func modeToken(m board.Mode) int32 { return token("mode", string(m)) }

// tokens are the features of somebody of the CV database that bound a score.
func (p person) tokens() []int32 {
	list := make([]int32, 0, 10+len(p.Skills))
	list = append(list, modeToken(p.Tenant.Mode), titleToken(p.Title), token("level", string(p.Seniority)), token("remote", string(p.Remote)),
		countryToken(p.Place.Country), token("seen", p.UpdatedAt.UTC().Format(seenMonth)))
	if p.Title.Family != "" {
		list = append(list, token("family", p.Title.Family))
	}
	list = append(list, titleWordTokens(p.Title)...)
	if at := p.Place.Point; at != nil {
		list = append(list, tokenPlaced, cellToken(int(math.Floor(at.Latitude)), int(math.Floor(at.Longitude))))
	}
	if p.Salary == nil {
		list = append(list, tokenNoExpectation)
	} else {
		list = append(list, payToken(p.Salary.Currency, int(min(p.Salary.Expected()/payStep, paySteps))))
	}
	for key := range p.Skills {
		list = append(list, skillToken(key))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

type bitsKey struct{ Token, Chunk int32 }

// indexPeople brings the index up to date for candidates: people are those of ids that may be found.
func indexPeople(ctx context.Context, tx *pg.Tx, ids []int64, people []person) error {
	var rows []struct {
		ID     int64         `db:"candidate_id"`
		Tokens pq.Int32Array `db:"tokens"`
	}
	if err := tx.List(ctx, &rows, `SELECT candidate_id, tokens FROM match_profiles WHERE candidate_id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("read profiles: %w", err)
	}
	before, now := map[int64][]int32{}, map[int64][]int32{}
	for _, r := range rows {
		before[r.ID] = r.Tokens
	}
	var changedIDs pq.Int64Array
	var changed pq.StringArray
	for _, p := range people {
		now[p.ID] = p.tokens()
		if !slices.Equal(before[p.ID], now[p.ID]) {
			value, err := pq.Int32Array(now[p.ID]).Value()
			if err != nil {
				return err
			}
			changedIDs, changed = append(changedIDs, p.ID), append(changed, value.(string)) //nolint:forcetypeassert // it is what pq gives
		}
	}
	set, unset := map[bitsKey][]int{}, map[bitsKey][]int{}
	for _, id := range ids {
		chunk, bit := int32(id/chunkBits), int(id%chunkBits) //nolint:gosec // there are fewer than 2^44 people
		for _, t := range now[id] {
			if !slices.Contains(before[id], t) {
				set[bitsKey{t, chunk}] = append(set[bitsKey{t, chunk}], bit)
			}
		}
		for _, t := range before[id] {
			if !slices.Contains(now[id], t) {
				unset[bitsKey{t, chunk}] = append(unset[bitsKey{t, chunk}], bit)
			}
		}
	}
	if err := writeBits(ctx, tx, set, unset); err != nil {
		return err
	}
	if len(changed) > 0 {
		_, err := tx.Exec(ctx, `
INSERT INTO match_profiles (candidate_id, tokens) SELECT id, tokens::integer[] FROM unnest($1::bigint[], $2::text[]) AS p (id, tokens)
ON CONFLICT (candidate_id) DO UPDATE SET tokens = excluded.tokens`, changedIDs, changed)
		if err != nil {
			return fmt.Errorf("write profiles: %w", err)
		}
	}
	gone := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return now[id] != nil || before[id] == nil })
	if len(gone) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM match_profiles WHERE candidate_id = ANY ($1)`, pq.Int64Array(gone)); err != nil {
		return fmt.Errorf("remove profiles: %w", err)
	}
	return nil
}

type bitsRow struct {
	bitsKey

	Bits []byte `db:"bits"`
}

// writeBits reads the rows that change, changes them and writes them back. The lock of matching keeps others from it.
func writeBits(ctx context.Context, tx *pg.Tx, set, unset map[bitsKey][]int) error {
	keys := make([]bitsKey, 0, len(set)+len(unset))
	for k := range set {
		keys = append(keys, k)
	}
	for k := range unset {
		if _, both := set[k]; !both {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	tokens := pg.Column[pq.Int32Array](keys, func(k bitsKey) int32 { return k.Token })
	chunks := pg.Column[pq.Int32Array](keys, func(k bitsKey) int32 { return k.Chunk })
	var rows []bitsRow
	err := tx.List(ctx, &rows, `
SELECT b.token, b.chunk, b.bits FROM unnest($1::integer[], $2::integer[]) k (token, chunk) JOIN match_bits b ON b.token = k.token AND b.chunk = k.chunk`, tokens, chunks)
	if err != nil {
		return fmt.Errorf("read the index: %w", err)
	}
	there := make(map[bitsKey][]byte, len(rows))
	for _, r := range rows {
		there[r.bitsKey] = r.Bits
	}
	written := make(pq.ByteaArray, len(keys))
	for i, k := range keys {
		bits := there[k]
		if bits == nil {
			bits = make([]byte, chunkBytes)
		}
		for _, bit := range set[k] {
			bits[bit/8] |= 1 << (bit % 8)
		}
		for _, bit := range unset[k] {
			bits[bit/8] &^= 1 << (bit % 8)
		}
		written[i] = bits
	}
	_, err = tx.Exec(ctx, `
INSERT INTO match_bits (token, chunk, bits) SELECT token, chunk, bits FROM unnest($1::integer[], $2::integer[], $3::bytea[]) AS k (token, chunk, bits)
ON CONFLICT (token, chunk) DO UPDATE SET bits = excluded.bits`, tokens, chunks, written)
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}
