package site

import (
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// day writes a date as a person reads it, "" for none.
func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2 January 2006")
}

func machine(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// place is where the work is done: "Leeds, United Kingdom".
func place(j board.Job) string {
	var parts []string
	for _, p := range []*string{j.City, j.Country()} {
		if p != nil {
			parts = append(parts, *p)
		}
	}
	return strings.Join(parts, ", ")
}

// facts are what is known of a job in a few words each, most telling first.
func facts(j board.Job) []string {
	var list []string
	if j.EmploymentType != nil {
		list = append(list, employmentName(*j.EmploymentType))
	}
	if j.RemoteType != nil {
		list = append(list, remoteName(*j.RemoteType))
	}
	if j.Seniority != nil {
		list = append(list, string(*j.Seniority))
	}
	if j.Salary != nil {
		list = append(list, j.Salary.Text())
	}
	return list
}

func employmentName(t board.EmploymentType) string {
	switch t {
	case board.FullTime:
		return "Full time"
	case board.PartTime:
		return "Part time"
	case board.Contract, board.Temporary, board.Internship, board.Apprenticeship, board.Volunteer:
	}
	return string(t)
}

func remoteName(t board.RemoteType) string {
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
