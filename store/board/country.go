package board

import (
	_ "embed" // for countries.txt
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Country is a country of ISO 3166-1.
type Country struct {
	Code   string // two letters (alpha-2)
	Alpha3 string // three letters
	Name   string // in English, as it is shown
}

//go:embed countries.txt
var countriesText string

// countryTable has the countries by their codes, and by all that people write for them, folded by foldCountry.
type countryTable struct {
	byCode, byWords map[string]Country
	codes           []string // in the order of the alphabet
}

var countries = sync.OnceValue(func() countryTable {
	t := countryTable{byCode: map[string]Country{}, byWords: map[string]Country{}}
	for line := range strings.Lines(countriesText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		names, others, _ := strings.Cut(line, " = ")
		code, rest, _ := strings.Cut(names, " ")
		alpha3, name, _ := strings.Cut(rest, " ")
		c := Country{Code: code, Alpha3: alpha3, Name: name}
		t.byCode[code] = c
		t.codes = append(t.codes, code)
		for _, spelling := range append([]string{code, alpha3, name}, strings.Split(others, "; ")...) {
			t.byWords[foldCountry(spelling)] = c
		}
	}
	delete(t.byWords, "") // of a line without other names
	return t
})

// foldCountry leaves of a name what identifies it: small letters and digits with single blanks between the words.
func foldCountry(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ReplaceAll(s, "&", " and ")) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '.': // an accent; U.K. is UK
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return strings.TrimPrefix(b.String(), "the ")
}

// FindCountry finds a country by its English name, another common name, or one of its codes, in upper or lower case.
func FindCountry(written string) (Country, bool) {
	t := countries()
	c, ok := t.byWords[foldCountry(written)]
	if name, _, bracket := strings.Cut(written, "("); !ok && bracket { // United Kingdom (UK)
		c, ok = t.byWords[foldCountry(name)]
	}
	return c, ok
}

// CountryOf returns the country of a two-letter code in capitals.
func CountryOf(code string) (Country, bool) {
	c, ok := countries().byCode[code]
	return c, ok
}

// CountryCode returns the two-letter code of a country that FindCountry finds, "" for another.
func CountryCode(written string) string {
	c, _ := FindCountry(written)
	return c.Code
}

// CountriesNamed returns the codes of the countries whose shown name contains a text, in upper or lower case, and of the one
// that FindCountry finds.
func CountriesNamed(part string) []string {
	codes := []string{}
	if c, ok := FindCountry(part); ok {
		codes = append(codes, c.Code)
	}
	part = strings.ToLower(part)
	for _, code := range countries().codes {
		if strings.Contains(strings.ToLower(countries().byCode[code].Name), part) {
			codes = append(codes, code)
		}
	}
	return codes
}

// countryName is the name that is shown for a code.
func countryName(code *string) *string {
	if code == nil {
		return nil
	}
	c, ok := CountryOf(*code)
	if !ok {
		return nil
	}
	return &c.Name
}

// countryForm says what country takes.
const countryForm = `must be an ISO 3166 name or code, such as "United Kingdom" or "GB"`

// countryFields makes one change of the code out of the changes of a country's name and code. Either of them is enough, and
// together they must say the same.
func countryFields(all *[]FieldError, name, code *Change[string]) {
	given := *name
	*name = Change[string]{}
	textField(all, "country", &given, checkCountry)
	blankIsNull(&given)
	textField(all, "countryCode", code, checkCountryCode)
	switch {
	case !given.Set:
	case !code.Set:
		*code = given
	case !Same(given.Value, code.Value):
		*all = append(*all,
			FieldError{"country", FieldConflict, "is another country than countryCode: send one of them, or the same in both"},
			FieldError{"countryCode", FieldConflict, "is another country than country: send one of them, or the same in both"})
		*code = Change[string]{}
	}
}

// checkCountry returns the code of a country, and "" for a text that shows nothing.
func checkCountry(field, s string) (code string, problem FieldError, bad bool) {
	s, problem, bad = CheckText(field, s, TextRule{Max: MaxPlace})
	if bad || !showsSomething(s) {
		return "", problem, bad
	}
	c, ok := FindCountry(s)
	if !ok {
		return "", FieldError{field, FieldNotAllowed, countryForm}, true
	}
	return c.Code, FieldError{}, false
}

func checkCountryCode(field, s string) (code string, problem FieldError, bad bool) {
	c, ok := CountryOf(strings.ToUpper(strings.TrimSpace(s)))
	if !ok {
		return "", FieldError{field, FieldNotAllowed, `must be a two-letter code of ISO 3166-1, such as "GB"`}, true
	}
	return c.Code, FieldError{}, false
}
