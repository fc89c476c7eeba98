package geo

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// A MaxMind database ends with its description, which begins with this marker and stands within this many bytes of the
// end (MaxMind DB File Format Specification 2.0, "Database Metadata").
const (
	descriptionMarker = "\xab\xcd\xefMaxMind.com"
	descriptionWithin = 128 << 10
)

// isDatabase tells whether content is a MaxMind database.
func isDatabase(content []byte) bool {
	end := content[max(0, len(content)-descriptionWithin):]
	return bytes.Contains(end, []byte(descriptionMarker))
}

// countryPaths are where databases keep the code of the country: those of MaxMind and DB-IP in country.iso_code, those of
// IPinfo in country_code or, in the elder ones, in country itself.
var countryPaths = [][]any{{"country", "iso_code"}, {"country_code"}, {"country"}}

// database is a file in MaxMind's format, whole in memory: a file that is replaced while it is mapped ends the program.
type database struct {
	reader *maxminddb.Reader
	path   []any // of countryPaths, the one that this database uses
}

// readDatabase reads a database and looks at every country in it. Errors: it is damaged, or it has no countries.
func readDatabase(content []byte) (*database, error) {
	reader, err := maxminddb.OpenBytes(content)
	if err != nil {
		return nil, damaged(err)
	}
	path := countryPath(reader)
	if path == nil {
		return nil, fmt.Errorf("is a MaxMind database of the type \"%s\", which has no country of any address", reader.Metadata.DatabaseType)
	}
	for network := range reader.Networks() {
		if _, err := countryAt(network, path); err != nil {
			return nil, damaged(err)
		}
	}
	return &database{reader: reader, path: path}, nil
}

func damaged(err error) error { return fmt.Errorf("is a damaged MaxMind database (%w)", err) }

// countryPath is where the records of a database have their country; nil when none has one.
func countryPath(reader *maxminddb.Reader) []any {
	for network := range reader.Networks() {
		for _, path := range countryPaths {
			// An error says that the record is of another kind, as one whose country is not a text.
			if code, err := countryAt(network, path); err == nil && code != "" {
				return path
			}
		}
	}
	return nil
}

func (d *database) country(a netip.Addr) string {
	// A database of IPv4 alone answers an IPv6 address with an error: its country is not known.
	code, err := countryAt(d.reader.Lookup(a.WithZone("")), d.path)
	if err != nil {
		return ""
	}
	return code
}

// countryAt reads the code of the country out of a record; "" when there is none. Error: the database is damaged there.
func countryAt(record maxminddb.Result, path []any) (string, error) {
	var code string
	if err := record.DecodePath(&code, path...); err != nil {
		return "", err
	}
	if code = strings.ToUpper(code); !isCode(code) || code == unknownCountry {
		return "", nil
	}
	return code, nil
}
