package cv

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/redact"
	"itmanagerjobs/store/taxonomy"
)

// maxShownText bounds what a search reads of one person's text, in bytes: the rest of a CV is for who opens it.
const maxShownText = 30_000

// cvProfile is a person as they are stored: with the names that the taxonomy has for skills and places.
type profile struct {
	board.CvCandidate

	// shown is the text of the profile without contact data and names.
	shown string
	parts [4][]string // normalised words, by weight: A title, B skills, C employers, D the rest
}

// profileOf canonicalises a person and makes the text that is searched and shown.
func profileOf(c board.CvCandidate) profile {
	redactor := redact.New(c.FirstName, c.LastName, c.Email, taxonomy.IsTradeWord)
	c.Title = redactor.Title(c.Title)
	c.Skills = canonicalSkills(c.Skills, redactor.Title)
	fillPlace(&c, redactor)
	if c.Seniority == nil {
		if s := board.Seniority(taxonomy.Seniority(c.Title)); s.Valid() {
			c.Seniority = &s
		}
	}
	p := profile{CvCandidate: c}
	work, text := workOf(&c)
	p.shown = redactor.Text(cut(text, maxShownText))
	p.parts = partsOf(
		[]string{c.Title},
		[]string{strings.Join(c.Skills, ", ")},
		[]string{redactor.Title(work)},
		[]string{p.shown, "\n", c.City, ", ", c.Country, "\n", redactor.Title(strings.Join(c.Languages, ", "))},
	)
	return p
}

// workOf are the titles and employers of a person, and all the text of their profile.
func workOf(c *board.CvCandidate) (work, text string) {
	var short, long strings.Builder
	size, all := 0, len(c.Summary)+len("\n")+len(c.CvText)
	for i := range c.Experience {
		e := &c.Experience[i]
		n := len(e.Title) + len(e.Employer) + len(" \n")
		size, all = size+n, all+n+len(e.Description)+len(", ")
	}
	short.Grow(size)
	long.Grow(all)
	long.WriteString(c.Summary)
	for i := range c.Experience {
		e := &c.Experience[i]
		for _, s := range []string{e.Title, " ", e.Employer, "\n"} {
			short.WriteString(s)
		}
		for _, s := range []string{"\n", e.Title, ", ", e.Employer, "\n", e.Description} {
			long.WriteString(s)
		}
	}
	long.WriteString("\n")
	long.WriteString(c.CvText)
	return short.String(), long.String()
}

// cut is the beginning of s of at most n bytes, in whole words: half a name would not be known as one.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:n]
	return s[:max(strings.LastIndexAny(s, " \n"), 0)]
}

