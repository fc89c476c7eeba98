package profile

import "itmanagerjobs/store/board"

// country is a country with its codes of ISO 3166-1.
type country struct {
	Name string `json:"name"`
	Code string `json:"code"` // three letters
	ISO2 string `json:"iso2"`
}

// countryOf returns the country of a two-letter code; it is empty when there is none.
func countryOf(code string) country {
	c, _ := board.CountryOf(code)
	return country{Name: c.Name, Code: c.Alpha3, ISO2: c.Code}
}
