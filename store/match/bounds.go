package match

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
)

// bound says how many points each token is worth for a job. The sum of a candidate is never lower than the score itself, and
// seldom higher: where cells, months and steps of pay are coarse, and where tokens are shared.
type bound struct {
	job fit.Job

	mode               int32
	required, optional []int32
	title              map[int32]uint8 // the most counts
	level, pay, seen   map[int32]uint8 // everybody has one of each
	near               map[int32]uint8 // cells
	sameCountry        []int32         // the job's, and none
}

// Beyond these a place counts no more than farEnough, which everybody gets who has one.
const (
	nearKm    = 100
	farEnough = 3
)

// seenMonths is how many months back a profile still gets points, the running one and a started one included.
const seenMonths = 26

func newBound(job fit.Job, mode board.Mode, now time.Time) *bound {
	b := &bound{
		job: job, mode: modeToken(mode), title: map[int32]uint8{}, level: map[int32]uint8{}, pay: map[int32]uint8{}, seen: map[int32]uint8{}, near: map[int32]uint8{},
	}
	for _, s := range job.RequiredSkills {
		b.required = append(b.required, skillToken(s.Key))
	}
	for _, s := range job.OptionalSkills {
		b.optional = append(b.optional, skillToken(s.Key))
	}
	if job.Title.Family != "" {
		b.title[token("family", job.Title.Family)] = fit.PointsFamily
	}
	for _, t := range titleWordTokens(job.Title) {
		b.title[t] = fit.PointsFamily
	}
	b.title[titleToken(job.Title)] = fit.PointsTitle
	if job.Seniority != "" {
		for _, level := range append(board.AllSeniorities(), "") {
			b.level[token("level", string(level))] = points(fit.SeniorityPoints(job.Seniority, level))
		}
	}
	if job.Salary != nil {
		for step := range paySteps + 1 {
			b.pay[payToken(job.Salary.Currency, step)] = points(fit.SalaryPoints(*job.Salary, int64(step)*payStep))
		}
	}
	month := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := -1; i < seenMonths; i++ { // the next one, too: clocks differ
		begin := month.AddDate(0, -i, 0)
		b.seen[token("seen", begin.Format(seenMonth))] = points(fit.RecencyPoints(begin.AddDate(0, 1, 0), now))
	}
	b.sameCountry = []int32{countryToken(""), countryToken(job.Place.Country)}
	if job.Remote != board.FullyRemote && job.Place.Point != nil {
		b.addCells(*job.Place.Point)
	}
	return b
}

func points(n int) uint8 { return uint8(n) } //nolint:gosec // no component gives more than 40

// addCells finds the cells that are near, by the corner or side that is nearest.
func (b *bound) addCells(at fit.Coordinates) {
	reach := float64(nearKm)
	if b.job.Remote == board.HybridRemote {
		reach *= 2
	}
	rows := reach / 111
	columns := min(180, rows/max(0.01, math.Cos(min(89, math.Abs(at.Latitude)+rows)*math.Pi/180)))
	for lat := math.Floor(at.Latitude - rows); lat <= at.Latitude+rows; lat++ {
		for lon := math.Floor(at.Longitude - columns); lon <= at.Longitude+columns; lon++ {
			nearest := fit.Coordinates{Latitude: min(max(at.Latitude, lat), lat+1), Longitude: min(max(at.Longitude, lon), lon+1)}
			// The way to a side can be a little shorter than at the same latitude.
			if n := fit.DistancePoints(fit.Distance(at, nearest)*0.99-1, b.job.Remote); n > farEnough {
				b.near[cellToken(int(lat), int(math.Mod(lon+540, 360)-180))] = points(n)
			}
		}
	}
}

var (
	tokenRemote = token("remote", string(board.FullyRemote))
	tokenOnSite = token("remote", string(board.OnSite))
)

func (b *bound) tokens() pq.Int32Array {
	list := pq.Int32Array{b.mode, tokenPlaced, tokenRemote, tokenOnSite}
	list = append(append(append(list, b.required...), b.optional...), b.sameCountry...)
	for _, m := range []map[int32]uint8{b.title, b.level, b.pay, b.seen, b.near} {
		for t := range m {
			list = append(list, t)
		}
	}
	return list
}

// boundSQL reads of the index what a job needs.
const boundSQL = `SELECT token, chunk, bits FROM match_bits WHERE token = ANY ($1)`

