package board

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// ParseCVLine reads one line of an import, a JSON object.
// Error: invalid_request naming every bad field, or saying why the line is not a JSON object.
func ParseCVLine(line []byte, now time.Time) (CVCandidate, error) {
	l, err := readCVLine(line)
	if err != nil {
		return CVCandidate{}, err
	}
	c := cvChecker{now: now, problems: l.unparsed}
	candidate := c.check(l)
	return candidate, invalidOrNil(c.problems)
}

type cvChecker struct {
	now      time.Time
	problems []FieldError
}

func (c *cvChecker) bad(field, code, format string, args ...any) {
	c.add(FieldError{field, code, fmt.Sprintf(format, args...)})
}

// add records a problem, but only the first of each field: a field of a wrong type would be reported as missing, too.
func (c *cvChecker) add(problem FieldError) {
	if !slices.ContainsFunc(c.problems, func(p FieldError) bool { return p.Field == problem.Field }) {
		c.problems = append(c.problems, problem)
	}
}

// line checks a text of one line.
func (c *cvChecker) line(field, s string, shortest, longest int) string {
	return c.item(field, -1, "", s, shortest, longest)
}

// item checks a text of one line in a list, or a part of an item. The path of the field is put together only for a problem,
// because an import checks millions of items.
func (c *cvChecker) item(list string, index int, part, s string, shortest, longest int) string {
	trimmed, problem, bad := checkText(list, s, textRule{min: shortest, max: longest})
	if bad {
		if shortest > 0 && strings.TrimSpace(s) == "" {
			problem.Code, problem.Message = FieldRequired, "is needed"
		}
		problem.Field = itemField(list, index, part)
		c.add(problem)
	}
	return trimmed
}

func itemField(list string, index int, part string) string {
	if index < 0 {
		return list
	}
	return fmt.Sprintf("%s[%d]%s", list, index, part)
}

// text checks a text of several lines.
func (c *cvChecker) text(field, s string, longest int) string {
	s = cleanText(s)
	if n := runesOver(s, longest); n > 0 {
		c.add(tooLong(field, n, longest))
	}
	return s
}

// list checks the items of a list, and removes those that repeat an earlier one.
func (c *cvChecker) list(field string, items []string, most, longest int) []string {
	if len(items) > most {
		c.bad(field, FieldTooLong, "must have at most %d items, but has %d", most, len(items))
		return nil
	}
	out := make([]string, 0, len(items))
	for i, item := range items {
		item = c.item(field, i, "", item, 1, longest)
		if !slices.ContainsFunc(out, func(earlier string) bool { return strings.EqualFold(earlier, item) }) {
			out = append(out, item)
		}
	}
	return out
}

func (c *cvChecker) check(l cvLine) CVCandidate {
	out := l.CVCandidate
	out.ExternalID = c.line("externalId", l.ExternalID, 0, MaxReference)
	out.FirstName = c.line("firstName", l.FirstName, 1, MaxPersonName)
	out.LastName = c.line("lastName", l.LastName, 1, MaxPersonName)
	out.Phone = c.phone(l.Phone)
	out.Title = c.line("title", l.Title, 1, MaxTitle)
	out.Summary = c.text("summary", l.Summary, MaxSummary)
	out.Skills = c.list("skills", l.Skills, MaxCVSkills, MaxSkill)
	out.City = c.placeName("city", l.City)
	out.Country = c.placeName("country", l.Country)
	out.Languages = c.list("languages", l.Languages, MaxLanguages, MaxSkill)
	out.CVText = c.text("cvText", l.CVText, MaxCVText)
	if strings.TrimSpace(l.Email) == "" {
		c.bad("email", FieldRequired, "is needed")
	} else if email, problem, bad := checkEmail("email", l.Email); bad {
		c.add(problem)
	} else {
		out.Email = email
	}
	c.choices(&out)
	c.place(out)
	c.years(l.years, &out)
	c.experience(&out)
	c.salary(l.salary, &out)
	c.consents(&out)
	c.updated(&out)
	return out
}

// minPhoneDigits is the least number of digits in a telephone number.
const minPhoneDigits = 5

func (c *cvChecker) phone(s string) string {
	s = c.line("phone", s, 0, MaxPhone)
	digits := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if s != "" && digits < minPhoneDigits {
		c.bad("phone", FieldInvalidFormat, "must be a telephone number: it has %d digits, and needs at least %d", digits, minPhoneDigits)
	}
	return s
}

func (c *cvChecker) choices(out *CVCandidate) {
	if out.Visibility == "" {
		out.Visibility = VisibilityVisible
	} else if !out.Visibility.Valid() {
		c.add(notAllowed("visibility", AllVisibilities()))
	}
	if out.Availability != "" && !slices.Contains(AllAvailabilities(), out.Availability) {
		c.add(notAllowed("availability", AllAvailabilities()))
	}
	if out.Seniority != nil && !out.Seniority.Valid() {
		c.add(notAllowed("seniority", AllSeniorities()))
	}
	if out.RemoteType != nil && !out.RemoteType.Valid() {
		c.add(notAllowed("remoteType", AllRemoteTypes()))
	}
}

