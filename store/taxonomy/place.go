package taxonomy

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/store/cvquery"
)

// Locate finds a place: "London", "London, United Kingdom", "London, Ontario, Canada", or "53.8,-1.55", which has
// neither name nor country. It finds nothing when the city is not in the country.
func Locate(place string) (City, bool) {
	t := data()
	i, ok := t.writtenPlace[place]
	if !ok {
		if c, is := coordinates(place); is {
			return c, true
		}
		i, ok = t.locate(place)
	}
	if !ok {
		return City{}, false
	}
	return t.cities[i], true
}

// locate is Locate of the name of a place.
func (t *tables) locate(place string) (city int, ok bool) {
	words := wordsOf(place)
	if city, ok = t.named(place, words); ok {
		return city, true
	}
	if names := withoutCodes(words); len(names) > 0 && len(names) < len(words) {
		return t.named(place, names)
	}
	return 0, false
}

// named is the city of a name, or of a name and its country, state or county.
func (t *tables) named(place string, words []string) (city int, ok bool) {
	if all := t.city[strings.Join(words, " ")]; len(all) > 0 {
		return all[0], true
	}
	for _, wider := range []map[string]string{t.country, t.region} {
		for n := min(4, len(words)-1); n > 0; n-- {
			country, ok := wider[strings.Join(words[len(words)-n:], " ")]
			if !ok {
				continue
			}
			name := strings.Join(words[:len(words)-n], " ")
			if first, _, ok := strings.Cut(place, ","); ok && len(t.city[name]) == 0 { // a county or state between them
				name = cvquery.Normalize(first)
			}
			for _, i := range t.city[name] {
				if t.cities[i].Country == country {
					return i, true
				}
			}
		}
	}
	return 0, false
}

// withoutCodes leaves postal codes out, and the letters of a country in front of them: D-10115 Berlin.
func withoutCodes(words []string) (names []string) {
	isCode := func(i int) bool { return i < len(words) && strings.ContainsAny(words[i], "0123456789") }
	for i, word := range words {
		if !isCode(i) && (!isCode(i+1) || len(word) > 2) {
			names = append(names, word)
		}
	}
	return names
}

// PlaceNames are the names of a city in all languages that are known here, normalised.
func PlaceNames(c City) []string {
	t := data()
	var names []string
	for _, spellings := range [][]spelling{t.citySpellings, t.placeSpellings} {
		for _, s := range spellings {
			if t.cities[s.of] == c && !slices.Contains(names, s.words) {
				names = append(names, s.words)
			}
		}
	}
	return names
}

// SuggestPlace gives the place that one that is not known may have meant: a city in its words, or one that is spelt nearly like it.
func SuggestPlace(place string) (suggestion string, ok bool) {
	t, words := data(), wordsOf(place)
	best, nearest := -1, 2
	for n := len(words) - 1; n > 0 && best < 0; n-- {
		for from := 0; from+n <= len(words) && best < 0; from++ {
			if all := t.city[strings.Join(words[from:from+n], " ")]; len(all) > 0 {
				best = all[0]
			}
		}
	}
	name := strings.Join(words, " ")
	const longest = 30 // bytes
	if best < 0 && len(name) >= shortestSuggested && len(name) <= longest {
		if len(name) >= longWord {
			nearest = 3
		}
		for known, all := range t.city {
			if len(known) < shortestSuggested || len(known) > longest || known[0] != name[0] {
				continue
			}
			if n := distance(name, known, nearest); n < nearest || n == nearest && best >= 0 && all[0] < best {
				best, nearest = all[0], n
			}
		}
	}
	if best < 0 {
		return "", false
	}
	c := t.cities[best]
	if found, _ := Locate(c.Name); found == c {
		return c.Name, true
	}
	return c.Name + ", " + c.Country, true
}

func coordinates(place string) (City, bool) {
	north, east, ok := strings.Cut(place, ",")
	if !ok {
		return City{}, false
	}
	latitude, err := strconv.ParseFloat(strings.TrimSpace(north), 64)
	if err != nil || math.IsNaN(latitude) || math.Abs(latitude) > 90 {
		return City{}, false
	}
	longitude, err := strconv.ParseFloat(strings.TrimSpace(east), 64)
	if err != nil || math.IsNaN(longitude) || math.Abs(longitude) > 180 {
		return City{}, false
	}
	return City{Latitude: latitude, Longitude: longitude}, true
}
