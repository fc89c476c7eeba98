package board

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of a profile of the CV database, in characters and list items.
const (
	MaxCvLine     = 1 << 20 // bytes
	MaxSummary    = 10_000
	MaxCvText     = 100_000
	MaxExperience = 60
	MaxWorkText   = 5_000 // the description of one post
	MaxLanguages  = 30
	MaxYears      = 70
	MaxConsents   = 20
)

// CvRetention is how long somebody stays in the CV database after they were last heard of.
func CvRetention(lastHeard time.Time) time.Time { return lastHeard.AddDate(2, 0, 0) }

// Visibility says whether employers find a person of the CV database.
type Visibility string

// The visibilities, as stored and as published.
const (
	VisibilityVisible Visibility = "Visible"
	VisibilityHidden  Visibility = "Hidden" // there, but nobody finds, opens or matches them
)

// AllVisibilities lists every Visibility.
func AllVisibilities() []Visibility { return []Visibility{VisibilityVisible, VisibilityHidden} }

// Valid reports whether v is one of AllVisibilities.
func (v Visibility) Valid() bool { return slices.Contains(AllVisibilities(), v) }

// CheckVisibility checks a visibility that an operator gives. Error: invalid_request.
func CheckVisibility(v Visibility) error {
	if !v.Valid() {
		return Invalid(notAllowed("visibility", AllVisibilities()))
	}
	return nil
}

// AllAvailabilities lists how soon somebody can start, soonest first.
func AllAvailabilities() []string {
	return []string{"Immediate", "TwoWeeks", "OneMonth", "TwoMonths", "ThreeMonths"}
}

// Experience is one post that somebody held. From and To are a year or a year and a month ("2019-04"); an empty To means
// that it lasts.
type Experience struct {
	Title       string `json:"title"`
	Employer    string `json:"employer,omitempty"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
	Description string `json:"description,omitempty"`
}

// Consent is what somebody agreed to, and when.
type Consent struct {
	Purpose string    `json:"purpose"`
	GivenAt time.Time `json:"givenAt"`
}

// CvCandidate is what the CV database is told of a person. Empty and nil mean unknown; so does a zero UpdatedAt, and then
// the person was last heard of when the line is imported.
type CvCandidate struct {
	ExternalID      string
	FirstName       string
	LastName        string
	Email           string
	Phone           string
	Title           string
	Summary         string
	Skills          []string
	Experience      []Experience
	YearsExperience *int
	Seniority       *Seniority
	City            string
	Country         string
	Latitude        *float64
	Longitude       *float64
	RemoteType      *RemoteType
	Availability    string
	Salary          *Salary
	Languages       []string
	CvText          string
	Visibility      Visibility
	Consents        []Consent
	UpdatedAt       time.Time
}

// LastConsent is when the person last agreed to anything; zero when never.
func (c CvCandidate) LastConsent() time.Time {
	var last time.Time
	for _, consent := range c.Consents {
		if consent.GivenAt.After(last) {
			last = consent.GivenAt
		}
	}
	return last
}

// cvLine is a line of an import.
type cvLine struct {
	ExternalID        string       `json:"externalId"`
	FirstName         string       `json:"firstName"`
	LastName          string       `json:"lastName"`
	Email             string       `json:"email"`
	Phone             string       `json:"phone"`
	Title             string       `json:"title"`
	Summary           string       `json:"summary"`
	Skills            []string     `json:"skills"`
	Experience        []Experience `json:"experience"`
	YearsExperience   *float64     `json:"yearsExperience"`
	Seniority         *Seniority   `json:"seniority"`
	City              string       `json:"city"`
	Country           string       `json:"country"`
	Latitude          *float64     `json:"latitude"`
	Longitude         *float64     `json:"longitude"`
	RemoteType        *RemoteType  `json:"remoteType"`
	Availability      string       `json:"availability"`
	SalaryExpectation *salaryLine  `json:"salaryExpectation"`
	Languages         []string     `json:"languages"`
	CvText            string       `json:"cvText"`
	Visibility        Visibility   `json:"visibility"`
	Consents          []Consent    `json:"consents"`
	UpdatedAt         *time.Time   `json:"updatedAt"`
}

type salaryLine struct {
	Min      *float64     `json:"min"`
	Max      *float64     `json:"max"`
	Currency string       `json:"currency"`
	Period   SalaryPeriod `json:"period"`
}

// ParseCvLine reads one line of an import: a JSON object.
// Error: invalid_request naming every bad field, or saying why the line is no such object.
func ParseCvLine(line []byte, now time.Time) (CvCandidate, error) {
	if len(line) > MaxCvLine {
		return CvCandidate{}, Errorf(CodeInvalidRequest, "The line has %d bytes; it may have %d.", len(line), MaxCvLine)
	}
	var l cvLine
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return CvCandidate{}, badLine(err)
	}
	if d.More() {
		return CvCandidate{}, Errorf(CodeInvalidRequest, "The line has more than one JSON value.")
	}
	c := cvChecker{now: now}
	candidate := c.check(l)
	return candidate, invalidOrNil(c.problems)
}

func badLine(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return Invalid(FieldError{wrong.Field, FieldInvalidType, "must not be a JSON " + wrong.Value})
	}
	if field, found := strings.CutPrefix(err.Error(), `json: unknown field "`); found {
		return Invalid(FieldError{strings.TrimSuffix(field, `"`), FieldUnknown, "is not a field of a candidate"})
	}
	return Errorf(CodeInvalidRequest, "The line is not a JSON object of a candidate: %s.", strings.TrimPrefix(err.Error(), "json: "))
}