// bounded returns, for each score, the people of the CV database whose match with the job can't have a higher score. It
// leaves out scores below fit.Keep, and people without any of the required skills.
func bounded(ctx context.Context, tx *pg.Tx, b *bound) (byBound [101][]int64, err error) {
	var rows []bitsRow
	if err := tx.List(ctx, &rows, boundSQL, b.tokens()); err != nil {
		return byBound, fmt.Errorf("read the index: %w", err)
	}
	chunks := map[int32]map[int32][]byte{}
	for _, r := range rows {
		if chunks[r.Chunk] == nil {
			chunks[r.Chunk] = map[int32][]byte{}
		}
		chunks[r.Chunk][r.Token] = r.Bits
	}
	for chunk, of := range chunks {
		b.bound(of, func(i int, n uint8) {
			byBound[n] = append(byBound[n], int64(chunk)*chunkBits+int64(i))
		})
	}
	return byBound, nil
}

// perBit is one number for each candidate of a chunk.
type perBit [chunkBits]uint8

// each calls do for each bit that is set.
func each(set []byte, do func(i int)) {
	for at, b := range set {
		for ; b != 0; b &= b - 1 {
			do(at*8 + bits.TrailingZeros8(b))
		}
	}
}

func fill(value uint8) *perBit {
	var p perBit
	if value != 0 {
		for i := range p {
			p[i] = value
		}
	}
	return &p
}

// bound calls found for each candidate of a chunk that is worth keeping.
func (b *bound) bound(of map[int32][]byte, found func(i int, n uint8)) {
	required, optional, title, rest := fill(0), fill(0), fill(0), fill(0)
	for _, t := range b.required {
		each(of[t], func(i int) { required[i]++ })
	}
	for _, t := range b.optional {
		each(of[t], func(i int) { optional[i]++ })
	}
	for t, n := range b.title {
		each(of[t], func(i int) { title[i] = max(title[i], n) })
	}
	for _, m := range []map[int32]uint8{b.level, b.seen} {
		for t, n := range m {
			each(of[t], func(i int) { rest[i] += n })
		}
	}
	pay := fill(uint8((fit.PointsSalary + 1) / 2))
	for t, n := range b.pay {
		each(of[t], func(i int) { pay[i] = n })
	}
	place := b.places(of)
	always := uint8(0)
	if b.job.Seniority == "" {
		always = (fit.PointsSeniority + 1) / 2
	}
	each(of[b.mode], func(i int) {
		if len(b.required) > 0 && required[i] == 0 {
			return
		}
		n := fit.SkillPoints(fit.PointsRequired, int(required[i]), len(b.required))
		if len(b.optional) == 0 && len(b.required) > 0 {
			n += fit.SkillPoints(fit.PointsOptional, int(required[i]), len(b.required))
		} else {
			n += fit.SkillPoints(fit.PointsOptional, int(optional[i]), len(b.optional))
		}
		if sum := points(n) + title[i] + rest[i] + pay[i] + place[i] + always; sum >= fit.Keep {
			found(i, min(sum, 100))
		}
	})
}

// places bounds the points for where somebody lives and wants to work.
func (b *bound) places(of map[int32][]byte) *perBit {
	same := fill(0)
	for _, t := range b.sameCountry {
		each(of[t], func(i int) { same[i] = 1 })
	}
	if b.job.Place.Country == "" {
		same = fill(1)
	}
	if b.job.Remote == board.FullyRemote {
		place := fill(fit.PointsLocation)
		for i := range place {
			if same[i] == 0 {
				place[i] = 5
			}
		}
		each(of[tokenOnSite], func(i int) { place[i] = min(place[i], 5) })
		return place
	}
	// A person without a point on the map, or one whose job has none, gets five for the same country, or when a country is not known.
	place := fill(0)
	for i := range place {
		place[i] = 5 * same[i]
	}
	if b.job.Place.Point != nil {
		each(of[tokenPlaced], func(i int) { place[i] = farEnough })
	}
	for t, n := range b.near {
		each(of[t], func(i int) { place[i] = max(place[i], n) })
	}
	most := uint8(2)
	if b.job.Remote == board.HybridRemote {
		most = 5
	}
	each(of[tokenRemote], func(i int) { place[i] = min(place[i], most) })
	return place
}
