package server

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The functions of this file read a filter or the sort of a list. Each also writes it into query, which is what the
// links of the list repeat.

// filterID reads a filter by an identifier, 0 for none.
func filterID(query url.Values, name string, id *int64) int64 {
	if id == nil {
		return 0
	}
	query.Set(name, strconv.FormatInt(*id, 10))
	return *id
}

// filterNumber reads a filter by a number, 0 for none.
func filterNumber(query url.Values, name string, n *int) int {
	if n == nil {
		return 0
	}
	query.Set(name, strconv.Itoa(*n))
	return *n
}

// filterText reads a filter by a text or by a value of an enum, "" for none.
func filterText[T ~string](query url.Values, name string, value *T) T {
	if value == nil {
		return ""
	}
	query.Set(name, string(*value))
	return *value
}

// filterTime reads a filter by a time, in UTC; the zero time for none.
func filterTime(query url.Values, name string, at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	query.Set(name, at.Format(time.RFC3339Nano))
	return at.UTC()
}

// filterSkills reads the parameter skills.
func filterSkills(query url.Values, skills []string) []string {
	if len(skills) > 0 {
		query.Set("skills", strings.Join(skills, ","))
	}
	return skills
}

// sortOrder reads the order of a list, usual when the caller names none.
func sortOrder[T ~string](query url.Values, sort *T, usual T) T {
	if sort == nil {
		return usual
	}
	return filterText(query, "sort", sort)
}
