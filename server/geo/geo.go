// Package geo tells in which country a network address is, by a file that the operator brings: a table in CSV, or a
// database in MaxMind's format. It must know neither jobs nor requests, and it asks nobody on the network.
package geo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
)

// Countries knows the countries of network addresses. It is read once, and safe for concurrent use.
type Countries struct {
	source source // nil: no country is known
}

// source is one format of the file.
type source interface {
	// country is the code of an address that is not an IPv4 address mapped to IPv6; "" when it is not known.
	country(a netip.Addr) string
}

// unknownCountry is what files write for an address that belongs to no country.
const unknownCountry = "ZZ"

// Of tells the country of an address, as a code of ISO 3166-1; "" when it is not known.
func (c *Countries) Of(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || c.source == nil {
		return ""
	}
	return c.source.country(a.Unmap())
}

// Open reads a file, compressed by gzip or not. What it holds tells its format; a name in .mmdb only tells what was meant.
// Without a file no country is known. An error says what is wrong with the file, to stand behind the name of a setting:
// "cannot be read: …".
func Open(file string) (*Countries, error) {
	if file == "" {
		return &Countries{}, nil
	}
	content, err := read(file)
	if err != nil {
		return nil, err
	}
	if isDatabase(content) {
		db, err := readDatabase(content)
		if err != nil {
			return nil, fmt.Errorf("%w; %s must be a MaxMind database with the countries of addresses, for example GeoLite2-Country.mmdb", err, file)
		}
		return &Countries{source: db}, nil
	}
	if name := strings.TrimSuffix(file, ".gz"); strings.HasSuffix(name, ".mmdb") {
		return nil, fmt.Errorf("is no whole MaxMind database, its description at the end is missing; download %s again", file)
	}
	t, err := readTable(bytes.NewReader(content))
	if err != nil {
		return nil, inTable(err, file)
	}
	return &Countries{source: t}, nil
}

// read returns what a file holds, unpacked.
func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	packed := bufio.NewReader(f)
	r := io.Reader(packed)
	if magic, err := packed.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(packed); err != nil {
			return nil, inTable(fmt.Errorf("is no whole gzip file (%w)", err), file)
		}
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, inTable(fmt.Errorf("cannot be read to its end (%w)", err), file)
	}
	return content, nil
}

// inTable adds to an error what a file that is no database must hold.
func inTable(err error, file string) error {
	return fmt.Errorf("%w; %s must have lines of first address,last address,country, for example 192.0.2.0,192.0.2.255,GB, or be a MaxMind database", err, file)
}
