package hiring

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvquery"
)

const (
	searchPath   = "/employer/search"
	hitsOnPage   = 20
	facetsShown  = 8
	maxQuery     = 500 // characters
	defaultRange = 50  // kilometres
)

// cvSearch is the main part of the page "CV search".
type cvSearch struct {
	*form

	Head    pages.Head
	Credits pages.Notice
	// Wrong shows the query with the character that can't be read.
	Wrong  *wrongQuery
	Ran    bool
	Found  string
	Meant  *pages.Link
	Chosen []pages.Link // each leads to the search without it
	Facets []facetList
	Hits   []hit
	Pager  *pages.Pager
	Empty  *pages.Empty
	Saved  savedList
}

type wrongQuery struct{ Before, At, After string }

type facetList struct {
	Name   string
	Values []facetLink
}

type facetLink struct {
	Text, Path string
	Count      int
}

type hit struct {
	Title, Path, Line string
	Score             string
	Skills            []string
	Excerpts          []template.HTML
	Why               []string
	Tags              []pages.Tag
}

const queryHelp = `AND is understood between words. Also: OR, NOT, "two words", ( ), manag* for endings, and title: or skill: in front of a word.`

func searchForm(a searchAsked) *form {
	f := &form{Action: searchPath, Submit: "Search", Fields: []*field{
		{ID: "q", Label: "What to look for", Kind: "search", Value: a.query.Q, Optional: true, MaxLength: maxQuery, Hint: queryHelp},
		{ID: "location", Label: "Near", Kind: "text", Width: "third", Value: a.query.Location, Optional: true, MaxLength: 200},
		{ID: "radius", Label: "Kilometres around", Kind: "number", Width: "third", Value: strconv.Itoa(a.radius), Min: "1", Max: "500", Optional: true},
		{ID: "sort", Label: "Order", Kind: "select", Width: "third", Optional: true, Options: []option{{Value: "", Label: "Best first"}, {Value: "recency", Label: "Last changed first", Checked: a.query.Sort == cv.ByRecency}}},
	}}
	kept := a.values()
	for _, name := range []string{"seniority", "remote", "availability", "years"} {
		if kept.Has(name) {
			f.Fields = append(f.Fields, &field{ID: name, Kind: "hidden", Value: kept.Get(name)})
		}
	}
	for _, skill := range kept["skill"] {
		f.Fields = append(f.Fields, &field{ID: "skill", Kind: "hidden", Value: skill})
	}
	return f
}

func (p *Pages) showSearch(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	a, ran := askedSearch(r.URL.Query())
	v := cvSearch{form: searchForm(a), Ran: ran, Head: pages.Head{Title: "CV search", About: "People who have put their CV into the database. You see what they can do; their names open with a credit."}}
	credits, err := p.Store.Accounts.Credits(ctx, t)
	if err != nil {
		return err
	}
	v.Credits = pages.Notice{Text: "Searching is free. " + unlockPrice(board.UnlockCost(t.Mode), credits.CVSearch)}
	if v.Saved, err = p.savedSearches(r, u, a, ran); err != nil {
		return err
	}
	if ran {
		found, err := p.Store.CV.Search(ctx, t, a.query)
		if err != nil && !v.blame(a, err) {
			return err
		}
		if err == nil {
			v.fill(a, found)
		} else {
			v.Saved.Form = nil // a search that can't run is not kept
		}
	}
	return p.Show(w, r, v.Status(), "search", member.Page{Title: "CV search", Section: "search", User: &u, Failed: v.Failed(), Main: &v})
}

// blame shows what is wrong with a search at its place. It is false for an error that is not about the search.
func (v *cvSearch) blame(a searchAsked, err error) bool {
	syntax, isSyntax := errors.AsType[*cvquery.SyntaxError](err)
	place, isPlace := errors.AsType[*cv.UnknownPlaceError](err)
	switch {
	case isSyntax:
		runes := []rune(a.query.Q)
		at := min(max(syntax.Position-1, 0), len(runes))
		v.Wrong = &wrongQuery{Before: string(runes[:at]), At: "␣"}
		if at < len(runes) {
			v.Wrong.At, v.Wrong.After = string(runes[at]), string(runes[at+1:])
		}
		v.Field("q").Error = fmt.Sprintf("At character %d: %s", syntax.Position, syntax.Message)
	case isPlace:
		v.Field("location").Error = "“" + place.Place + "” is not a place that is known here. Enter a larger city, such as Leeds, or a country."
	default:
		return false
	}
	return true
}

