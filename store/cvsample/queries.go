package cvsample

import (
	"math"
	"slices"
)

// Query is what a recruiter searches for, with a grade for each person.
type Query struct {
	Name       string // what is difficult about it
	Text       string // in the language of cvquery
	Location   string // "" for anywhere
	RadiusKm   int
	Skills     []string
	Seniority  string
	RemoteType string

	// Grade is the relevance of a person by their Truth: 3 works in it, 2 knows it, 1 is near, 0 is irrelevant.
	Grade func(Person) int
}

// able grades by one skill.
func able(skill string) func(Person) int {
	return func(p Person) int {
		switch {
		case slices.Contains(p.Truth.Core, skill):
			return 3
		case slices.Contains(p.Truth.Other, skill):
			return 2
		}
		return 0
	}
}

// titled grades by titles: the first is relevant, the others are near.
func titled(names ...string) func(Person) int {
	return func(p Person) int {
		switch slices.Index(names, p.Truth.Title) {
		case -1:
			return 0
		case 0:
			return 3
		}
		return 1
	}
}

// all is the lowest grade: every condition must be met.
func all(grades ...func(Person) int) func(Person) int {
	return func(p Person) int {
		least := 3
		for _, grade := range grades {
			least = min(least, grade(p))
		}
		return least
	}
}

// either is the highest grade: one condition is enough.
func either(grades ...func(Person) int) func(Person) int {
	return func(p Person) int {
		most := 0
		for _, grade := range grades {
			most = max(most, grade(p))
		}
		return most
	}
}

// without grades a person 0 whom the other grade finds relevant.
func without(grade, other func(Person) int) func(Person) int {
	return func(p Person) int {
		if other(p) > 0 {
			return 0
		}
		return grade(p)
	}
}

// level grades people of another seniority 0.
func level(seniorities ...string) func(Person) int {
	return func(p Person) int {
		if slices.Contains(seniorities, p.Seniority) {
			return 3
		}
		return 0
	}
}

// within grades people outside of a circle 0.
func within(latitude, longitude, km float64) func(Person) int {
	return func(p Person) int {
		const radian = math.Pi / 180
		north, east := (p.Truth.Latitude-latitude)*radian/2, (p.Truth.Longitude-longitude)*radian/2
		h := math.Sin(north)*math.Sin(north) + math.Cos(latitude*radian)*math.Cos(p.Truth.Latitude*radian)*math.Sin(east)*math.Sin(east)
		if 2*6371.0088*math.Asin(math.Sqrt(h)) <= km {
			return 3
		}
		return 0
	}
}

