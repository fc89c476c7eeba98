package profile

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
)

// autoData has one of its parts. The format's documentation shows the application; the other parts are
// modelled on it. A field that the documentation does not show is null when its value is not known; a
// text that it shows is then empty.
type autoData struct {
	Job         *autoJob         `json:"job,omitempty"`
	Application *autoApplication `json:"application,omitempty"`
	Candidate   *autoCandidate   `json:"candidate,omitempty"`
	Employer    *autoEmployer    `json:"employer,omitempty"`
	Webhook     *autoWebhook     `json:"webhook,omitempty"`
}

type autoJobRef struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Company string `json:"company"`
}

type autoJob struct {
	autoJobRef

	Reference      *string     `json:"reference"`
	Description    *string     `json:"description"`
	City           *string     `json:"city"`
	Country        *string     `json:"country"`
	EmploymentType *string     `json:"employment_type"`
	RemoteType     *string     `json:"remote_type"`
	Seniority      *string     `json:"seniority"`
	RequiredSkills []string    `json:"required_skills"`
	OptionalSkills []string    `json:"optional_skills"`
	Salary         *autoSalary `json:"salary"`
	Status         *string     `json:"status"`
	URL            *string     `json:"url"`
	CreatedAt      *autoTime   `json:"created_at"`
	UpdatedAt      *autoTime   `json:"updated_at"`
	PostedAt       *autoTime   `json:"posted_at"`
	ExpiresAt      *autoTime   `json:"expires_at"`
	ExpiredAt      *autoTime   `json:"expired_at,omitempty"`
	DeletedAt      *autoTime   `json:"deleted_at,omitempty"`
}

type autoSalary struct {
	Min      *float64 `json:"min"`
	Max      *float64 `json:"max"`
	Currency string   `json:"currency"`
	Period   string   `json:"period"`
}

type autoPersonRef struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

type autoApplication struct {
	ID             string        `json:"id"`
	Job            autoJobRef    `json:"job"`
	Candidate      autoPersonRef `json:"candidate"`
	Status         string        `json:"status"`
	PreviousStatus string        `json:"previous_status,omitempty"`
	AppliedAt      *autoTime     `json:"applied_at"`
	UpdatedAt      *autoTime     `json:"updated_at,omitempty"`
	WithdrawnAt    *autoTime     `json:"withdrawn_at,omitempty"`
}

type autoCandidate struct {
	autoPersonRef

	Phone        *string   `json:"phone"`
	Title        *string   `json:"title"`
	Skills       []string  `json:"skills"`
	City         *string   `json:"city"`
	Country      *string   `json:"country"`
	RegisteredAt *autoTime `json:"registered_at"`
	UpdatedAt    *autoTime `json:"updated_at"`
}

type autoEmployer struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Website      *string   `json:"website"`
	Description  *string   `json:"description"`
	Phone        *string   `json:"phone"`
	RegisteredAt *autoTime `json:"registered_at"`
	UpdatedAt    *autoTime `json:"updated_at"`
}

type autoWebhook struct {
	ID      string    `json:"id"`
	Message string    `json:"message"`
	SentAt  *autoTime `json:"sent_at"`
}

func autoDataOf(e Event, f eventData, d Dossier) autoData {
	switch typ := event.Type(e.Type); typ {
	case event.ApplicationSubmitted, event.ApplicationStatusChanged, event.ApplicationWithdrawn:
		return autoData{Application: autoApplicationOf(typ, f, d)}
	case event.CandidateRegistered, event.CandidateProfileUpdated:
		return autoData{Candidate: autoCandidateOf(f, d)}
	case event.EmployerRegistered, event.EmployerProfileUpdated:
		return autoData{Employer: autoEmployerOf(f, d)}
	case event.WebhookTest:
		return autoData{Webhook: &autoWebhook{prefixed("wh_", f.SubscriptionID), f.Message, autoTimeOf(f.SentAt)}}
	default:
		return autoData{Job: autoJobOf(e, f, d)}
	}
}

func autoJobRefOf(f eventData, d Dossier) autoJobRef {
	ref := autoJobRef{ID: prefixed("job_", f.JobPostID), Title: f.JobTitle}
	if d.Job != nil {
		ref.ID, ref.Title = prefixed("job_", d.Job.ID), d.Job.Title
	}
	if d.Employer != nil {
		ref.Company = d.Employer.Name
	}
	return ref
}

