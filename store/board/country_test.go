package board_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

func TestCountriesAreFoundAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"United Kingdom": "GB", "UK": "GB", "u.k.": "GB", "gb": "GB", "GBR": "GB", "England": "GB", "great  britain": "GB",
		"USA": "US", "United States of America": "US", "The Netherlands": "NL", "Holland": "NL", "Czech Republic": "CZ", "Czechia": "CZ",
		"Cote d’Ivoire": "CI", "Ivory Coast": "CI", "Trinidad & Tobago": "TT", "Korea, Republic of": "KR", "Turkey": "TR", "Türkiye": "TR",
		"Deutschland": "DE", "Großbritannien": "GB", "Vereinigtes Königreich": "GB", "Brasil": "BR", "Ελλάδα": "GR", "日本": "JP", "Россия": "RU", "Česká republika": "CZ",
		"United Kingdom (UK)": "GB", "Germany (Berlin)": "DE", "ＵＫ": "GB", "Vatican City": "VA", "(UK)": "GB", "Remote (UK)": "", "Global": "", "EMEA": "", "Anywhere": "",
		"Åland Islands": "AX", "Aland Islands": "AX",
		"": "", " ": "", "Worldwide": "", "Europe": "", "EU": "", "XK": "", "ZZ": "", "the": "",
	} {
		if got := board.CountryCode(written); got != want {
			t.Errorf("%q is %q, want %q", written, got, want)
		}
	}
}

// TestEveryCountryIsFoundByItsNameAndCodes also shows that no two lines of the table claim one spelling.
func TestEveryCountryIsFoundByItsNameAndCodes(t *testing.T) {
	t.Parallel()
	n := 0
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			c, ok := board.CountryOf(string(first) + string(second))
			if !ok {
				continue
			}
			n++
			for _, written := range []string{c.Code, c.Alpha3, c.Name} {
				if found, _ := board.FindCountry(written); found != c {
					t.Errorf("%q finds %+v, want %+v", written, found, c)
				}
			}
		}
	}
	// ISO 3166-1 has 249 officially assigned codes.
	if n != 249 {
		t.Errorf("%d countries", n)
	}
}

func TestNameAndCodeOfACountrySayTheSame(t *testing.T) {
	t.Parallel()
	set, null := board.Set[string], board.Clear[string]()
	form := `country not_allowed must be an ISO 3166 name or code, such as "United Kingdom" or "GB"`
	differ := []string{
		"country conflict is another country than countryCode: send one of them, or the same in both",
		"countryCode conflict is another country than country: send one of them, or the same in both",
	}
	for _, tt := range []struct {
		name          string
		country, code board.Change[string]
		want          string // the code of the job, which was FR; - for none
		problems      []string
	}{
		{name: "neither", want: "FR"},
		{name: "the name", country: set("England"), want: "GB"},
		{name: "the code", code: set("gb"), want: "GB"},
		{name: "a code as the name", country: set("gb"), want: "GB"},
		{name: "both", country: set("UK"), code: set("GB"), want: "GB"},
		{name: "name null", country: null, want: "-"},
		{name: "code null", code: null, want: "-"},
		{name: "both null", country: null, code: null, want: "-"},
		{name: "a blank name", country: set(" "), want: "-"},
		{name: "two countries", country: set("Spain"), code: set("GB"), problems: differ},
		{name: "null and a code", country: null, code: set("GB"), problems: differ},
		{name: "a name and null", country: set("Spain"), code: null, problems: differ},
		{name: "no country", country: set("Worldwide"), problems: []string{form}},
		{name: "no code", code: set("UK"), problems: []string{`countryCode not_allowed must be a two-letter code of ISO 3166-1, such as "GB"`}},
		{name: "a bad name beside a code", country: set("Worldwide"), code: set("GB"), problems: []string{form}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			patch := board.JobPatch{Country: tt.country, CountryCode: tt.code}
			var problems []string
			for _, f := range patch.Check() {
				problems = append(problems, f.Field+" "+f.Code+" "+f.Message)
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			job, err := board.NewJob(1, board.ModeLive, board.JobPatch{Title: set("CTO"), CountryCode: set("FR")}, now)
			if err != nil || tt.problems != nil {
				return
			}
			if _, err := job.Apply(patch, now); err != nil {
				t.Fatal(err)
			}
			got := "-"
			if job.CountryCode != nil {
				got = *job.CountryCode
			}
			if got != tt.want || (job.Country() == nil) != (job.CountryCode == nil) {
				t.Errorf("the country is %s, want %s", got, tt.want)
			}
		})
	}
}
