package geo

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// table is a file in CSV.
type table struct {
	v4, v6 []addressRange // in order, and none overlaps another
}

// addressRange is small, because there are hundreds of thousands. Addresses of IPv4 are written as mapped to IPv6.
type addressRange struct {
	first, last [16]byte
	country     [2]byte
	line        int32
}

// readTable reads lines of first address,last address,ISO country, in any order, of IPv4 and IPv6.
func readTable(r io.Reader) (*table, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = -1 // told in our own words
	lines.ReuseRecord = true
	var t table
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot be read to its end (%w)", err)
		}
		line, _ := lines.FieldPos(0)
		if err := t.add(record, line); err != nil {
			return nil, fmt.Errorf("is wrong in line %d, where %w", line, err)
		}
	}
	if len(t.v4)+len(t.v6) == 0 {
		return nil, errors.New("has no line with a country")
	}
	if err := errors.Join(inOrder(t.v4), inOrder(t.v6)); err != nil {
		return nil, err
	}
	return &t, nil
}

func (t *table) add(record []string, line int) error {
	if len(record) != 3 {
		return fmt.Errorf("are %d values instead of 3", len(record))
	}
	first, err := netip.ParseAddr(record[0])
	if err != nil {
		return fmt.Errorf("\"%s\" is no IP address", record[0])
	}
	last, err := netip.ParseAddr(record[1])
	if err != nil {
		return fmt.Errorf("\"%s\" is no IP address", record[1])
	}
	country := strings.ToUpper(record[2])
	switch {
	case !isCode(country):
		return fmt.Errorf("\"%s\" is no country of two letters", record[2])
	case first.BitLen() != last.BitLen():
		return fmt.Errorf("%s and %s are not of one kind", first, last)
	case last.Less(first):
		return fmt.Errorf("%s is after %s", first, last)
	case country == unknownCountry:
		return nil
	}
	r := addressRange{first: first.As16(), last: last.As16(), country: [2]byte{country[0], country[1]}, line: int32(line)}
	if first.Is4() {
		t.v4 = append(t.v4, r)
	} else {
		t.v6 = append(t.v6, r)
	}
	return nil
}

// inOrder sorts the ranges. Error: two of them overlap.
func inOrder(ranges []addressRange) error {
	slices.SortFunc(ranges, func(a, b addressRange) int {
		return cmp.Or(bytes.Compare(a.first[:], b.first[:]), cmp.Compare(a.line, b.line))
	})
	for i := 1; i < len(ranges); i++ {
		if before, r := &ranges[i-1], &ranges[i]; bytes.Compare(r.first[:], before.last[:]) <= 0 {
			return fmt.Errorf("is wrong in line %d, which overlaps line %d", r.line, before.line)
		}
	}
	return nil
}

// isCode tells whether country has the form of a code of ISO 3166-1, in capitals.
func isCode(country string) bool {
	return len(country) == 2 && strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (t *table) country(a netip.Addr) string {
	ranges, key := t.v6, a.As16()
	if a.Is4() {
		ranges = t.v4
	}
	// The first range that does not end before the address is the only one that can hold it.
	i, _ := slices.BinarySearchFunc(ranges, key, func(r addressRange, key [16]byte) int { return bytes.Compare(r.last[:], key[:]) })
	if i == len(ranges) || bytes.Compare(ranges[i].first[:], key[:]) > 0 {
		return ""
	}
	return string(ranges[i].country[:])
}