func canonicalSkills(skills []string, redactText func(string) string) []string {
	out := make([]string, 0, len(skills))
	for _, s := range skills {
		name, known := taxonomy.CanonicalSkill(s)
		if !known {
			name = redactText(name)
		}
		if name != "" && !slices.ContainsFunc(out, func(earlier string) bool { return sameWord(earlier, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// fillPlace fills in what the taxonomy knows about where the person is. Of a place that it does not know nothing is kept
// by which the person could be reached: a person may have the name of their town, but not the other way round.
func fillPlace(c *board.CvCandidate, redactor *redact.Redactor) {
	if name, ok := taxonomy.Country(c.Country); ok {
		c.Country = name
	} else if redactor.Title(c.Country) != c.Country {
		c.Country = ""
	}
	if c.City == "" {
		return
	}
	where := c.City
	if c.Country != "" {
		where += ", " + c.Country
	}
	city, ok := taxonomy.Locate(where)
	if !ok || city.Name == "" {
		if redactor.Title(c.City) != c.City {
			c.City = ""
		}
		return
	}
	c.City = city.Name
	if c.Country == "" {
		c.Country = city.Country
	}
	if c.Latitude == nil {
		c.Latitude, c.Longitude = &city.Latitude, &city.Longitude
	}
}

// everyone is the word that every row of cv_index has. Words that begin with a tilde can be neither typed in a query
// nor found in a text.
const everyone = "~"

// The kinds of words by which a search is narrowed.
const (
	skillWord        = "~sk:"
	seniorityWord    = "~se:"
	countryWord      = "~co:"
	remoteWord       = "~rt:"
	availabilityWord = "~av:"
	yearsWord        = "~y:"
)

// yearSteps are the years of experience that have words; in between the row itself decides.
var yearSteps = []int{3, 5, 10, 15}

// words are those of a row by which a search is narrowed.
func (p *profile) words() []string {
	w := newWordWriter(len(p.Skills) + 30)
	w.add(everyone, "")
	for _, s := range p.Skills {
		w.addLower(skillWord, s)
	}
	if p.Seniority != nil {
		w.add(seniorityWord, string(*p.Seniority))
	}
	if p.Country != "" {
		w.addLower(countryWord, p.Country)
	}
	if p.RemoteType != nil {
		w.add(remoteWord, string(*p.RemoteType))
	}
	if p.Availability != "" {
		w.add(availabilityWord, p.Availability)
	}
	for _, step := range yearSteps {
		if p.years() >= step {
			w.add(yearsWord, strconv.Itoa(step))
		}
	}
	if p.Latitude != nil {
		for level := range cellSizes {
			w.text = appendCellWord(w.text, level, cellOf(level, *p.Latitude), cellOf(level, *p.Longitude))
			w.end()
		}
	}
	return w.words()
}

func (p *profile) years() int {
	if p.YearsExperience == nil {
		return 0
	}
	return *p.YearsExperience
}

// facetSeparator stands between the values of cv_index.facets: seniority, country, city, remote type, skills.
const facetSeparator = "\x1f"

func (p *profile) facets() string {
	values := make([]string, 4, 4+len(p.Skills))
	if p.Seniority != nil {
		values[0] = string(*p.Seniority)
	}
	values[1], values[2] = p.Country, p.City
	if p.RemoteType != nil {
		values[3] = string(*p.RemoteType)
	}
	return strings.Join(append(values, p.Skills...), facetSeparator)
}

// cellSizes are the sides of the cells of the earth that have words, in degrees. A circle is looked for by the finest
// that covers it with a few: what a search costs grows with each word.
var cellSizes = []float64{0.25, 0.5, 1, 2, 4, 8}

const maxCells = 6

func cellOf(level int, degrees float64) int { return int(math.Floor(degrees / cellSizes[level])) }

// cellWord is the word of a cell. The last cell before the 180th meridian and the first one after it are one when the
// meridian cuts it.
func cellWord(level, latitude, longitude int) string {
	return string(appendCellWord(nil, level, latitude, longitude))
}

func appendCellWord(text []byte, level, latitude, longitude int) []byte {
	around := int(360 / cellSizes[level])
	longitude = (longitude+around/2+around)%around - around/2
	text = strconv.AppendInt(append(text, "~g"...), int64(level), 10)
	text = strconv.AppendInt(append(text, ':'), int64(latitude), 10)
	return strconv.AppendInt(append(text, ':'), int64(longitude), 10)
}

const kmPerDegree = 111.19

// circle is a part of the earth. The longitudes may go beyond 180 degrees.
type circle struct {
	latitude, longitude, radiusKm      float64
	south, north, west, east, halfWide float64
}

func newCircle(latitude, longitude, radiusKm float64) circle {
	c := circle{latitude: latitude, longitude: longitude, radiusKm: radiusKm, halfWide: 180}
	reach := radiusKm / kmPerDegree
	c.south, c.north = max(latitude-reach, -90), min(latitude+reach, 90)
	if math.Abs(latitude)+reach < 90 { // no pole within
		rad := math.Pi / 180
		c.halfWide = math.Asin(math.Sin(reach*rad)/math.Cos(latitude*rad)) / rad
	}
	c.west, c.east = longitude-c.halfWide, longitude+c.halfWide
	return c
}

// cells are the words of the cells that the circle touches, nil when they are too many to look for.
func (c circle) cells() []string {
	for level := range cellSizes {
		south, north := cellOf(level, c.south), cellOf(level, c.north)
		west, east := cellOf(level, c.west), cellOf(level, c.east)
		if (north-south+1)*(east-west+1) > maxCells {
			continue
		}
		words := make([]string, 0, maxCells)
		for lat := south; lat <= north; lat++ {
			for lon := west; lon <= east; lon++ {
				words = append(words, cellWord(level, lat, lon))
			}
		}
		return words
	}
	return nil
}

// sampled tells whether somebody is in the sample of cv_index, which is one in 1,024. Numbers are given in a row, and
// so are the people of one source: a hash spreads them.
func sampled(id int64) bool { return uint64(id)*0x9E3779B97F4A7C15>>54 == 0 } //nolint:gosec // ids are positive

// weekOf is the number of the week that t is in.
func weekOf(t time.Time) int64 {
	const week = 7 * 24 * 60 * 60
	return t.Unix() / week
}
