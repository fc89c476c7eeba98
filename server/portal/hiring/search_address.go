package hiring

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
)

// searchAsked is what the address of a search asks for.
type searchAsked struct {
	query  cv.Query
	radius int
	number int
}

// searchFields are the parameters that a search has, besides the page.
var searchFields = []string{"q", "location", "radius", "skill", "seniority", "remote", "availability", "years", "sort"}

// askedSearch reads the address. ran is false when nothing was asked for yet.
func askedSearch(given url.Values) (a searchAsked, ran bool) {
	text := func(name string) string {
		s := strings.TrimSpace(given.Get(name))
		if runes := []rune(s); len(runes) > maxQuery {
			s = string(runes[:maxQuery])
		}
		return s
	}
	a.number = 1
	a.query = cv.Query{Q: text("q"), Location: text("location"), Limit: hitsOnPage}
	if a.radius = defaultRange; a.query.Location != "" {
		if n, err := strconv.Atoi(given.Get("radius")); err == nil && n >= 1 && n <= 500 {
			a.radius = n
		}
		a.query.RadiusKm = a.radius
	}
	for _, s := range given["skill"] {
		if s = strings.TrimSpace(s); s != "" && len(a.query.Skills) < 10 && len(s) <= 100 {
			a.query.Skills = append(a.query.Skills, s)
		}
	}
	if s := board.Seniority(given.Get("seniority")); s.Valid() {
		a.query.Seniorities = []board.Seniority{s}
	}
	if s := board.RemoteType(given.Get("remote")); s.Valid() {
		a.query.RemoteTypes = []board.RemoteType{s}
	}
	if s := given.Get("availability"); slices.Contains(board.AllAvailabilities(), s) {
		a.query.Availabilities = []string{s}
	}
	if n, err := strconv.Atoi(given.Get("years")); err == nil && n > 0 && n <= 60 {
		a.query.MinYears = n
	}
	if given.Get("sort") == "recency" {
		a.query.Sort = cv.ByRecency
	}
	if n, err := strconv.Atoi(given.Get("page")); err == nil && n > 1 && n <= cv.MaxRanked/hitsOnPage {
		a.number = n
	}
	a.query.Offset = (a.number - 1) * hitsOnPage
	return a, slices.ContainsFunc(searchFields, given.Has)
}

// values are the parameters of the address of the search, without the page.
func (a searchAsked) values() url.Values {
	v, q := url.Values{}, a.query
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", q.Q)
	set("location", q.Location)
	if q.Location != "" && a.radius != defaultRange {
		set("radius", strconv.Itoa(a.radius))
	}
	if len(q.Skills) > 0 {
		v["skill"] = slices.Clone(q.Skills)
	}
	if len(q.Seniorities) > 0 {
		set("seniority", string(q.Seniorities[0]))
	}
	if len(q.RemoteTypes) > 0 {
		set("remote", string(q.RemoteTypes[0]))
	}
	if len(q.Availabilities) > 0 {
		set("availability", q.Availabilities[0])
	}
	if q.MinYears > 0 {
		set("years", strconv.Itoa(q.MinYears))
	}
	if q.Sort == cv.ByRecency {
		set("sort", "recency")
	}
	return v
}

func searchAddress(v url.Values) string {
	if len(v) == 0 {
		return searchPath + "?q="
	}
	return searchPath + "?" + v.Encode()
}
