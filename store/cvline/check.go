package cvline

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"itmanagerjobs/store/board"
)

// Parse reads one line of an import, a JSON object.
// Error: invalid_request naming every bad field, or saying why the line is not a JSON object.
func Parse(line []byte, now time.Time) (board.CVCandidate, error) {
	l, err := readLine(line)
	if err != nil {
		return board.CVCandidate{}, err
	}
	c := checker{now: now, problems: l.unparsed}
	candidate := c.check(l)
	return candidate, board.InvalidOrNil(c.problems)
}

type checker struct {
	now      time.Time
	problems []board.FieldError
}

func (c *checker) bad(field, code, format string, args ...any) {
	c.add(board.FieldError{Field: field, Code: code, Message: fmt.Sprintf(format, args...)})
}

// add records a problem, but only the first of each field: a field of a wrong type would be reported as missing, too.
func (c *checker) add(problem board.FieldError) {
	if !slices.ContainsFunc(c.problems, func(p board.FieldError) bool { return p.Field == problem.Field }) {
		c.problems = append(c.problems, problem)
	}
}

// line checks a text of one line.
func (c *checker) line(field, s string, shortest, longest int) string {
	return c.item(field, -1, "", s, shortest, longest)
}

// item checks a text of one line in a list, or a part of an item. The path of the field is put together only for a problem,
// because an import checks millions of items.
func (c *checker) item(list string, index int, part, s string, shortest, longest int) string {
	trimmed, problem, bad := board.CheckText(list, s, board.TextRule{Min: shortest, Max: longest})
	if bad {
		if shortest > 0 && strings.TrimSpace(s) == "" {
			problem.Code, problem.Message = board.FieldRequired, "is needed"
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
func (c *checker) text(field, s string, longest int) string {
	s = board.CleanText(s)
	if n := board.RunesOver(s, longest); n > 0 {
		c.add(board.TooLong(field, n, longest))
	}
	return s
}

// list checks the items of a list, and removes those that repeat an earlier one.
func (c *checker) list(field string, items []string, most, longest int) []string {
	if len(items) > most {
		c.bad(field, board.FieldTooLong, "must have at most %d items, but has %d", most, len(items))
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

func (c *checker) check(l rawLine) board.CVCandidate {
	out := l.CVCandidate
	out.ExternalID = c.line("externalId", l.ExternalID, 0, board.MaxReference)
	out.FirstName = c.line("firstName", l.FirstName, 1, board.MaxPersonName)
	out.LastName = c.line("lastName", l.LastName, 1, board.MaxPersonName)
	out.Phone = c.phone(l.Phone)
	out.Title = c.line("title", l.Title, 1, board.MaxTitle)
	out.Summary = c.text("summary", l.Summary, board.MaxSummary)
	out.Skills = c.list("skills", l.Skills, board.MaxCVSkills, board.MaxSkill)
	out.City = c.placeName("city", l.City)
	out.Country = c.placeName("country", l.Country)
	out.Languages = c.list("languages", l.Languages, board.MaxLanguages, board.MaxSkill)
	out.CVText = c.text("cvText", l.CVText, board.MaxCVText)
	if strings.TrimSpace(l.Email) == "" {
		c.bad("email", board.FieldRequired, "is needed")
	} else if email, problem, bad := board.CheckEmail("email", l.Email); bad {
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

func (c *checker) phone(s string) string {
	s = c.line("phone", s, 0, board.MaxPhone)
	digits := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if s != "" && digits < minPhoneDigits {
		c.bad("phone", board.FieldInvalidFormat, "must be a telephone number: it has %d digits, and needs at least %d", digits, minPhoneDigits)
	}
	return s
}

func (c *checker) choices(out *board.CVCandidate) {
	if out.Visibility == "" {
		out.Visibility = board.VisibilityVisible
	} else if !out.Visibility.Valid() {
		c.add(board.NotAllowed("visibility", board.AllVisibilities()))
	}
	if out.Availability != "" && !slices.Contains(board.AllAvailabilities(), out.Availability) {
		c.add(board.NotAllowed("availability", board.AllAvailabilities()))
	}
	if out.Seniority != nil && !out.Seniority.Valid() {
		c.add(board.NotAllowed("seniority", board.AllSeniorities()))
	}
	if out.RemoteType != nil && !out.RemoteType.Valid() {
		c.add(board.NotAllowed("remoteType", board.AllRemoteTypes()))
	}
}

// placeName checks the name of a city or country. Employers see it before they have opened the profile, so it must not
// contain contact data.
func (c *checker) placeName(field, s string) string {
	s = c.line(field, s, 0, board.MaxPlace)
	if !isPlaceName(s) {
		c.bad(field, board.FieldInvalidFormat, "must be the name of a place: letters, blanks, and the signs - ' . , / & ( )")
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

func (c *checker) place(out board.CVCandidate) {
	within := func(field string, v, other *float64, most float64) {
		switch {
		case v == nil && other != nil:
			c.bad(field, board.FieldRequired, "is needed: latitude and longitude belong together")
		case v != nil && (math.IsNaN(*v) || math.Abs(*v) > most):
			c.bad(field, board.FieldOutOfRange, "must be from -%.0f to %.0f", most, most)
		}
	}
	within("latitude", out.Latitude, out.Longitude, 90)
	within("longitude", out.Longitude, out.Latitude, 180)
}

func (c *checker) years(years *float64, out *board.CVCandidate) {
	if years == nil {
		return
	}
	if *years < 0 || *years > board.MaxYears || *years != math.Trunc(*years) {
		c.bad("yearsExperience", board.FieldOutOfRange, "must be a whole number from 0 to %d", board.MaxYears)
		return
	}
	whole := int(*years)
	out.YearsExperience = &whole
}

func (c *checker) experience(out *board.CVCandidate) {
	if n := len(out.Experience); n > board.MaxExperience {
		c.bad("experience", board.FieldTooLong, "must have at most %d items, but has %d", board.MaxExperience, n)
		return
	}
	for i := range out.Experience {
		e := &out.Experience[i]
		e.Title = c.item("experience", i, ".title", e.Title, 1, board.MaxTitle)
		e.Employer = c.item("experience", i, ".employer", e.Employer, 0, board.MaxTitle)
		e.Description = board.CleanText(e.Description)
		if n := board.RunesOver(e.Description, board.MaxWorkText); n > 0 {
			c.add(board.TooLong(itemField("experience", i, ".description"), n, board.MaxWorkText))
		}
		good := true
		for _, date := range []struct{ part, value string }{{".from", e.From}, {".to", e.To}} {
			if date.value != "" && !isYearOrMonth(date.value) {
				good = false
				c.bad(itemField("experience", i, date.part), board.FieldInvalidFormat, "must be a year and month such as 2019-04, or a year")
			}
		}
		if good && e.To != "" && e.From > e.To && !strings.HasPrefix(e.From, e.To) { // "2019-04" to "2019" is in one year
			c.bad(itemField("experience", i, ".to"), board.FieldConflict, "must not be before from")
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

func (c *checker) salary(l *salaryLine, out *board.CVCandidate) {
	if l == nil {
		return
	}
	s := board.Salary{Currency: l.currency, Period: l.period}
	for _, a := range []struct {
		from *float64
		to   **int64
	}{{l.min, &s.Min}, {l.max, &s.Max}} {
		if a.from == nil {
			continue
		}
		h, ok := board.Hundredths(*a.from)
		if !ok {
			h = -1 // out of range, which problems reports
		}
		*a.to = &h
	}
	for _, p := range s.Problems() {
		p.Field = "salaryExpectation" + strings.TrimPrefix(p.Field, "salary")
		p.Message = strings.ReplaceAll(p.Message, "salary.", "salaryExpectation.")
		c.add(p)
	}
	out.Salary = &s
}

func (c *checker) consents(out *board.CVCandidate) {
	if n := len(out.Consents); n > board.MaxConsents {
		c.bad("consents", board.FieldTooLong, "must have at most %d items, but has %d", board.MaxConsents, n)
		return
	}
	for i := range out.Consents {
		consent := &out.Consents[i]
		consent.Purpose = c.item("consents", i, ".purpose", consent.Purpose, 1, board.MaxReference)
		switch {
		case consent.GivenAt.IsZero():
			c.bad(itemField("consents", i, ".givenAt"), board.FieldRequired, "is needed: when the consent was given")
		case consent.GivenAt.After(c.now.Add(board.ClockSkew)):
			c.bad(itemField("consents", i, ".givenAt"), board.FieldOutOfRange, "must not be in the future")
		}
		consent.GivenAt = board.Moment(consent.GivenAt)
	}
}

func (c *checker) updated(out *board.CVCandidate) {
	if out.UpdatedAt.IsZero() {
		return
	}
	out.UpdatedAt = board.Moment(out.UpdatedAt)
	switch {
	case out.UpdatedAt.After(c.now.Add(board.ClockSkew)):
		c.bad("updatedAt", board.FieldOutOfRange, "must not be in the future")
	case !board.CVRetention(out.UpdatedAt).After(c.now):
		c.bad("updatedAt", board.FieldOutOfRange, "must be less than 24 months ago: nobody is kept for longer")
	case out.UpdatedAt.After(c.now):
		out.UpdatedAt = board.Moment(c.now)
	}
}