func (v *cvSearch) fill(a searchAsked, found cv.Result) {
	v.Found = pages.Count(found.Total, "person")
	if found.Total != 1 {
		v.Found = strconv.Itoa(found.Total) + " people"
	}
	if !found.TotalIsExact {
		v.Found = "More than " + v.Found
	}
	if found.DidYouMean != "" {
		meant := a.values()
		meant.Set("q", found.DidYouMean)
		v.Meant = &pages.Link{Text: found.DidYouMean, Path: searchAddress(meant)}
	}
	v.Chosen, v.Facets = chosenFilters(a), facetLists(a, found.Facets)
	for _, h := range found.Hits {
		v.Hits = append(v.Hits, hitOf(h))
	}
	if len(v.Hits) == 0 {
		v.Empty = &pages.Empty{Title: "Nobody is like that", Text: "Look for fewer words, join some with OR, or search a larger area."}
	}
	v.Pager = searchPager(a, found.Total, len(v.Hits))
}

func searchPager(a searchAsked, total, shown int) *pages.Pager {
	page := pages.NumberedPage{Number: a.number, Size: hitsOnPage, Total: total, Shown: shown, Items: strconv.Itoa(total) + " people"}
	return page.Pager(func(number int) string {
		v := a.values()
		v.Set("page", strconv.Itoa(number))
		return searchAddress(v)
	})
}

// chosenFilters are the filters that no field of the form shows, each with the search without it.
func chosenFilters(a searchAsked) []pages.Link {
	var links []pages.Link
	for _, name := range []string{"skill", "seniority", "remote", "availability", "years"} {
		for i, value := range a.values()[name] {
			rest := a.values()
			rest[name] = slices.Delete(slices.Clone(rest[name]), i, i+1)
			if len(rest[name]) == 0 {
				rest.Del(name)
			}
			text := facetWords(value)
			if name == "years" {
				text += " years or more"
			}
			links = append(links, pages.Link{Text: text, Path: searchAddress(rest)})
		}
	}
	return links
}

func facetLists(a searchAsked, f cv.Facets) []facetList {
	var lists []facetList
	add := func(title, name string, many bool, facets []cv.Facet) {
		l := facetList{Name: title}
		for _, value := range facets {
			v := a.values()
			if slices.Contains(v[name], value.Value) || len(l.Values) == facetsShown {
				continue
			}
			if many {
				v.Add(name, value.Value)
			} else {
				v.Set(name, value.Value)
			}
			l.Values = append(l.Values, facetLink{Text: facetWords(value.Value), Path: searchAddress(v), Count: value.Count})
		}
		if len(l.Values) > 0 {
			lists = append(lists, l)
		}
	}
	add("Skills", "skill", true, f.Skills)
	add("Seniority", "seniority", false, f.Seniority)
	add("Where", "location", false, f.City)
	add("Country", "location", false, f.Country)
	add("Remote", "remote", false, f.RemoteType)
	return lists
}

// facetWords writes a value as people do; others stay as they are.
func facetWords(value string) string {
	switch board.RemoteType(value) {
	case board.FullyRemote:
		return "Fully remote"
	case board.HybridRemote:
		return "Hybrid"
	case board.OnSite:
		return "On site"
	}
	return value
}

func hitOf(h cv.Hit) hit {
	out := hit{Title: h.Title, Path: candidatePath(h.ID), Score: strconv.Itoa(int(h.Score + .5)), Skills: h.Skills[:min(len(h.Skills), 10)], Why: h.Explanation}
	if out.Title == "" {
		out.Title = "Somebody without a title"
	}
	var line []string
	if h.City != "" || h.Country != "" {
		place := strings.TrimPrefix(strings.TrimSuffix(h.City+", "+h.Country, ", "), ", ")
		if h.DistanceKm != nil {
			place += fmt.Sprintf(" (%.0f km)", *h.DistanceKm)
		}
		line = append(line, place)
	}
	if h.Seniority != "" {
		line = append(line, h.Seniority)
	}
	if h.YearsExperience != nil {
		line = append(line, pages.Count(*h.YearsExperience, "year"))
	}
	out.Line = strings.Join(line, " · ")
	for _, e := range h.Excerpts {
		out.Excerpts = append(out.Excerpts, template.HTML(e)) //nolint:gosec // the store escapes all but its own marks
	}
	if h.InPipeline {
		out.Tags = append(out.Tags, pages.Tag{Text: "In your pipeline", Tone: pages.Good})
	} else if h.Unlocked {
		out.Tags = append(out.Tags, pages.Tag{Text: "Unlocked", Tone: pages.Good})
	}
	return out
}