// placeName checks the name of a city or country. Employers see it before they have opened the profile, so it must not
// contain contact data.
func (c *cvChecker) placeName(field, s string) string {
	s = c.line(field, s, 0, MaxPlace)
	if !isPlaceName(s) {
		c.bad(field, FieldInvalidFormat, "must be the name of a place: letters, blanks, and the signs - ' . , / & ( )")
	}
	return s
}

// isPlaceName reports whether s can be the name of a place. A dot inside a word makes it a host name, unless the word
// consists of initials ("Washington D.C.").
func isPlaceName(s string) bool {
	letters := 0 // in a row
	dotted := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			if letters++; dotted && letters > 1 {
				return false
			}
		case r == '.':
			dotted, letters = true, 0
		case strings.ContainsRune(" -'’‘ʼ,/&()", r):
			dotted, letters = false, 0
		default:
			return false
		}
	}
	return true
}

func (c *cvChecker) place(out CVCandidate) {
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

func (c *cvChecker) years(years *float64, out *CVCandidate) {
	if years == nil {
		return
	}
	if *years < 0 || *years > MaxYears || *years != math.Trunc(*years) {
		c.bad("yearsExperience", FieldOutOfRange, "must be a whole number from 0 to %d", MaxYears)
		return
	}
	whole := int(*years)
	out.YearsExperience = &whole
}

func (c *cvChecker) experience(out *CVCandidate) {
	if n := len(out.Experience); n > MaxExperience {
		c.bad("experience", FieldTooLong, "must have at most %d items, but has %d", MaxExperience, n)
		return
	}
	for i := range out.Experience {
		e := &out.Experience[i]
		e.Title = c.item("experience", i, ".title", e.Title, 1, MaxTitle)
		e.Employer = c.item("experience", i, ".employer", e.Employer, 0, MaxTitle)
		e.Description = cleanText(e.Description)
		if n := runesOver(e.Description, MaxWorkText); n > 0 {
			c.add(tooLong(itemField("experience", i, ".description"), n, MaxWorkText))
		}
		good := true
		for _, date := range []struct{ part, value string }{{".from", e.From}, {".to", e.To}} {
			if date.value != "" && !isYearOrMonth(date.value) {
				good = false
				c.bad(itemField("experience", i, date.part), FieldInvalidFormat, "must be a year and month such as 2019-04, or a year")
			}
		}
		if good && e.To != "" && e.From > e.To && !strings.HasPrefix(e.From, e.To) { // "2019-04" to "2019" is in one year
			c.bad(itemField("experience", i, ".to"), FieldConflict, "must not be before from")
		}
	}
}

// isYearOrMonth reports whether s is a year or a month from 1900 to 2099: "2019", "2019-04".
func isYearOrMonth(s string) bool {
	if len(s) != 4 && len(s) != 7 || s[:2] != "19" && s[:2] != "20" || strings.Trim(s[2:4], "0123456789") != "" {
		return false
	}
	return len(s) == 4 || s[4:] >= "-01" && s[4:] <= "-12" && strings.Trim(s[5:], "0123456789") == ""
}

func (c *cvChecker) salary(l *salaryLine, out *CVCandidate) {
	if l == nil {
		return
	}
	s := Salary{Currency: l.currency, Period: l.period}
	for _, a := range []struct {
		from *float64
		to   **int64
	}{{l.min, &s.Min}, {l.max, &s.Max}} {
		if a.from == nil {
			continue
		}
		h, ok := Hundredths(*a.from)
		if !ok {
			h = -1 // out of range, which problems reports
		}
		*a.to = &h
	}
	for _, p := range s.problems() {
		p.Field = "salaryExpectation" + strings.TrimPrefix(p.Field, "salary")
		p.Message = strings.ReplaceAll(p.Message, "salary.", "salaryExpectation.")
		c.add(p)
	}
	out.Salary = &s
}

func (c *cvChecker) consents(out *CVCandidate) {
	if n := len(out.Consents); n > MaxConsents {
		c.bad("consents", FieldTooLong, "must have at most %d items, but has %d", MaxConsents, n)
		return
	}
	for i := range out.Consents {
		consent := &out.Consents[i]
		consent.Purpose = c.item("consents", i, ".purpose", consent.Purpose, 1, MaxReference)
		switch {
		case consent.GivenAt.IsZero():
			c.bad(itemField("consents", i, ".givenAt"), FieldRequired, "is needed: when the consent was given")
		case consent.GivenAt.After(c.now.Add(clockSkew)):
			c.bad(itemField("consents", i, ".givenAt"), FieldOutOfRange, "must not be in the future")
		}
		consent.GivenAt = Moment(consent.GivenAt)
	}
}

func (c *cvChecker) updated(out *CVCandidate) {
	if out.UpdatedAt.IsZero() {
		return
	}
	out.UpdatedAt = Moment(out.UpdatedAt)
	switch {
	case out.UpdatedAt.After(c.now.Add(clockSkew)):
		c.bad("updatedAt", FieldOutOfRange, "must not be in the future")
	case !CVRetention(out.UpdatedAt).After(c.now):
		c.bad("updatedAt", FieldOutOfRange, "must be less than 24 months ago: nobody is kept for longer")
	case out.UpdatedAt.After(c.now):
		out.UpdatedAt = Moment(c.now)
	}
}