type cvChecker struct {
	now      time.Time
	problems []FieldError
}

func (c *cvChecker) bad(field, code, format string, args ...any) {
	c.problems = append(c.problems, FieldError{field, code, fmt.Sprintf(format, args...)})
}

// line checks a text of one line, text one of several.
func (c *cvChecker) line(field, s string, shortest, longest int) string {
	if shortest > 0 && strings.TrimSpace(s) == "" {
		c.bad(field, FieldRequired, "is needed")
		return ""
	}
	trimmed, problem, bad := checkText(field, s, textRule{min: shortest, max: longest})
	if bad {
		c.problems = append(c.problems, problem)
	}
	return trimmed
}

func (c *cvChecker) text(field, s string, longest int) string {
	s = cleanText(s)
	if n := utf8.RuneCountInString(s); n > longest {
		c.problems = append(c.problems, tooLong(field, n, longest))
	}
	return s
}

// list checks the items of a list and leaves out what repeats an earlier one.
func (c *cvChecker) list(field string, items []string, most, longest int) []string {
	if len(items) > most {
		c.bad(field, FieldTooLong, "must have at most %d items, but has %d", most, len(items))
		return nil
	}
	out := make([]string, 0, len(items))
	for i, item := range items {
		item = c.line(fmt.Sprintf("%s[%d]", field, i), item, 1, longest)
		if _, again := duplicateSkill(field, item, out); !again {
			out = append(out, item)
		}
	}
	return out
}

func (c *cvChecker) check(l cvLine) CvCandidate {
	out := CvCandidate{
		ExternalID:   c.line("externalId", l.ExternalID, 0, MaxReference),
		FirstName:    c.line("firstName", l.FirstName, 1, MaxPersonName),
		LastName:     c.line("lastName", l.LastName, 1, MaxPersonName),
		Phone:        c.line("phone", l.Phone, 0, MaxPhone),
		Title:        c.line("title", l.Title, 1, MaxTitle),
		Summary:      c.text("summary", l.Summary, MaxSummary),
		Skills:       c.list("skills", l.Skills, 2*MaxSkills, MaxSkill),
		City:         c.line("city", l.City, 0, MaxPlace),
		Country:      c.line("country", l.Country, 0, MaxPlace),
		Availability: l.Availability,
		Languages:    c.list("languages", l.Languages, MaxLanguages, MaxSkill),
		CvText:       c.text("cvText", l.CvText, MaxCvText),
		Visibility:   l.Visibility,
		Seniority:    l.Seniority,
		RemoteType:   l.RemoteType,
		Latitude:     l.Latitude,
		Longitude:    l.Longitude,
	}
	if strings.TrimSpace(l.Email) == "" {
		c.bad("email", FieldRequired, "is needed")
	} else if email, problem, bad := checkEmail("email", l.Email); bad {
		c.problems = append(c.problems, problem)
	} else {
		out.Email = email
	}
	c.choices(&out)
	c.place(out)
	c.experience(l, &out)
	c.salary(l.SalaryExpectation, &out)
	c.consents(l, &out)
	return out
}

func (c *cvChecker) choices(out *CvCandidate) {
	if out.Visibility == "" {
		out.Visibility = VisibilityVisible
	} else if !out.Visibility.Valid() {
		c.problems = append(c.problems, notAllowed("visibility", AllVisibilities()))
	}
	if out.Availability != "" && !slices.Contains(AllAvailabilities(), out.Availability) {
		c.problems = append(c.problems, notAllowed("availability", AllAvailabilities()))
	}
	if out.Seniority != nil && !out.Seniority.Valid() {
		c.problems = append(c.problems, notAllowed("seniority", AllSeniorities()))
	}
	if out.RemoteType != nil && !out.RemoteType.Valid() {
		c.problems = append(c.problems, notAllowed("remoteType", AllRemoteTypes()))
	}
}

