package site

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

const (
	pageSize = 20
	// maxQuery and maxPlace bound what is read of an address, in characters. A search of more than 1,000 is refused with a sentence.
	maxQuery = 1001
	maxPlace = 300
	// mostPages is beyond the last page of every list.
	mostPages = 1 << 24
)

// jobList is the page of the list.
type jobList struct {
	Form   searchForm
	Asked  bool // anything is looked for
	Found  string
	Meant  link
	Chosen []link
	Facets []facet
	Sorts  []link
	// BySalary and FromSalary tell that amounts are compared: that they are the order, and that they are a filter.
	BySalary, FromSalary bool

	Listings []publication.Listing
	// Previous and Next are addresses, empty where there is none.
	Previous, Next string
	Pages          []link
}

// searchForm is the form of a search, with what is wrong in it.
type searchForm struct {
	Query, Place       string
	Radii              []option
	Hidden             map[string]string // filters that stay
	QueryBad, PlaceBad string
}

type option struct {
	Value    int
	Selected bool
}

// link leads to another page of the list.
type link struct {
	Text, Path string
	Count      int
	Current    bool
}

// facet is one filter with its values.
type facet struct {
	Name   string
	Values []link
}

// filterNames are the filters in the order of the page.
var filterNames = []struct{ filter, name string }{
	{publication.FacetRemote, "Work pattern"}, {publication.FacetSeniority, "Level"}, {publication.FacetEmployment, "Contract"},
	{publication.FacetSalary, "Salary a year, from (in its currency)"}, {publication.FacetPosted, "Posted"},
}

// sortNames are the orders as the page names them.
var sortNames = []struct {
	sort publication.Sort
	name string
}{{publication.SortBestMatch, "Best match"}, {publication.SortNewest, "Newest"}, {publication.SortSalary, "Highest salary"}}

// filterText is the value of a filter in words.
func filterText(filter, value string) string {
	switch filter {
	case publication.FacetEmployment:
		return pages.EmploymentName(board.EmploymentType(value))
	case publication.FacetRemote:
		return pages.RemoteName(board.RemoteType(value))
	case publication.FacetSalary:
		if n, err := strconv.Atoi(value); err == nil && n >= 1 && n <= len(publication.SalarySteps) {
			return strconv.FormatInt(publication.SalarySteps[n-1]/1000, 10) + ",000"
		}
	case publication.FacetPosted:
		if value == "1" {
			return "Last 24 hours"
		}
		return "Last " + value + " days"
	}
	return value
}

// showJobs lists the open jobs that a search finds. A page beyond the last one is not there.
func (s *Site) showJobs(w http.ResponseWriter, r *http.Request) error {
	q, number := asked(r.URL.Query())
	list := jobList{Asked: !q.Empty(), Form: formOf(q)}
	found, err := s.Jobs.SearchJobs(r.Context(), q)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeInvalidRequest {
		for _, f := range e.Fields {
			switch f.Field {
			case paramQuery:
				list.Form.QueryBad = "The search " + f.Message
			case paramPlace:
				list.Form.PlaceBad = "“" + q.Place + "” " + f.Message
			}
		}
		return s.render(w, r, http.StatusBadRequest, "jobs", page{Title: "Jobs in IT management", Failed: true, Main: list})
	}
	if err != nil {
		return err
	}
	last := max(1, (found.Total+pageSize-1)/pageSize)
	if number > last {
		return board.Errorf(board.CodeNotFound, "The list ends before this page. It has %d.", last)
	}
	list.fill(q, found, number, last)
	pg := page{Title: "Jobs in IT management", Main: list}
	switch {
	case q.Q != "" && q.Place != "":
		pg.Title = q.Q + " in " + q.Place + " – jobs"
	case q.Q != "":
		pg.Title = q.Q + " – jobs"
	case q.Place != "":
		pg.Title = "Jobs in " + q.Place
	}
	if !list.Asked && q.Sort == publication.SortBestMatch { // the results of searches are endless
		pg.Canonical = s.PublicURL + pagePath(url.Values{}, number)
		pg.Description = "Open jobs for IT managers and engineers, with search, place and salary."
	}
	return s.render(w, r, http.StatusOK, "jobs", pg)
}

