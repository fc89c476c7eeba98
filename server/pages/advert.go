package pages

import (
	"net/url"
	"strings"

	"itmanagerjobs/store/board"
)

// Place is where the work of a job is done: "Leeds, United Kingdom".
func Place(j board.Job) string {
	var parts []string
	for _, p := range []*string{j.City, j.Country()} {
		if p != nil && (len(parts) == 0 || parts[0] != *p) { // Singapore is a city and a country
			parts = append(parts, *p)
		}
	}
	return strings.Join(parts, ", ")
}

// Facts are what is known of a job in a few words each, most telling first. The salary stands apart from them.
func Facts(j board.Job) []string {
	var list []string
	if j.EmploymentType != nil {
		list = append(list, EmploymentName(*j.EmploymentType))
	}
	if j.RemoteType != nil {
		list = append(list, RemoteName(*j.RemoteType))
	}
	if j.Seniority != nil {
		list = append(list, string(*j.Seniority))
	}
	return list
}

// EmploymentName is a kind of contract in words.
func EmploymentName(t board.EmploymentType) string {
	switch t {
	case board.FullTime:
		return "Full time"
	case board.PartTime:
		return "Part time"
	case board.Contract, board.Temporary, board.Internship, board.Apprenticeship, board.Volunteer:
	}
	return string(t)
}

// RemoteName is where the work is done, in words.
func RemoteName(t board.RemoteType) string {
	switch t {
	case board.OnSite:
		return "On site"
	case board.HybridRemote:
		return "Hybrid"
	case board.FullyRemote:
		return "Fully remote"
	}
	return string(t)
}

// SiteName is the address of a website as people say it: "example.com".
func SiteName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}
