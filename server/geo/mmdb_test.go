package geo

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// isoCode is a record as MaxMind and DB-IP write it.
func isoCode(code string) mmdbtype.Map {
	return mmdbtype.Map{
		"registered_country": mmdbtype.Map{"iso_code": mmdbtype.String("SE")},
		"country":            mmdbtype.Map{"iso_code": mmdbtype.String(code), "names": mmdbtype.Map{"en": mmdbtype.String("A country")}},
	}
}

// written is a database of these networks.
func written(t *testing.T, kind string, ipVersion int, networks map[string]mmdbtype.Map) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IPVersion: ipVersion, IncludeReservedNetworks: true, DisableIPv4Aliasing: true})
	if err != nil {
		t.Fatal(err)
	}
	for cidr, record := range networks {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, record); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func inFile(t *testing.T, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCountryOfAnAddressInADatabase(t *testing.T) {
	t.Parallel()
	country := written(t, "GeoLite2-Country", 6, map[string]mmdbtype.Map{
		"192.0.2.0/25": isoCode("GB"), "192.0.2.128/25": isoCode("FR"), "203.0.113.0/24": isoCode("ie"),
		"198.51.100.0/24": {"registered_country": mmdbtype.Map{"iso_code": mmdbtype.String("SE")}}, "100.64.0.0/10": isoCode("ZZ"),
		"2001:db8::/64": isoCode("DE"), "2001:db8:1::/128": isoCode("NL"),
	})
	flat := func(field string) map[string]mmdbtype.Map {
		networks := map[string]mmdbtype.Map{"203.0.113.0/24": {mmdbtype.String(field): mmdbtype.String("IE"), "asn": mmdbtype.String("AS1")}}
		if field == "country_code" {
			networks["203.0.113.0/24"]["country"] = mmdbtype.String("Ireland")
		}
		return networks
	}
	both := map[string]string{
		"192.0.2.0": "GB", "192.0.2.127": "GB", "192.0.2.128": "FR", "203.0.113.7": "IE", "192.0.3.0": "", "198.51.100.1": "", "100.64.0.1": "",
		"2001:db8::1": "DE", "2001:db8:1::": "NL", "2001:db8:1::1": "", "::ffff:192.0.2.1": "GB", "2001:db8::1%eth0": "DE",
		"": "", "localhost": "", "192.0.2.1:80": "",
	}
	four := map[string]string{"203.0.113.255": "IE", "203.0.112.1": "", "2001:db8::1": "", "::ffff:203.0.113.1": "IE"}
	for _, tc := range []struct {
		file    string
		content []byte
		want    map[string]string
	}{
		{"countries.mmdb", country, both},
		{"countries.mmdb.gz", zipped(t, string(country)), both},
		{"countries.csv", country, both}, // what a file holds counts, not its name
		{"new.mmdb", written(t, "ipinfo lite", 4, flat("country_code")), four},
		{"elder.mmdb", written(t, "ipinfo country", 4, flat("country")), four},
	} {
		known, err := Open(inFile(t, tc.file, tc.content))
		if err != nil {
			t.Errorf("%s: %v", tc.file, err)
			continue
		}
		for address, want := range tc.want {
			if got := known.Of(address); got != want {
				t.Errorf("%s: %q is in %q, want %q", tc.file, address, got, want)
			}
		}
	}
}

func TestWrongDatabases(t *testing.T) {
	t.Parallel()
	whole := written(t, "GeoLite2-Country", 6, map[string]mmdbtype.Map{"192.0.2.0/24": isoCode("GB"), "2001:db8::/64": isoCode("DE")})
	marker := bytes.Index(whole, []byte(descriptionMarker))
	record := bytes.Index(whole, []byte("GB"))
	broken := bytes.Clone(whole)
	broken[record-1] = 0x1f // a value of no type
	for _, tc := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"half.mmdb", whole[:marker/2], "is no whole MaxMind database"},
		{"half.mmdb.gz", zipped(t, string(whole[:marker/2])), "is no whole MaxMind database"},
		{"table.mmdb", []byte(someCountries), "is no whole MaxMind database"},
		{"description.mmdb", whole[:len(whole)-20], "is a damaged MaxMind database ("},
		{"tree.mmdb", whole[marker/2:], "is a damaged MaxMind database ("},
		{"record.mmdb", broken, "is a damaged MaxMind database ("},
		{"asn.mmdb", written(t, "GeoLite2-ASN", 6, map[string]mmdbtype.Map{"192.0.2.0/24": {"autonomous_system_number": mmdbtype.Uint32(1)}}), `of the type "GeoLite2-ASN", which has no country of any address`},
		{"empty.mmdb", written(t, "GeoLite2-Country", 6, nil), "has no country of any address"},
		{"gibberish.csv", []byte("\x00\x01\x02"), "or be a MaxMind database"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(inFile(t, tc.name, tc.content))
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, tc.want)
			}
		})
	}
}
