package profile

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// country is a country with its codes of ISO 3166-1. A country that is not recognised has no codes.
type country struct {
	Name string `json:"name"`
	Code string `json:"code"` // three letters
	ISO2 string `json:"iso2"`
}

// countryOf finds a country by the text that an employer wrote: its code, or its name in English or in
// French, the language of the format.
func countryOf(written string) country {
	if written == "" {
		return country{}
	}
	region, ok := regionsByName()[strings.ToLower(written)]
	if !ok {
		var err error
		if region, err = language.ParseRegion(written); err != nil || !region.IsCountry() {
			return country{Name: written}
		}
	}
	region = region.Canonicalize()
	return country{display.English.Regions().Name(region), region.ISO3(), region.String()}
}

// regionsByName returns the countries by their lower-case names. It is computed at the first use.
var regionsByName = sync.OnceValue(func() map[string]language.Region {
	names := map[string]language.Region{}
	english, french := display.English.Regions(), display.French.Regions()
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			region, err := language.ParseRegion(string([]rune{first, second}))
			if err != nil || !region.IsCountry() || english.Name(region) == "" {
				continue // a former country has no name
			}
			names[strings.ToLower(english.Name(region))] = region
			names[strings.ToLower(french.Name(region))] = region
		}
	}
	for name, code := range map[string]string{
		"england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB",
		"united states of america": "US", "czech republic": "CZ", "the netherlands": "NL", "holland": "NL",
	} {
		names[name] = language.MustParseRegion(code)
	}
	return names
})
