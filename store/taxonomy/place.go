package taxonomy

import (
	"math"
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
	if all := t.city[strings.Join(words, " ")]; len(all) > 0 {
		return all[0], true
	}
	for n := min(4, len(words)-1); n > 0; n-- {
		country, ok := t.country[strings.Join(words[len(words)-n:], " ")]
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
	return 0, false
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
