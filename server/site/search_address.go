package site

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

// The parameters of the address of a list.
const (
	paramQuery  = "q"
	paramPlace  = "place"
	paramRadius = "radius"
	paramSort   = "sort"
	paramPage   = "page"
)

// radii are those that can be chosen, in kilometres.
var radii = []int{10, 25, publication.DefaultRadiusKm, 80, 150}

// asked reads a search from an address. What makes no sense in it is passed over: it was written by hand, or by a mail program.
func asked(given url.Values) (publication.Search, int) {
	text := func(name string, most int) string {
		return cut(strings.TrimSpace(given.Get(name)), most)
	}
	number := func(name string, most int) int {
		n, err := strconv.Atoi(given.Get(name))
		if err != nil || n < 0 || n > most {
			return 0
		}
		return n
	}
	q := publication.Search{Q: text(paramQuery, maxQuery), Place: text(paramPlace, maxPlace), RadiusKm: number(paramRadius, publication.MaxRadiusKm), Limit: pageSize}
	if v := board.EmploymentType(given.Get(publication.FacetEmployment)); v.Valid() {
		q.EmploymentType = v
	}
	if v := board.RemoteType(given.Get(publication.FacetRemote)); v.Valid() {
		q.RemoteType = v
	}
	if v := board.Seniority(given.Get(publication.FacetSeniority)); v.Valid() {
		q.Seniority = v
	}
	q.SalaryStep = number(publication.FacetSalary, len(publication.SalarySteps))
	if days := number(publication.FacetPosted, slices.Max(publication.PostedDays)); days > 0 {
		q.PostedWithin = time.Duration(days) * 24 * time.Hour
	}
	if sort := publication.Sort(given.Get(paramSort)); sort == publication.SortNewest || sort == publication.SortSalary {
		q.Sort = sort
	}
	page := max(1, number(paramPage, mostPages))
	if _, err := strconv.Atoi(given.Get(paramPage)); errors.Is(err, strconv.ErrRange) && page == 1 {
		page = mostPages
	}
	q.Offset = (page - 1) * pageSize
	return q, page
}

// address is where a search is; the first page of it.
func address(q publication.Search) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set(paramQuery, q.Q)
	set(paramPlace, q.Place)
	if q.Place != "" && q.RadiusKm != 0 && q.RadiusKm != publication.DefaultRadiusKm {
		set(paramRadius, strconv.Itoa(q.RadiusKm))
	}
	for filter, value := range filtersOf(q) {
		set(filter, value)
	}
	set(paramSort, string(q.Sort))
	return v
}

// filtersOf are the filters that are set, by their names in the address.
func filtersOf(q publication.Search) map[string]string {
	set := map[string]string{}
	if q.EmploymentType != "" {
		set[publication.FacetEmployment] = string(q.EmploymentType)
	}
	if q.RemoteType != "" {
		set[publication.FacetRemote] = string(q.RemoteType)
	}
	if q.Seniority != "" {
		set[publication.FacetSeniority] = string(q.Seniority)
	}
	if q.SalaryStep > 0 {
		set[publication.FacetSalary] = strconv.Itoa(q.SalaryStep)
	}
	if q.PostedWithin > 0 {
		set[publication.FacetPosted] = strconv.Itoa(int(q.PostedWithin.Hours() / 24))
	}
	return set
}

func listPath(v url.Values) string {
	if len(v) == 0 {
		return "/jobs"
	}
	return "/jobs?" + v.Encode()
}

func pagePath(v url.Values, number int) string {
	v = mapCopy(v)
	if number > 1 {
		v.Set(paramPage, strconv.Itoa(number))
	}
	return listPath(v)
}

func mapCopy(v url.Values) url.Values {
	out := make(url.Values, len(v))
	maps.Copy(out, v)
	return out
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}
