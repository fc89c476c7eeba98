package pipeline

import (
	"encoding/json"
	"strconv"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// dossier describes what an event is about. What has no value is left out. The formats of webhooks read it, see Dossier in
// webhooks/profile.
type dossier struct {
	Job         *dossierJob         `json:"job,omitempty"`
	Employer    dossierEmployer     `json:"employer"`
	Application *dossierApplication `json:"application,omitempty"`
	Candidate   *dossierCandidate   `json:"candidate,omitempty"`
}

type dossierJob struct {
	ID                int64                 `json:"id"`
	Reference         *string               `json:"reference,omitempty"`
	Title             string                `json:"title"`
	Description       *string               `json:"description,omitempty"`
	City              *string               `json:"city,omitempty"`
	Country           *string               `json:"country,omitempty"`
	CountryCode       *string               `json:"countryCode,omitempty"`
	EmploymentType    *board.EmploymentType `json:"employmentType,omitempty"`
	RemoteType        *board.RemoteType     `json:"remoteType,omitempty"`
	Seniority         *board.Seniority      `json:"seniority,omitempty"`
	ApplyMethod       *board.ApplyMethod    `json:"applyMethod,omitempty"`
	ApplyEmailAddress *string               `json:"applyEmailAddress,omitempty"`
	ApplyURL          *string               `json:"applyUrl,omitempty"`
	Salary            *dossierSalary        `json:"salary,omitempty"`
	RequiredSkills    []string              `json:"requiredSkills"`
	OptionalSkills    []string              `json:"optionalSkills"`
	Status            board.JobStatus       `json:"status"`
	CreatedAt         dossierTime           `json:"createdAt"`
	UpdatedAt         dossierTime           `json:"updatedAt"`
	PostedDate        *dossierTime          `json:"postedDate,omitempty"`
	ExpiryDate        *dossierTime          `json:"expiryDate,omitempty"`
}

// dossierSalary has its amounts in units of the currency.
type dossierSalary struct {
	Min      *dossierAmount     `json:"min,omitempty"`
	Max      *dossierAmount     `json:"max,omitempty"`
	Currency string             `json:"currency"`
	Period   board.SalaryPeriod `json:"period"`
}

type dossierEmployer struct {
	ID          int64       `json:"id"`
	Name        string      `json:"name"`
	CreatedAt   dossierTime `json:"createdAt"`
	Website     *string     `json:"website,omitempty"`
	Description *string     `json:"description,omitempty"`
	Phone       *string     `json:"phone,omitempty"`
}

// dossierApplication is an application that an event names, or one of a candidate: only those have a job and a history.
type dossierApplication struct {
	ID          int64                   `json:"id"`
	Status      board.ApplicationStatus `json:"status"`
	Type        board.ApplicationType   `json:"type"`
	AppliedAt   dossierTime             `json:"appliedAt"`
	UpdatedAt   dossierTime             `json:"updatedAt"`
	CoverLetter *string                 `json:"coverLetter,omitempty"`
	CV          *dossierCV              `json:"cv,omitempty"`
	Job         *dossierJobRef          `json:"job,omitempty"`
	History     *[]dossierMove          `json:"history,omitempty"`
}

type dossierJobRef struct {
	ID        int64   `json:"id"`
	Title     string  `json:"title"`
	Reference *string `json:"reference,omitempty"`
}

// dossierMove is a change of an application's status.
type dossierMove struct {
	From   *string     `json:"from,omitempty"`
	To     string      `json:"to"`
	Reason string      `json:"reason"`
	At     dossierTime `json:"at"`
}

// dossierCV describes a file. Its text is for reading and not for keeping, so that the first maxDossierText characters
// are enough.
type dossierCV struct {
	ID        int64  `db:"id"         json:"id"`
	Name      string `db:"name"       json:"name"`
	MediaType string `db:"media_type" json:"mediaType"`
	Size      int64  `db:"size"       json:"size"`
	Text      string `db:"text"       json:"text"`
}

const maxDossierText = 20_000

type dossierCandidate struct {
	ID           int64                   `json:"id"`
	Status       board.ApplicationStatus `json:"status"`
	FirstName    string                  `json:"firstName"`
	LastName     string                  `json:"lastName"`
	Email        string                  `json:"email"`
	Phone        *string                 `json:"phone,omitempty"`
	Title        *string                 `json:"title,omitempty"`
	City         *string                 `json:"city,omitempty"`
	Country      *string                 `json:"country,omitempty"`
	Skills       []string                `json:"skills"`
	CreatedAt    dossierTime             `json:"createdAt"`
	UpdatedAt    dossierTime             `json:"updatedAt"`
	Applications []dossierApplication    `json:"applications"`
}

// dossierTime is written in whole seconds.
type dossierTime time.Time

// MarshalJSON follows RFC 3339.
func (t dossierTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format(time.RFC3339))
}

func dossierTimeOf(t *time.Time) *dossierTime {
	if t == nil {
		return nil
	}
	d := dossierTime(*t)
	return &d
}

// dossierAmount is in hundredths and is written in units.
type dossierAmount int64

// MarshalJSON writes no more decimals than the amount has.
func (a dossierAmount) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, board.Amount(int64(a)), 'f', -1, 64), nil
}

func dossierOfJob(j board.Job) *dossierJob {
	d := &dossierJob{
		ID: j.ID, Reference: j.Reference, Title: j.Title, Description: j.Description, City: j.City, Country: j.Country(), CountryCode: j.CountryCode,
		EmploymentType: j.EmploymentType, RemoteType: j.RemoteType, Seniority: j.Seniority,
		ApplyMethod: j.ApplyMethod, ApplyEmailAddress: j.ApplyEmailAddress, ApplyURL: j.ApplyURL,
		RequiredSkills: j.RequiredSkills, OptionalSkills: j.OptionalSkills, Status: j.Status,
		CreatedAt: dossierTime(j.CreatedAt), UpdatedAt: dossierTime(j.UpdatedAt),
		PostedDate: dossierTimeOf(j.PostedDate), ExpiryDate: dossierTimeOf(j.ExpiryDate),
	}
	if s := j.Salary; s != nil {
		d.Salary = &dossierSalary{Min: (*dossierAmount)(s.Min), Max: (*dossierAmount)(s.Max), Currency: s.Currency, Period: s.Period}
	}
	return d
}

func dossierOfEmployer(e account.Employer) dossierEmployer {
	return dossierEmployer{
		ID: e.ID, Name: e.Name, CreatedAt: dossierTime(e.CreatedAt), Website: e.Website, Description: e.Description, Phone: e.Phone,
	}
}
