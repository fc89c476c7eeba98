package publication

import (
	"time"

	"itmanagerjobs/store/board"
)

// Search asks for a page of the open jobs of all employers. A zero value selects all, the newest first.
type Search struct {
	// Q is in the language of the CV search.
	Q string
	// Place is a city or a country; with a city jobs count within RadiusKm, DefaultRadiusKm if 0.
	Place    string
	RadiusKm int

	EmploymentType board.EmploymentType
	RemoteType     board.RemoteType
	Seniority      board.Seniority
	// SalaryStep is one of SalarySteps, counted from 1.
	SalaryStep int
	// PostedWithin leaves out what was published earlier.
	PostedWithin time.Duration

	Sort          Sort
	Offset, Limit int
}

// Sort is the order of the jobs that a search finds.
type Sort string

// The orders of jobs.
const (
	SortBestMatch Sort = ""       // what fits Q best; the newest first without Q
	SortNewest    Sort = "newest" // by the time of publication
	SortSalary    Sort = "salary" // by YearlySalary, the highest first; then by the time of publication
)

// Bounds of a search for jobs.
const (
	DefaultRadiusKm = 40
	MaxRadiusKm     = 200
)

// Empty tells whether all open jobs are asked for.
func (s Search) Empty() bool {
	return s.Q == "" && s.Place == "" && s.EmploymentType == "" && s.RemoteType == "" && s.Seniority == "" && s.SalaryStep == 0 && s.PostedWithin == 0
}

// Facet counts the hits with a value of a filter. Values of SalaryStep and PostedWithin are numbers: of the step, and of days.
type Facet struct {
	Filter, Value string
	Count         int
}

// The filters that are counted.
const (
	FacetEmployment = "employmentType"
	FacetRemote     = "remoteType"
	FacetSeniority  = "seniority"
	FacetSalary     = "salaryFrom"
	FacetPosted     = "posted"
)

// PostedDays are the ages of publications that can be asked for, in days.
var PostedDays = []int{1, 3, 7, 30}

// SearchPage is one page of a Search. The jobs have no description.
type SearchPage struct {
	// Total counts the jobs on all pages. There are more, and Capped is true, when only the newest of many hits, or the best paid when
	// they are sorted by salary, are ranked.
	Total    int
	Capped   bool
	Listings []Listing
	Facets   []Facet
	// DidYouMean is a query that may find more; "" for none.
	DidYouMean string
}

// SalarySteps are the yearly salaries that can be asked for at least, in whole units of whatever currency a job has.
var SalarySteps = []int64{30_000, 40_000, 50_000, 60_000, 80_000, 100_000, 150_000}

// SalaryStep is how many of SalarySteps a salary reaches: 0 without a salary.
func SalaryStep(s *board.Salary) int {
	n, yearly := 0, YearlySalary(s)
	for n < len(SalarySteps) && yearly >= SalarySteps[n] {
		n++
	}
	return n
}

// YearlySalary is the most that a salary names, for a year, in whole units of its currency: 0 without a salary. Amounts of two
// currencies are compared as they are, because the product knows no rates of exchange.
func YearlySalary(s *board.Salary) int64 {
	if s == nil {
		return 0
	}
	amount := s.Max
	if amount == nil {
		amount = s.Min
	}
	if amount == nil {
		return 0
	}
	const hundredths = 100
	return s.Period.Yearly(*amount) / hundredths
}

// SitemapEntry is an open job as search engines are told of it.
type SitemapEntry struct {
	JobID     int64     `db:"id"`
	UpdatedAt time.Time `db:"updated_at"`
}
