package board

import (
	"fmt"
	"slices"
	"time"
)

// CreditKind says what a credit can be spent on.
type CreditKind string

// The kinds, as stored and as published.
const (
	CreditJobPosting CreditKind = "JobPosting" // one publication of a job
	CreditCVSearch   CreditKind = "CvSearch"   // one full profile from the CV database, open for 30 days
)

// AllCreditKinds lists every CreditKind.
func AllCreditKinds() []CreditKind { return []CreditKind{CreditJobPosting, CreditCVSearch} }

// Valid reports whether k is one of AllCreditKinds.
func (k CreditKind) Valid() bool { return slices.Contains(AllCreditKinds(), k) }

// ContractRuns reports whether an unlimited contract that lasts until contractUntil (nil: none) covers now.
func ContractRuns(contractUntil *time.Time, now time.Time) bool {
	return contractUntil != nil && now.Before(*contractUntil)
}

// PublishCost is the number of JobPosting credits that publishing a job costs at now: none in test mode, none under a
// running contract, else one.
func PublishCost(mode Mode, contractUntil *time.Time, now time.Time) int64 {
	if mode == ModeTest || ContractRuns(contractUntil, now) {
		return 0
	}
	return 1
}

// UnlockTerm is how long a profile of the CV database stays open after it was unlocked.
const UnlockTerm = 30 * 24 * time.Hour

// UnlockCost is the number of CVSearch credits that unlocking a profile of the CV database costs: none in test mode, else
// one, also under a contract, which is for job postings.
func UnlockCost(mode Mode) int64 {
	if mode == ModeTest {
		return 0
	}
	return 1
}

// NoCredits is the error of a debit that exceeds the balance. Nothing was charged.
func NoCredits(kind CreditKind) *Error {
	if kind == CreditCVSearch {
		return Errorf(CodeNoCredits, "Insufficient CV search credits.")
	}
	return Errorf(CodeNoCredits, "Insufficient job posting credits.")
}

// UnlockRequired is the error of a CV in the CV database that is not open for the employer. Nothing was charged.
func UnlockRequired(candidateID int64) *Error {
	return Errorf(CodeUnlockRequired, "Unlock the candidate first: POST /api/v1/candidates/%d/unlock opens contact data and CV for 30 days.", candidateID)
}

// Feature is something that a package switches on.
type Feature string

// The features.
const (
	FeatureAPI      Feature = "api"
	FeatureWebhooks Feature = "webhooks"
)

// AllFeatures lists every Feature.
func AllFeatures() []Feature { return []Feature{FeatureAPI, FeatureWebhooks} }

// Package is a bundle of credits that an employer can buy.
type Package struct {
	Code       string // stable; purchases refer to it
	Name       string
	JobPosting int64 // credits
	CVSearch   int64 // credits
	PriceMinor int64 // hundredths of Currency
	Currency   string
	Features   []Feature
}

// Has reports whether the package switches f on.
func (p Package) Has(f Feature) bool { return slices.Contains(p.Features, f) }

// DefaultPackages is the price list of a new platform, cheapest first. Each package includes the API and webhooks, which
// have no price of their own.
func DefaultPackages() []Package {
	return []Package{
		{Code: "starter", Name: "Starter", JobPosting: 1, CVSearch: 0, PriceMinor: 149_00, Currency: "GBP", Features: AllFeatures()},
		{Code: "team", Name: "Team", JobPosting: 5, CVSearch: 25, PriceMinor: 599_00, Currency: "GBP", Features: AllFeatures()},
		{Code: "agency", Name: "Agency", JobPosting: 25, CVSearch: 150, PriceMinor: 2_499_00, Currency: "GBP", Features: AllFeatures()},
	}
}

// maxGrant is how many credits an operator can add at once.
const maxGrant = 1_000_000

// ValidateGrant checks the credits that an operator adds to an account.
func ValidateGrant(jobPosting, cvSearch int64) []FieldError {
	var problems []FieldError
	for _, g := range []struct {
		field string
		n     int64
	}{{"jobPosting", jobPosting}, {"cvSearch", cvSearch}} {
		if g.n < 0 || g.n > maxGrant {
			problems = append(problems, FieldError{g.field, FieldOutOfRange, fmt.Sprintf("must be between 0 and %d", maxGrant)})
		}
	}
	return problems
}
