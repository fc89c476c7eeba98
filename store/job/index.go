package job

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/markup"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// maxIndexed bounds the text of a job that is searched, in bytes. What stands further down describes the company and its perks.
const maxIndexed = 12_000

// entry is a row of job_index as it is given to PostgreSQL, which makes terms of the texts.
type entry struct {
	JobID          int64      `json:"job_id"`
	PostedDate     *time.Time `json:"posted_date"`
	ExpiryDate     *time.Time `json:"expiry_date"`
	EmploymentType string     `json:"employment_type"`
	RemoteType     string     `json:"remote_type"`
	Seniority      string     `json:"seniority"`
	SalaryStep     int        `json:"salary_step"`
	SalaryYear     int64      `json:"salary_year"`
	Latitude       *float64   `json:"latitude"`
	Longitude      *float64   `json:"longitude"`
	Title          string     `json:"title"`
	Skills         string     `json:"skills"`
	Company        string     `json:"company"`
	Text           string     `json:"text"`
	Filters        string     `json:"filters"`
}

// entryOf is the entry of an open live job of a company.
func entryOf(j board.Job, company string) entry {
	city, located := placeOf(j)
	e := entry{
		JobID: j.ID, PostedDate: j.PostedDate, ExpiryDate: j.ExpiryDate,
		EmploymentType: pointed(j.EmploymentType), RemoteType: pointed(j.RemoteType), Seniority: pointed(j.Seniority),
		SalaryStep: publication.SalaryStep(j.Salary), SalaryYear: publication.YearlySalary(j.Salary),
		Title:   strings.TrimSpace(cvquery.Normalize(j.Title) + " . " + taxonomy.InFull(j.Title)),
		Skills:  cvquery.Normalize(strings.Join(append(append([]string{}, j.RequiredSkills...), j.OptionalSkills...), " . ")),
		Company: cvquery.Normalize(company), Text: cvquery.Normalize(indexedText(j, placeNames(city, located))), Filters: filterLexemes(j, city, located),
	}
	if located {
		e.Latitude, e.Longitude = &city.Latitude, &city.Longitude
	}
	return e
}

// Parts of statements that write entries: the columns that are given as JSON, and the row of job_index that g, an entry, becomes.
const (
	entryNames   = `job_id, posted_date, expiry_date, employment_type, remote_type, seniority, salary_step, salary_year, latitude, longitude, title, skills, company, "text", filters`
	entryColumns = `job_id bigint, posted_date timestamptz, expiry_date timestamptz, employment_type text, remote_type text, seniority text,
       salary_step smallint, salary_year bigint, latitude double precision, longitude double precision, title text, skills text, company text, "text" text,
       filters text`
	insertEntries = `INSERT INTO job_index (job_id, posted_date, expiry_date, employment_type, remote_type, seniority, salary_step, salary_year, latitude, longitude, terms)
SELECT g.job_id, g.posted_date, g.expiry_date, g.employment_type, g.remote_type, g.seniority, g.salary_step, g.salary_year, g.latitude, g.longitude,
       setweight(to_tsvector('cv', g.title), 'A') || setweight(to_tsvector('cv', g.skills), 'B') || setweight(to_tsvector('cv', g.company), 'C') ||
       to_tsvector('cv', g."text") || g.filters::tsvector`
	replaceEntries = `ON CONFLICT (job_id) DO UPDATE SET posted_date = excluded.posted_date, expiry_date = excluded.expiry_date,
       employment_type = excluded.employment_type, remote_type = excluded.remote_type, seniority = excluded.seniority, salary_step = excluded.salary_step,
       salary_year = excluded.salary_year, latitude = excluded.latitude, longitude = excluded.longitude, terms = excluded.terms`
)

// indexJob brings job_index in line with a job of a company that has changed: an open live job has a row there, any other job has none. was
// is the status before the change.
func indexJob(ctx context.Context, tx *pg.Tx, was board.JobStatus, j board.Job, company string) error {
	if j.Mode != board.ModeLive || was != board.JobActive && j.Status != board.JobActive {
		return nil
	}
	if j.Status != board.JobActive || j.PostedDate == nil || j.ExpiryDate == nil {
		return unindexJobs(ctx, tx, j.ID)
	}
	doc, err := json.Marshal([]entry{entryOf(j, company)})
	if err != nil {
		return fmt.Errorf("encode the index of a job: %w", err)
	}
	_, err = tx.Exec(ctx, insertEntries+` FROM json_to_recordset($1::json) AS g (`+entryColumns+`) `+replaceEntries, string(doc))
	if err != nil {
		return fmt.Errorf("index job: %w", err)
	}
	return nil
}

