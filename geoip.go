package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// countries knows in which country network addresses are. It is read once, and safe for concurrent use.
type countries struct {
	v4, v6 []addressRange // in order, and none overlaps another
}

// addressRange is small, because there are hundreds of thousands. Addresses of IPv4 are written as mapped to IPv6.
type addressRange struct {
	first, last [16]byte
	country     [2]byte
	line        int32
}

// unknownCountry is what tables of addresses write for one that belongs to no country.
const unknownCountry = "ZZ"

// openCountries reads the file of GEOIP_FILE; without one no country is known.
func openCountries(file string) (*countries, error) {
	if file == "" {
		return &countries{}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, settingError("GEOIP_FILE", fmt.Errorf("cannot be read: %w", err))
	}
	defer f.Close()
	known, err := readCountries(f)
	if err != nil {
		return nil, settingError("GEOIP_FILE", fmt.Errorf("%w; %s must have lines of first address,last address,country, for example 192.0.2.0,192.0.2.255,GB", err, file))
	}
	return known, nil
}

// readCountries reads lines of first address,last address,ISO country, in any order, of IPv4 and IPv6, gzip or not.
func readCountries(r io.Reader) (*countries, error) {
	plain := bufio.NewReader(r)
	r = plain
	if magic, err := plain.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(plain); err != nil {
			return nil, fmt.Errorf("is no whole gzip file (%w)", err)
		}
	}
	table := csv.NewReader(r)
	table.FieldsPerRecord = -1 // told in our own words
	table.ReuseRecord = true
	var c countries
	for {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot be read to its end (%w)", err)
		}
		line, _ := table.FieldPos(0)
		if err := c.add(record, line); err != nil {
			return nil, fmt.Errorf("is wrong in line %d, where %w", line, err)
		}
	}
	if len(c.v4)+len(c.v6) == 0 {
		return nil, errors.New("has no line with a country")
	}
	return &c, errors.Join(inOrder(c.v4), inOrder(c.v6))
}

func (c *countries) add(record []string, line int) error {
	if len(record) != 3 {
		return fmt.Errorf("are %d values instead of 3", len(record))
	}
	first, err := netip.ParseAddr(record[0])
	if err != nil {
		return fmt.Errorf("%q is no IP address", record[0])
	}
	last, err := netip.ParseAddr(record[1])
	if err != nil {
		return fmt.Errorf("%q is no IP address", record[1])
	}
	country := strings.ToUpper(record[2])
	switch {
	case len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return fmt.Errorf("%q is no country of two letters", record[2])
	case first.BitLen() != last.BitLen():
		return fmt.Errorf("%s and %s are not of one kind", first, last)
	case last.Less(first):
		return fmt.Errorf("%s is after %s", first, last)
	case country == unknownCountry:
		return nil
	}
	r := addressRange{first: first.As16(), last: last.As16(), country: [2]byte{country[0], country[1]}, line: int32(line)}
	if first.Is4() {
		c.v4 = append(c.v4, r)
	} else {
		c.v6 = append(c.v6, r)
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

// of tells the country of an address, as a code of ISO 3166-1; "" when it is not known.
func (c *countries) of(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap()
	ranges, key := c.v6, a.As16()
	if a.Is4() {
		ranges = c.v4
	}
	// The first range that does not end before the address is the only one that can hold it.
	i, _ := slices.BinarySearchFunc(ranges, key, func(r addressRange, key [16]byte) int { return bytes.Compare(r.last[:], key[:]) })
	if i == len(ranges) || bytes.Compare(ranges[i].first[:], key[:]) > 0 {
		return ""
	}
	return string(ranges[i].country[:])
}
