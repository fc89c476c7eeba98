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

// CheckContractEnd checks the end of a contract that somebody has chosen. Error: invalid_request.
func CheckContractEnd(until time.Time) error {
	if !IsWritable(until) {
		return Invalid(FieldError{"until", FieldOutOfRange, "must be before the year 10000"})
	}
	return nil
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
	// ContractMonths is how long publishing costs no credits; 0 for a package that has credits alone.
	ContractMonths int
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
		{Code: "unlimited", Name: "Unlimited", JobPosting: 0, CVSearch: 300, PriceMinor: 8_999_00, Currency: "GBP", Features: AllFeatures(), ContractMonths: 12},
	}
}

// FewCredits is the balance of a kind from which on downward an employer is told that few are left.
func FewCredits(kind CreditKind) int64 {
	if kind == CreditCVSearch {
		return 5
	}
	return 1
}

// SmallPurchase is the balance of a kind up to which an employer who has just bought knows that few are left.
func SmallPurchase(kind CreditKind) int64 { return 2 * FewCredits(kind) }

// ContractEnd is the end of a contract that is bought now for so many months, when there is one until contractUntil (nil: none)
// already: the months are added to what is left of it.
func ContractEnd(contractUntil *time.Time, months int, now time.Time) time.Time {
	from := now
	if ContractRuns(contractUntil, now) {
		from = *contractUntil
	}
	return addMonths(from, months)
}

// addMonths returns the same day of a later month, or the last day of one that is shorter: AddDate would go on into the month after it.
func addMonths(t time.Time, months int) time.Time {
	end := t.AddDate(0, months, 0)
	if end.Day() != t.Day() {
		end = end.AddDate(0, 0, -end.Day())
	}
	return end
}

// maxNote is in characters.
const maxNote = 300

// CreditChange is what the platform does to a balance by hand, with its reason.
type CreditChange struct {
	Kind CreditKind
	// Delta is added; negative takes credits away that were given by mistake.
	Delta int64
	// Note says why, for the employer too.
	Note string
}

// Normalize trims and checks the change. Error: invalid_request naming every bad field: kind, delta, note.
func (c CreditChange) Normalize() (CreditChange, error) {
	var problems []FieldError
	if !c.Kind.Valid() {
		problems = append(problems, NotAllowed("kind", AllCreditKinds()))
	}
	if c.Delta == 0 || c.Delta > maxGrant || c.Delta < -maxGrant {
		problems = append(problems, FieldError{"delta", FieldOutOfRange, fmt.Sprintf("must be a number from -%d to %d other than 0", maxGrant, maxGrant)})
	}
	note, problem, bad := CheckText("note", c.Note, TextRule{Min: 1, Max: maxNote})
	if bad {
		problems = append(problems, problem)
	}
	c.Note = note
	return c, InvalidOrNil(problems)
}

// CheckRefusal trims and checks the reason for refusing a key, which the employer reads. Error: invalid_request.
func CheckRefusal(reason string) (string, error) {
	trimmed, problem, bad := CheckText("reason", reason, TextRule{Min: 1, Max: maxNote})
	if bad {
		return "", Invalid(problem)
	}
	return trimmed, nil
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