// unindexJobs takes jobs out of the search.
func unindexJobs(ctx context.Context, tx *pg.Tx, ids ...int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM job_index WHERE job_id = ANY ($1)`, pq.Int64Array(ids)); err != nil {
		return fmt.Errorf("take jobs out of the search: %w", err)
	}
	return nil
}

// renamed lets the jobs of an employer be found by its new name. Its locks wait for the transactions that write jobs with the former name;
// transactions that wait for its locks read the new one.
func renamed(ctx context.Context, tx *pg.Tx, employerID int64, name string) error {
	_, err := tx.Exec(ctx, `SELECT id FROM jobs WHERE employer_id = $1 AND mode = 'live' AND status <> 'Deactivated' ORDER BY id FOR SHARE`, employerID)
	if err != nil {
		return fmt.Errorf("lock the jobs of an employer: %w", err)
	}
	_, err = tx.Exec(ctx, `
UPDATE job_index i SET terms = ts_filter(i.terms, '{a,b,d}') || setweight(to_tsvector('cv', $2), 'C')
  FROM jobs j WHERE j.employer_id = $1 AND j.mode = 'live' AND j.status = 'Active' AND i.job_id = j.id`, employerID, cvquery.Normalize(name))
	if err != nil {
		return fmt.Errorf("index the new name of an employer: %w", err)
	}
	return nil
}

func pointed[T ~string](v *T) string {
	if v == nil {
		return ""
	}
	return string(*v)
}

// placeOf is where a job is, if its city is known.
func placeOf(j board.Job) (taxonomy.City, bool) {
	if j.City == nil {
		return taxonomy.City{}, false
	}
	if country := j.Country(); country != nil {
		if city, ok := taxonomy.Locate(*j.City + ", " + *country); ok {
			return city, true
		}
		return taxonomy.City{}, false
	}
	return taxonomy.Locate(*j.City)
}

// placeNames are the names by which people look for the jobs of a city, with the word that they put before them.
func placeNames(city taxonomy.City, located bool) []string {
	if !located {
		return nil
	}
	names := taxonomy.PlaceNames(city)
	for i := range names {
		names[i] = "in " + names[i]
	}
	return names
}

// indexedText is what a job is found by besides title, skills and company: the names of its place, the kind of work, and its description.
func indexedText(j board.Job, places []string) string {
	parts := places
	for _, place := range []*string{j.City, j.Country()} {
		if place != nil {
			parts = append(parts, "in "+*place)
		}
	}
	if j.Reference != nil {
		parts = append(parts, *j.Reference)
	}
	if j.RemoteType != nil {
		parts = append(parts, map[board.RemoteType]string{board.FullyRemote: "remote, home office, work from home", board.HybridRemote: "hybrid, remote"}[*j.RemoteType])
	}
	if j.EmploymentType != nil && *j.EmploymentType == board.Contract {
		parts = append(parts, "freelance")
	}
	if j.Seniority != nil && *j.Seniority == board.Junior {
		parts = append(parts, "entry level")
	}
	for _, word := range []string{pointed(j.EmploymentType), pointed(j.Seniority)} {
		parts = append(parts, apart(word))
	}
	parts = append(parts, "jobs, vacancies, positions, careers") // as people add to what they look for
	if j.Description != nil {
		parts = append(parts, markup.PlainText(*j.Description))
	}
	text := strings.Join(parts, "\n")
	if len(text) > maxIndexed {
		text = strings.ToValidUTF8(text[:maxIndexed], "")
	}
	return text
}

// apart writes the words of a value of the API apart: FullTime as Full Time.
func apart(value string) string {
	var b strings.Builder
	for i, c := range value {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// filterLexemes are what a job can be filtered by, as lexemes that no text has. They have a position, without which ts_filter would
// take them out.
func filterLexemes(j board.Job, city taxonomy.City, located bool) string {
	lexemes := []string{}
	add := func(kind, value string) {
		if value != "" {
			lexemes = append(lexemes, pg.QuoteLexeme("~"+kind+":"+value)+":1")
		}
	}
	add("e", pointed(j.EmploymentType))
	add("r", pointed(j.RemoteType))
	add("l", pointed(j.Seniority))
	if j.CountryCode != nil {
		add("c", *j.CountryCode)
	}
	for step := range publication.SalaryStep(j.Salary) {
		add("s", strconv.Itoa(step+1))
	}
	switch {
	case located:
		add("g", cell(city.Latitude, city.Longitude))
	case j.City != nil: // it is found by its name alone
		name := cvquery.Normalize(*j.City)
		add("p", name)
		if country := j.Country(); country != nil && name != "" {
			add("p", name+" "+cvquery.Normalize(*country))
		}
	}
	return strings.Join(lexemes, " ")
}

// cell names the square degree of a place.
func cell(latitude, longitude float64) string {
	return fmt.Sprintf("%d %d", int(math.Floor(latitude)), int(math.Floor(math.Mod(longitude+540, 360)-180)))
}

const kmPerDegree = 111.19

// cells are the square degrees that a circle touches. On a sphere the circle is widest nearer to the pole than its middle is; one that has
// a pole in it touches all longitudes.
func cells(latitude, longitude, radiusKm float64) []string {
	const degree = math.Pi / 180
	high, wide := radiusKm/kmPerDegree, 180.0
	if sine := math.Sin(high*degree) / math.Cos(latitude*degree); sine < 1 {
		wide = math.Asin(sine) / degree
	}
	var names []string
	for lat := math.Floor(latitude - high); lat <= latitude+high; lat++ {
		for lon := math.Floor(longitude - wide); lon <= longitude+wide; lon++ {
			names = append(names, cell(lat, lon))
		}
	}
	return names
}
