package pages

import (
	"slices"

	"itmanagerjobs/store/board"
)

// CountryName is the English name of a country by its code with two letters; a code of none stays as it is.
func CountryName(code string) string {
	if c, ok := board.CountryOf(code); ok {
		return c.Name
	}
	return code
}

// CountryNames lists all countries, as suggestions of a field.
func CountryNames() []string {
	codes := board.CountriesNamed("")
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = CountryName(code)
	}
	slices.Sort(names)
	return names
}
