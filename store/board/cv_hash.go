package board

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync"
	"time"
)

// ContentHash returns a hash of everything that is known of a person, by which an import recognises an unchanged line.
func (c CVCandidate) ContentHash() []byte {
	d := usedDigests.Get().(*digest) //nolint:forcetypeassert // nothing else is in there
	defer usedDigests.Put(d)
	d.buf = d.buf[:0]
	d.texts(c.ExternalID, c.FirstName, c.LastName, c.Email, c.Phone, c.Title, c.Summary, c.City, c.Country, c.Availability, c.CVText, string(c.Visibility))
	d.list(c.Skills)
	d.list(c.Languages)
	d.number(int64(len(c.Experience)))
	for _, e := range c.Experience {
		d.texts(e.Title, e.Employer, e.From, e.To, e.Description)
	}
	optional(d, c.YearsExperience, func(years int) { d.number(int64(years)) })
	optional(d, c.Seniority, func(s Seniority) { d.texts(string(s)) })
	optional(d, c.RemoteType, func(t RemoteType) { d.texts(string(t)) })
	optional(d, c.Latitude, d.degrees)
	optional(d, c.Longitude, d.degrees)
	optional(d, c.Salary, func(s Salary) {
		optional(d, s.Min, d.number)
		optional(d, s.Max, d.number)
		d.texts(s.Currency, string(s.Period))
	})
	d.number(int64(len(c.Consents)))
	for _, consent := range c.Consents {
		d.texts(consent.Purpose)
		d.moment(consent.GivenAt)
	}
	d.moment(c.UpdatedAt)
	hash := sha256.Sum256(d.buf)
	return hash[:]
}

// usedDigests holds digests for reuse.
var usedDigests = sync.Pool{New: func() any { return new(digest) }}

// digest collects the bytes to be hashed: values with their lengths, so that different sequences give different bytes.
type digest struct{ buf []byte }

func (d *digest) number(n int64) { d.buf = binary.AppendVarint(d.buf, n) }

func (d *digest) degrees(v float64) { d.number(int64(math.Round(v * 1e9))) }

func (d *digest) moment(t time.Time) { d.number(t.UnixMicro()) }

func (d *digest) texts(list ...string) {
	for _, s := range list {
		d.number(int64(len(s)))
		d.buf = append(d.buf, s...)
	}
}

func (d *digest) list(items []string) {
	d.number(int64(len(items)))
	d.texts(items...)
}

func optional[T any](d *digest, v *T, write func(T)) {
	if v == nil {
		d.number(0)
		return
	}
	d.number(1)
	write(*v)
}