func (c *cvChecker) place(out CvCandidate) {
	within := func(field string, v, other *float64, most float64) {
		switch {
		case v == nil && other != nil:
			c.bad(field, FieldRequired, "is needed: latitude and longitude belong together")
		case v != nil && (math.IsNaN(*v) || math.Abs(*v) > most):
			c.bad(field, FieldOutOfRange, "must be from -%.0f to %.0f", most, most)
		}
	}
	within("latitude", out.Latitude, out.Longitude, 90)
	within("longitude", out.Longitude, out.Latitude, 180)
}

var yearOrMonth = regexp.MustCompile(`^(19|20)[0-9]{2}(-(0[1-9]|1[0-2]))?$`)

func (c *cvChecker) experience(l cvLine, out *CvCandidate) {
	if years := l.YearsExperience; years != nil {
		if *years < 0 || *years > MaxYears {
			c.bad("yearsExperience", FieldOutOfRange, "must be from 0 to %d", MaxYears)
		}
		whole := int(*years)
		out.YearsExperience = &whole
	}
	if n := len(l.Experience); n > MaxExperience {
		c.bad("experience", FieldTooLong, "must have at most %d items, but has %d", MaxExperience, n)
		return
	}
	for i, e := range l.Experience {
		field := fmt.Sprintf("experience[%d].", i)
		e.Title = c.line(field+"title", e.Title, 1, MaxTitle)
		e.Employer = c.line(field+"employer", e.Employer, 0, MaxTitle)
		e.Description = c.text(field+"description", e.Description, MaxWorkText)
		for _, date := range []struct{ name, value string }{{"from", e.From}, {"to", e.To}} {
			if date.value != "" && !yearOrMonth.MatchString(date.value) {
				c.bad(field+date.name, FieldInvalidFormat, "must be a year and month such as 2019-04, or a year")
			}
		}
		out.Experience = append(out.Experience, e)
	}
}

func (c *cvChecker) salary(l *salaryLine, out *CvCandidate) {
	if l == nil {
		return
	}
	s := Salary{Currency: l.Currency, Period: l.Period}
	for _, a := range []struct {
		from *float64
		to   **int64
	}{{l.Min, &s.Min}, {l.Max, &s.Max}} {
		if a.from == nil {
			continue
		}
		h, ok := Hundredths(*a.from)
		if !ok {
			h = -1 // out of range, as problems will say
		}
		*a.to = &h
	}
	for _, p := range s.problems() {
		p.Field = "salaryExpectation" + strings.TrimPrefix(p.Field, "salary")
		p.Message = strings.ReplaceAll(p.Message, "salary.", "salaryExpectation.")
		c.problems = append(c.problems, p)
	}
	out.Salary = &s
}

func (c *cvChecker) consents(l cvLine, out *CvCandidate) {
	if n := len(l.Consents); n > MaxConsents {
		c.bad("consents", FieldTooLong, "must have at most %d items, but has %d", MaxConsents, n)
		return
	}
	for i, consent := range l.Consents {
		field := fmt.Sprintf("consents[%d].", i)
		consent.Purpose = c.line(field+"purpose", consent.Purpose, 1, MaxReference)
		switch {
		case consent.GivenAt.IsZero():
			c.bad(field+"givenAt", FieldRequired, "is needed: when the consent was given")
		case consent.GivenAt.After(c.now.Add(clockSkew)):
			c.bad(field+"givenAt", FieldOutOfRange, "must not be in the future")
		}
		consent.GivenAt = Moment(consent.GivenAt)
		out.Consents = append(out.Consents, consent)
	}
	if l.UpdatedAt == nil {
		return
	}
	out.UpdatedAt = Moment(*l.UpdatedAt)
	switch {
	case out.UpdatedAt.After(c.now.Add(clockSkew)):
		c.bad("updatedAt", FieldOutOfRange, "must not be in the future")
	case !CvRetention(out.UpdatedAt).After(c.now):
		c.bad("updatedAt", FieldOutOfRange, "must be less than 24 months ago: nobody is kept for longer")
	case out.UpdatedAt.After(c.now):
		out.UpdatedAt = Moment(c.now)
	}
}
