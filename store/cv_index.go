package store

import (
	"math"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/taxonomy"
)

// maxShownText bounds what a search reads of one person's text, in bytes: the rest of a CV is for who opens it.
const maxShownText = 30_000

// cvProfile is a person as they are stored: with the names that the taxonomy has for skills and places.
type cvProfile struct {
	board.CvCandidate

	// shown is the text of the profile without contact data and names.
	shown string
	parts [4][]string // normalised words, by weight: A title, B skills, C employers, D the rest
}

// profileOf canonicalises a person and makes the text that is searched and shown.
func profileOf(c board.CvCandidate) cvProfile {
	scrubber := board.NewScrubber(c.FirstName, c.LastName, c.Email, taxonomy.IsTradeWord)
	c.Title = scrubber.ScrubTitle(c.Title)
	c.Skills = canonicalSkills(c.Skills, scrubber.ScrubTitle)
	fillPlace(&c, scrubber)
	if c.Seniority == nil {
		if s := board.Seniority(taxonomy.Seniority(c.Title)); s.Valid() {
			c.Seniority = &s
		}
	}
	p := cvProfile{CvCandidate: c}
	var work, text strings.Builder
	text.WriteString(c.Summary)
	for _, e := range c.Experience {
		work.WriteString(e.Title + " " + e.Employer + "\n")
		text.WriteString("\n" + e.Title + ", " + e.Employer + "\n" + e.Description)
	}
	text.WriteString("\n" + c.CvText)
	p.shown = scrubber.Scrub(cut(text.String(), maxShownText))
	p.parts = [4][]string{
		tokensOf(c.Title),
		tokensOf(strings.Join(c.Skills, ", ")),
		tokensOf(scrubber.ScrubTitle(work.String())),
		tokensOf(p.shown + "\n" + c.City + ", " + c.Country + "\n" + scrubber.ScrubTitle(strings.Join(c.Languages, ", "))),
	}
	return p
}

// cut is the beginning of s of at most n bytes, in whole words: half a name would not be known as one.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:n]
	return s[:max(strings.LastIndexAny(s, " \n"), 0)]
}

func canonicalSkills(skills []string, scrub func(string) string) []string {
	out := make([]string, 0, len(skills))
	seen := make(map[string]bool, len(skills))
	for _, s := range skills {
		name, known := taxonomy.CanonicalSkill(s)
		if !known {
			name = scrub(name)
		}
		if key := strings.ToLower(name); key != "" && !seen[key] {
			seen[key] = true
			out = append(out, name)
		}
	}
	return out
}

// fillPlace fills in what the taxonomy knows about where the person is. Of a place that it does not know nothing is kept
// by which the person could be reached: a person may have the name of their town, but not the other way round.
func fillPlace(c *board.CvCandidate, scrubber *board.Scrubber) {
	if name, ok := taxonomy.Country(c.Country); ok {
		c.Country = name
	} else if scrubber.ScrubTitle(c.Country) != c.Country {
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
		if scrubber.ScrubTitle(c.City) != c.City {
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

// everyone is the word that every row of cv_search has. Words that begin with a tilde can be neither typed in a query
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
	bucketWord       = "~b:"
)

// yearSteps are the years of experience that have words; in between the row itself decides.
var yearSteps = []int{1, 2, 3, 5, 7, 10, 15, 20}

// words are those of a row by which a search is narrowed.
func (p *cvProfile) words(bucket int64) []string {
	words := make([]string, 0, len(p.Skills)+30)
	words = append(words, everyone, bucketWord+strconv.FormatInt(bucket, 10))
	week := weekOf(p.UpdatedAt)
	for level := range weekLevels {
		words = append(words, weeksWord(level, week))
	}
	for _, s := range p.Skills {
		words = append(words, skillWord+strings.ToLower(s))
	}
	if p.Seniority != nil {
		words = append(words, seniorityWord+string(*p.Seniority))
	}
	if p.Country != "" {
		words = append(words, countryWord+strings.ToLower(p.Country))
	}
	if p.RemoteType != nil {
		words = append(words, remoteWord+string(*p.RemoteType))
	}
	if p.Availability != "" {
		words = append(words, availabilityWord+p.Availability)
	}
	for _, step := range yearSteps {
		if p.years() >= step {
			words = append(words, yearsWord+strconv.Itoa(step))
		}
	}
	if p.Latitude != nil {
		for level := range cellSizes {
			words = append(words, cellWord(level, cellOf(level, *p.Latitude), cellOf(level, *p.Longitude)))
		}
	}
	return words
}

func (p *cvProfile) years() int {
	if p.YearsExperience == nil {
		return 0
	}
	return *p.YearsExperience
}

// facetSeparator stands between the values of cv_search.facets: seniority, country, city, remote type, skills.
const facetSeparator = "\x1f"

func (p *cvProfile) facets() string {
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
	around := int(360 / cellSizes[level])
	longitude = (longitude+around/2+around)%around - around/2
	return "~g" + strconv.Itoa(level) + ":" + strconv.Itoa(latitude) + ":" + strconv.Itoa(longitude)
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

// sampled tells whether somebody is in the sample of cv_search, which is one in 1,024. Numbers are given in a row, and
// so are the people of one source: a hash spreads them.
func sampled(id int64) bool { return uint64(id)*0x9E3779B97F4A7C15>>54 == 0 } //nolint:gosec // ids are positive

// weekOf is the number of the week that t is in.
func weekOf(t time.Time) int64 {
	const week = 7 * 24 * 60 * 60
	return t.Unix() / week
}

// weekLevels are the times that have words: a week, 4 weeks, 16, 64.
const weekLevels = 4

// weeksWord is that of the time of a level that a week is in.
func weeksWord(level int, week int64) string {
	return "~t" + strconv.Itoa(level) + ":" + strconv.FormatInt(week>>(2*level), 10)
}