func autoJobOf(e Event, f eventData, d Dossier) *autoJob {
	j := DossierJob{
		Reference: f.Reference, CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt, PostedDate: f.PostedDate, ExpiryDate: f.ExpiryDate,
		Status: f.Status,
	}
	if d.Job != nil {
		j = *d.Job
	}
	out := &autoJob{
		autoJobRef: autoJobRefOf(f, d),
		Reference:  j.Reference, Description: j.Description, City: j.City, Country: j.Country,
		EmploymentType: autoWord(orEmpty(j.EmploymentType)), RemoteType: autoWord(orEmpty(j.RemoteType)), Seniority: autoWord(orEmpty(j.Seniority)),
		RequiredSkills: append([]string{}, j.RequiredSkills...), OptionalSkills: append([]string{}, j.OptionalSkills...),
		Status: autoWord(j.Status), URL: j.page(e.PublicURL),
		CreatedAt: autoTimeOf(j.CreatedAt), UpdatedAt: autoTimeOf(j.UpdatedAt), PostedAt: autoTimeOf(j.PostedDate), ExpiresAt: autoTimeOf(j.ExpiryDate),
		ExpiredAt: autoTimeOf(f.ExpiredAt), DeletedAt: autoTimeOf(f.DeletedAt),
	}
	if s := j.Salary; s != nil {
		out.Salary = &autoSalary{s.Min, s.Max, s.Currency, orEmpty(autoWord(s.Period))}
	}
	return out
}

func autoApplicationOf(typ event.Type, f eventData, d Dossier) *autoApplication {
	var a DossierApplication
	if d.Application != nil {
		a = *d.Application
	}
	// The status is that of the event. The application may have another one by now.
	status := f.NewStatus
	switch typ {
	case event.ApplicationSubmitted:
		status = string(board.ApplicationNew)
	case event.ApplicationWithdrawn:
		status = string(board.ApplicationWithdrawn)
	default:
	}
	out := &autoApplication{
		ID:        prefixed("app_", f.ApplicationID),
		Job:       autoJobRefOf(f, d),
		Candidate: autoPersonRef{ID: prefixed("cand_", f.CandidateID)},
		Status:    autoStatus(status),
		AppliedAt: autoTimeOf(firstSet(a.AppliedAt, f.AppliedAt)),
		UpdatedAt: autoTimeOf(f.ChangedAt), WithdrawnAt: autoTimeOf(f.WithdrawnAt),
	}
	if f.PreviousStatus != "" {
		out.PreviousStatus = autoStatus(f.PreviousStatus)
	}
	if c := d.Candidate; c != nil {
		out.Candidate = autoPersonRef{prefixed("cand_", c.ID), c.name(), c.Email}
	}
	return out
}

func autoCandidateOf(f eventData, d Dossier) *autoCandidate {
	c := DossierCandidate{ID: f.CandidateID}
	if d.Candidate != nil {
		c = *d.Candidate
	}
	return &autoCandidate{
		autoPersonRef: autoPersonRef{prefixed("cand_", c.ID), c.name(), c.Email},
		Phone:         c.Phone, Title: c.Title, Skills: append([]string{}, c.Skills...), City: c.City, Country: c.Country,
		RegisteredAt: autoTimeOf(firstSet(f.RegisteredAt, c.CreatedAt)), UpdatedAt: autoTimeOf(firstSet(f.UpdatedAt, c.UpdatedAt)),
	}
}

func autoEmployerOf(f eventData, d Dossier) *autoEmployer {
	var e DossierEmployer
	if d.Employer != nil {
		e = *d.Employer
	}
	return &autoEmployer{
		ID: prefixed("emp_", firstSet(f.EmployerID, e.ID)), Name: firstSet(f.EmployerName, e.Name),
		Website: e.Website, Description: e.Description, Phone: e.Phone,
		RegisteredAt: autoTimeOf(firstSet(f.RegisteredAt, e.CreatedAt)), UpdatedAt: autoTimeOf(f.UpdatedAt),
	}
}

// autoStatus returns the format's word for the status of an application.
func autoStatus(status string) string {
	switch board.ApplicationStatus(status) {
	case board.ApplicationNew:
		return "pending"
	case board.ApplicationScreened:
		return "screening"
	case board.ApplicationInterviewed:
		return "interviewing"
	default: // offered, hired, rejected, withdrawn
		return orEmpty(autoWord(status))
	}
}

// autoWord converts a value of the platform to the format's spelling, for example FullTime to full_time.
func autoWord(value string) *string {
	if value == "" {
		return nil
	}
	var b strings.Builder
	for i, r := range value {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	word := b.String()
	return &word
}

// autoTime is a time that is encoded in UTC, in whole seconds.
type autoTime time.Time

func autoTimeOf(t *time.Time) *autoTime {
	if t == nil {
		return nil
	}
	a := autoTime(*t)
	return &a
}

func (t autoTime) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, "2006-01-02T15:04:05Z"), nil
}

// prefixed formats an identifier with its prefix. It returns "" for an identifier that is not known.
func prefixed(prefix string, id int64) string {
	if id == 0 {
		return ""
	}
	return prefix + strconv.FormatInt(id, 10)
}
