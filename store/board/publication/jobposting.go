package publication

import (
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// JobPosting describes a job as a schema.org JobPosting for search engines, as JSON-LD ready for encoding/json (which
// escapes it for use inside a script element). pageURL is the job's public page. It leaves out properties without a value; a
// complete job has all that search engines require.
func JobPosting(j board.Job, employerName, pageURL string) map[string]any {
	ld := map[string]any{
		"@context":           "https://schema.org/",
		"@type":              "JobPosting",
		"title":              j.Title,
		"url":                pageURL,
		"hiringOrganization": map[string]any{"@type": "Organization", "name": employerName},
		"identifier":         map[string]any{"@type": "PropertyValue", "name": employerName, "value": identifier(j)},
		// Only UrlApply sends the candidate to another site; every other method begins with our own form.
		"directApply": j.ApplyMethod != nil && *j.ApplyMethod != board.ApplyByURL,
	}
	if j.Description != nil {
		ld["description"] = *j.Description
	}
	if j.PostedDate != nil {
		ld["datePosted"] = j.PostedDate.UTC().Format(time.RFC3339)
	}
	if j.ExpiryDate != nil {
		ld["validThrough"] = j.ExpiryDate.UTC().Format(time.RFC3339)
	}
	if j.EmploymentType != nil {
		ld["employmentType"] = schemaEmploymentType(*j.EmploymentType)
	}
	if skills := append(append([]string{}, j.RequiredSkills...), j.OptionalSkills...); len(skills) > 0 {
		ld["skills"] = strings.Join(skills, ", ")
	}
	if j.Salary != nil {
		ld["baseSalary"] = baseSalary(*j.Salary)
	}
	addLocation(ld, j)
	return ld
}

// identifier is the employer's reference of the job, or else our id.
func identifier(j board.Job) string {
	if j.Reference != nil {
		return *j.Reference
	}
	return strconv.FormatInt(j.ID, 10)
}

// addLocation says where the work is done or, for a job without a place, where its applicants may live.
func addLocation(ld map[string]any, j board.Job) {
	if j.RemoteType != nil && *j.RemoteType == board.FullyRemote {
		ld["jobLocationType"] = "TELECOMMUTE"
		if country := j.Country(); country != nil {
			ld["applicantLocationRequirements"] = map[string]any{"@type": "Country", "name": *country}
		}
		return
	}
	if j.City == nil && j.CountryCode == nil {
		return
	}
	address := map[string]any{"@type": "PostalAddress"}
	if j.City != nil {
		address["addressLocality"] = *j.City
	}
	if j.CountryCode != nil {
		// schema.org recommends the two-letter code.
		address["addressCountry"] = *j.CountryCode
	}
	ld["jobLocation"] = map[string]any{"@type": "Place", "address": address}
}

func schemaEmploymentType(t board.EmploymentType) string {
	switch t {
	case board.FullTime:
		return "FULL_TIME"
	case board.PartTime:
		return "PART_TIME"
	case board.Contract:
		return "CONTRACTOR"
	case board.Temporary:
		return "TEMPORARY"
	case board.Internship:
		return "INTERN"
	case board.Volunteer:
		return "VOLUNTEER"
	case board.Apprenticeship: // schema.org knows none
	}
	return "OTHER"
}

func baseSalary(s board.Salary) map[string]any {
	value := map[string]any{"@type": "QuantitativeValue", "unitText": strings.ToUpper(string(s.Period))}
	if s.Min != nil && s.Max != nil && *s.Min == *s.Max {
		value["value"] = board.Amount(*s.Min)
	} else {
		if s.Min != nil {
			value["minValue"] = board.Amount(*s.Min)
		}
		if s.Max != nil {
			value["maxValue"] = board.Amount(*s.Max)
		}
	}
	return map[string]any{"@type": "MonetaryAmount", "currency": s.Currency, "value": value}
}