func formOf(q publication.Search) searchForm {
	f := searchForm{Query: q.Q, Place: q.Place, Hidden: filtersOf(q)}
	if q.Sort != publication.SortBestMatch {
		f.Hidden[paramSort] = string(q.Sort)
	}
	for _, km := range radii {
		f.Radii = append(f.Radii, option{km, km == cmp.Or(q.RadiusKm, publication.DefaultRadiusKm)})
	}
	return f
}

func (l *jobList) fill(q publication.Search, found publication.SearchPage, number, last int) {
	v := address(q)
	l.Listings = found.Listings
	l.Found = pages.Count(found.Total, "job")
	if found.Capped {
		first := "The newest "
		if q.Sort == publication.SortSalary {
			first = "The best paid "
		}
		l.Found = first + l.Found + " of more"
	}
	if last > 1 {
		l.Found += ", page " + strconv.Itoa(number) + " of " + strconv.Itoa(last)
	}
	if found.DidYouMean != "" {
		better := q
		better.Q = found.DidYouMean
		l.Meant = link{Text: found.DidYouMean, Path: listPath(address(better))}
	}
	with := func(name, value string) string {
		v := mapCopy(v)
		if v.Del(name); value != "" {
			v.Set(name, value)
		}
		return listPath(v)
	}
	set := filtersOf(q)
	for _, f := range filterNames {
		if value := set[f.filter]; value != "" {
			l.Chosen = append(l.Chosen, link{Text: f.name + ": " + filterText(f.filter, value), Path: with(f.filter, "")})
			continue
		}
		var values []link
		for _, value := range valuesOf(f.filter) {
			i := slices.IndexFunc(found.Facets, func(have publication.Facet) bool { return have.Filter == f.filter && have.Value == value })
			if i >= 0 {
				values = append(values, link{Text: filterText(f.filter, value), Path: with(f.filter, value), Count: found.Facets[i].Count})
			}
		}
		if len(values) > 0 {
			l.Facets = append(l.Facets, facet{f.name, values})
		}
	}
	for _, s := range sortNames {
		switch {
		case q.Q != "" || s.sort == publication.SortSalary:
			l.Sorts = append(l.Sorts, link{Text: s.name, Path: with(paramSort, string(s.sort)), Current: q.Sort == s.sort})
		case s.sort == publication.SortNewest: // the order of jobs without a query
			l.Sorts = append(l.Sorts, link{Text: s.name, Path: with(paramSort, ""), Current: q.Sort != publication.SortSalary})
		}
	}
	l.BySalary, l.FromSalary = q.Sort == publication.SortSalary, q.SalaryStep > 0
	if number > 1 {
		l.Previous = pagePath(v, number-1)
	}
	if number < last {
		l.Next = pagePath(v, number+1)
	}
	l.Pages = numbers(v, number, last)
}

// valuesOf are the values of a filter in the order in which people read them.
func valuesOf(filter string) (values []string) {
	switch filter {
	case publication.FacetEmployment:
		return names(board.AllEmploymentTypes())
	case publication.FacetRemote:
		return names(board.AllRemoteTypes())
	case publication.FacetSeniority:
		return names(board.AllSeniorities())
	case publication.FacetSalary:
		for i := range publication.SalarySteps {
			values = append(values, strconv.Itoa(i+1))
		}
	case publication.FacetPosted:
		for _, days := range publication.PostedDays {
			values = append(values, strconv.Itoa(days))
		}
	}
	return values
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// numbers are the pages around one, the first and the last. A link without a path stands for those between.
func numbers(v url.Values, number, last int) []link {
	if last == 1 {
		return nil
	}
	const around = 2
	var list []link
	for n := 1; n <= last; n++ {
		switch {
		case n == 1 || n == last || n >= number-around && n <= number+around:
			list = append(list, link{Text: strconv.Itoa(n), Path: pagePath(v, n), Current: n == number})
		case n < number:
			list = append(list, link{Text: "…"})
			n = number - around - 1
		default:
			list = append(list, link{Text: "…"})
			n = last - 1
		}
	}
	return list
}
