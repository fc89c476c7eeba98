package paging

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// The functions of this file read a filter or the sort of a list. Each also writes it into query, which is what the
// links of the list repeat.

// FilterID reads a filter by an identifier, 0 for none.
func FilterID(query url.Values, name string, id *int64) int64 {
	if id == nil {
		return 0
	}
	query.Set(name, strconv.FormatInt(*id, 10))
	return *id
}

// FilterNumber reads a filter by a number, 0 for none.
func FilterNumber(query url.Values, name string, n *int) int {
	if n == nil {
		return 0
	}
	query.Set(name, strconv.Itoa(*n))
	return *n
}

// FilterText reads a filter by a text, or another value that is a text, "" for none.
func FilterText[T ~string](query url.Values, name string, value *T) T {
	if value == nil {
		return ""
	}
	query.Set(name, string(*value))
	return *value
}

// FilterTime reads a filter by a time, in UTC; the zero time for none.
func FilterTime(query url.Values, name string, at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	query.Set(name, at.Format(time.RFC3339Nano))
	return at.UTC()
}

// FilterAny reads a filter by any of some values of an enum, none for all. Their order means nothing, nor does repeating
// one: links and cursors have them in one form.
func FilterAny[To, From ~string](query url.Values, name string, values []From) []To {
	if len(values) == 0 {
		return nil
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(values)))
	words, chosen := make([]string, len(distinct)), make([]To, len(distinct))
	for i, v := range distinct {
		words[i], chosen[i] = string(v), To(v)
	}
	query.Set(name, strings.Join(words, ","))
	return chosen
}

// FilterSkills reads the parameter skills.
func FilterSkills(query url.Values, skills []string) []string {
	if len(skills) > 0 {
		query.Set("skills", strings.Join(skills, ","))
	}
	return skills
}

// OpenSorted is Open for a list that is sorted by times, as Sort, an enum of the contract, names the orders; usual is
// the order when the caller names none.
func OpenSorted[Sort ~string](ls Lists, t board.Tenant, of List, sort *Sort, usual Sort, p Params) (Page, pg.Sort, error) {
	of.Sort = string(Order(of.Query, sort, usual))
	l, err := ls.Open(t, of, p)
	if err != nil {
		return l, 0, err
	}
	order, err := fromAPISort(of.Sort)
	return l, order, err
}

// fromAPISort reads an order by times of creation or change.
func fromAPISort(sort string) (pg.Sort, error) {
	switch apiv1.JobSort(sort) { // the other enums have the same values, or some of them
	case apiv1.JobSortCreatedAtDescending:
		return pg.NewestFirst, nil
	case apiv1.JobSortCreatedAtAscending:
		return pg.OldestFirst, nil
	case apiv1.JobSortUpdatedAtDescending:
		return pg.LastUpdatedFirst, nil
	case apiv1.JobSortUpdatedAtAscending:
		return pg.LastUpdatedLast, nil
	}
	return 0, fmt.Errorf("the contract's sort %q has no order in the store", sort)
}

// Order reads the order of a list, usual when the caller names none.
func Order[T ~string](query url.Values, sort *T, usual T) T {
	if sort == nil {
		return usual
	}
	return FilterText(query, "sort", sort)
}
