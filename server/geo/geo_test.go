package geo

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someCountries = `2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,DE
0.0.0.0,0.255.255.255,ZZ
203.0.113.0,203.0.113.255,"ie"
192.0.2.0,192.0.2.127,GB
192.0.2.128,192.0.2.255,FR
2001:db8:1::,2001:db8:1::,NL
::,1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,US
`

func zipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCountryOfAnAddress(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{"plain": []byte(someCountries), "gzip": zipped(t, someCountries)} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		known, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for address, want := range map[string]string{
			"192.0.2.0": "GB", "192.0.2.127": "GB", "192.0.2.128": "FR", "192.0.2.255": "FR", "203.0.113.7": "IE",
			"192.0.1.255": "", "192.0.3.0": "", "0.0.0.1": "", "255.255.255.255": "",
			"2001:db8::1": "DE", "2001:db8:0:ffff:ffff:ffff:ffff:ffff": "DE", "2001:db8:1::": "NL", "2001:db8:1::1": "", "::1": "US",
			"::ffff:192.0.2.1": "GB", "::ffff:192.0.3.0": "", "2001:db8::1%eth0": "DE", "ffff::": "",
			"": "", "localhost": "", "192.0.2.1:80": "",
		} {
			if got := known.Of(address); got != want {
				t.Errorf("%s: %q is in %q, want %q", name, address, got, want)
			}
		}
	}
	none, err := Open("")
	if err != nil || none.Of("192.0.2.1") != "" || none.Of("::1") != "" {
		t.Errorf("without a file a country is known, or %v", err)
	}
}

func TestWrongCountries(t *testing.T) {
	t.Parallel()
	const good = "192.0.2.0,192.0.2.127,GB\n"
	whole := zipped(t, good)
	for _, tc := range []struct {
		name, content, want string
	}{
		{"empty", "", "has no line with a country"},
		{"no country known", "0.0.0.0,0.255.255.255,ZZ\n", "has no line with a country"},
		{"too few values", good + "192.0.3.0,GB\n", "line 2, where are 2 values instead of 3"},
		{"too many values", good + good[:len(good)-1] + ",London\n", "line 2, where are 4 values"},
		{"heading", "first,last,country\n" + good, `line 1, where "first" is no IP address`},
		{"last address", good + "\n192.0.3.0,192.0.3,GB\n", `line 3, where "192.0.3" is no IP address`},
		{"country", good + "192.0.3.0,192.0.3.255,Great Britain\n", `line 2, where "Great Britain" is no country`},
		{"no letters", good + "192.0.3.0,192.0.3.255,12\n", `line 2, where "12" is no country`},
		{"kinds", good + "192.0.3.0,2001:db8::,GB\n", "line 2, where 192.0.3.0 and 2001:db8:: are not of one kind"},
		{"backwards", good + "192.0.3.255,192.0.3.0,GB\n", "line 2, where 192.0.3.255 is after 192.0.3.0"},
		{"overlap", "192.0.3.0,192.0.3.255,FR\n192.0.2.0,192.0.3.0,GB\n", "line 1, which overlaps line 2"},
		{"twice", good + good, "line 2, which overlaps line 1"},
		{"quotes", good + "\"192.0.3.0,192.0.3.255,GB\n", "line 2"},
		{"broken gzip", string(whole[:len(whole)-9]), "unexpected EOF"},
		{"beginning of gzip", string(whole[:5]), "no whole gzip file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "countries.csv")
			if err := os.WriteFile(file, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(file)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, tc.want)
			}
		})
	}
}