// Queries are the queries by which the relevance of the search is measured.
func Queries() []Query {
	var (
		manager  = titled("IT Manager", "Head of IT", "IT Director")
		london   = within(51.5074, -0.1278, 40)
		leeds    = within(53.8008, -1.5491, 60)
		dublin   = within(53.3498, -6.2603, 50)
		midlands = within(52.4862, -1.8904, 80)
	)
	return []Query{
		{Name: "another spelling", Text: "k8s", Grade: able("Kubernetes")},
		{Name: "the long spelling", Text: "kubernetes", Grade: able("Kubernetes")},
		{Name: "short for the database", Text: "postgres", Grade: able("PostgreSQL")},
		{Name: "abbreviated language", Text: "js", Grade: able("JavaScript")},
		{Name: "long for an everyday word", Text: "golang", Grade: able("Go")},
		{Name: "an everyday word", Text: "Go", Grade: able("Go")},
		{Name: "sharp sign", Text: "C#", Grade: able("C#")},
		{Name: "sharp in words", Text: `"c sharp"`, Grade: able("C#")},
		{Name: "plus signs", Text: "C++", Grade: able("C++")},
		{Name: "one letter", Text: "C", Grade: able("C")},
		{Name: "one letter, statistics", Text: "R", Grade: able("R")},
		{Name: "leading dot", Text: ".NET", Grade: able(".NET")},
		{Name: "leading dot in words", Text: "dotnet developer", Grade: titled(".NET Developer")},
		{Name: "dot within", Text: "Node.js", Grade: able("Node.js")},
		{Name: "slash", Text: "CI/CD", Grade: able("CI/CD")},
		{Name: "slash in words", Text: `"continuous integration"`, Grade: able("CI/CD")},
		{Name: "hyphen", Text: "T-SQL", Grade: able("T-SQL")},
		{Name: "stop word in a title", Text: "IT manager", Grade: manager},
		{Name: "stop word written out", Text: `"information technology manager"`, Grade: manager},
		{Name: "stop word in a title, by field", Text: `title:"IT director"`, Grade: titled("IT Director")},
		{Name: "abbreviated practice", Text: "ITSM", Grade: able("IT service management")},
		{Name: "practice written out", Text: `"IT service management"`, Grade: able("IT service management")},
		{Name: "abbreviated title", Text: "CISO", Grade: titled("Chief Information Security Officer")},
		{Name: "title written out", Text: "chief information security officer", Grade: titled("Chief Information Security Officer")},
		{Name: "abbreviated title with more", Text: "SRE", Grade: either(titled("Site Reliability Engineer"), able("Site reliability engineering"))},
		{Name: "row of words that is one title", Text: "site reliability engineer", Grade: titled("Site Reliability Engineer")},
		{Name: "another word for the desk", Text: `"help desk"`, Grade: able("Service desk")},
		{Name: "tester by two names", Text: "title:(qa OR test) automation", Grade: titled("Test Automation Engineer")},
		{Name: "two skills", Text: "terraform AND aws", Grade: all(able("Terraform"), able("AWS"))},
		{Name: "two skills in other words", Text: "k8s IaC", Grade: all(able("Kubernetes"), able("Infrastructure as code"))},
		{Name: "one of two", Text: "cobol OR mainframe", Grade: either(able("COBOL"), able("Mainframe"))},
		{Name: "not the other", Text: "python AND NOT django", Grade: without(able("Python"), able("Django"))},
		{Name: "brackets", Text: `(azure OR gcp) AND kubernetes`, Grade: all(either(able("Azure"), able("Google Cloud")), able("Kubernetes"))},
		{Name: "beginning of a word", Text: "title:architect* cloud", Grade: titled("Cloud Architect")},
		{Name: "skill by field, not in passing", Text: "skill:salesforce", Grade: able("Salesforce")},
		{Name: "abbreviation of everyday look", Text: "PAM", Grade: able("Privileged access management")},
		{Name: "numbered standard", Text: "ISO27001", Grade: able("ISO 27001")},
		{Name: "product by its old name", Text: `"office 365"`, Grade: able("Microsoft 365")},
		{Name: "product by its short name", Text: "S4HANA", Grade: able("SAP S/4HANA")},
		{Name: "field of study", Text: `"machine learning" pytorch`, Grade: all(able("Machine learning"), able("PyTorch"))},
		{Name: "plural and singular", Text: "firewall", Grade: able("Firewalls")},
		{Name: "spelling of two countries", Text: `"program manager"`, Grade: titled("IT Programme Manager")},
		{Name: "near London", Text: "python", Location: "London", RadiusKm: 40, Grade: all(able("Python"), london)},
		{Name: "near Leeds, stop word", Text: "IT manager", Location: "Leeds", RadiusKm: 60, Grade: all(manager, leeds)},
		{Name: "near Dublin, other spelling", Text: "amazon web services", Location: "Dublin, Ireland", RadiusKm: 50, Grade: all(able("AWS"), dublin)},
		{Name: "round Birmingham", Text: "scrum", Location: "Birmingham", RadiusKm: 80, Grade: all(able("Scrum"), midlands)},
		{Name: "senior only", Text: "java", Seniority: "Senior", Grade: all(able("Java"), level("Senior"))},
		{Name: "skill as a filter", Text: "developer", Skills: []string{"React"}, Grade: all(able("React"), titled(
			"React Developer", "Frontend Engineer", "Full Stack Engineer", "Web Developer", "Mobile Developer"))},
	}
}
