package board

import "slices"

// JobStatus is the state of a job. Only the methods of Job change it:
//
//	Draft ──Publish──► Active ──Expire──► Expired ──Publish──► Active
//	any ──Deactivate──► Deactivated, for good
type JobStatus string

// The states, as stored and as published.
const (
	JobDraft       JobStatus = "Draft"       // being written; may be incomplete; never public
	JobActive      JobStatus = "Active"      // public and complete until ExpiryDate
	JobExpired     JobStatus = "Expired"     // its ExpiryDate came; may be changed and published again
	JobDeactivated JobStatus = "Deactivated" // closed for good; its applications are kept
)

// AllJobStatuses lists every JobStatus.
func AllJobStatuses() []JobStatus {
	return []JobStatus{JobDraft, JobActive, JobExpired, JobDeactivated}
}

// Valid reports whether s is one of AllJobStatuses.
func (s JobStatus) Valid() bool { return slices.Contains(AllJobStatuses(), s) }

// EmploymentType is the kind of employment contract.
type EmploymentType string

// The employment types, as stored and as published.
const (
	FullTime       EmploymentType = "FullTime"
	PartTime       EmploymentType = "PartTime"
	Contract       EmploymentType = "Contract"
	Temporary      EmploymentType = "Temporary"
	Internship     EmploymentType = "Internship"
	Apprenticeship EmploymentType = "Apprenticeship"
	Volunteer      EmploymentType = "Volunteer"
)

// AllEmploymentTypes lists every EmploymentType.
func AllEmploymentTypes() []EmploymentType {
	return []EmploymentType{FullTime, PartTime, Contract, Temporary, Internship, Apprenticeship, Volunteer}
}

// Valid reports whether t is one of AllEmploymentTypes.
func (t EmploymentType) Valid() bool { return slices.Contains(AllEmploymentTypes(), t) }

// RemoteType says where the work is done.
type RemoteType string

// The remote types, as stored and as published.
const (
	OnSite       RemoteType = "OnSite"
	HybridRemote RemoteType = "HybridRemote"
	FullyRemote  RemoteType = "FullyRemote" // needs no city
)

// AllRemoteTypes lists every RemoteType.
func AllRemoteTypes() []RemoteType { return []RemoteType{OnSite, HybridRemote, FullyRemote} }

// Valid reports whether t is one of AllRemoteTypes.
func (t RemoteType) Valid() bool { return slices.Contains(AllRemoteTypes(), t) }

// Seniority is the level of a position.
type Seniority string

// The seniorities, as stored and as published.
const (
	Junior    Seniority = "Junior"
	Mid       Seniority = "Mid"
	Senior    Seniority = "Senior"
	Lead      Seniority = "Lead"
	Manager   Seniority = "Manager"
	Director  Seniority = "Director"
	Executive Seniority = "Executive"
)

// AllSeniorities lists every Seniority, lowest first.
func AllSeniorities() []Seniority {
	return []Seniority{Junior, Mid, Senior, Lead, Manager, Director, Executive}
}

// Valid reports whether s is one of AllSeniorities.
func (s Seniority) Valid() bool { return slices.Contains(AllSeniorities(), s) }

// ApplyMethod is what happens to an application.
type ApplyMethod string

// The apply methods, as stored and as published.
const (
	ApplyByEmail    ApplyMethod = "EmailApply"    // sent to ApplyEmailAddress
	ApplyByURL      ApplyMethod = "UrlApply"      // the candidate continues at ApplyURL
	ApplyDirect     ApplyMethod = "DirectApply"   // kept here, read by API or in the portal
	ApplyByHTTPPush ApplyMethod = "HttpPushApply" // posted to ApplyPushURL
)

// AllApplyMethods lists every ApplyMethod.
func AllApplyMethods() []ApplyMethod {
	return []ApplyMethod{ApplyByEmail, ApplyByURL, ApplyDirect, ApplyByHTTPPush}
}

// Valid reports whether m is one of AllApplyMethods.
func (m ApplyMethod) Valid() bool { return slices.Contains(AllApplyMethods(), m) }

// SalaryPeriod is the time that a salary pays for.
type SalaryPeriod string

// The salary periods, as stored and as published.
const (
	PerHour  SalaryPeriod = "Hour"
	PerDay   SalaryPeriod = "Day"
	PerMonth SalaryPeriod = "Month"
	PerYear  SalaryPeriod = "Year"
)

// AllSalaryPeriods lists every SalaryPeriod.
func AllSalaryPeriods() []SalaryPeriod { return []SalaryPeriod{PerHour, PerDay, PerMonth, PerYear} }

// Valid reports whether p is one of AllSalaryPeriods.
func (p SalaryPeriod) Valid() bool { return slices.Contains(AllSalaryPeriods(), p) }
