package match

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

// matchSkills gives skills their canonical names, each once.
func matchSkills(names []string) []fit.Skill {
	list, seen := make([]fit.Skill, 0, len(names)), make(map[string]bool, len(names))
	for _, n := range names {
		name, _ := taxonomy.CanonicalSkill(n)
		if key := strings.ToLower(name); key != "" && !seen[key] {
			seen[key] = true
			list = append(list, fit.Skill{Key: key, Name: name})
		}
	}
	return list
}

func matchTitle(title string) fit.Title {
	if t, ok := taxonomy.CanonicalTitle(title); ok {
		return fit.Title{Key: strings.ToLower(t.Name), Name: t.Name, Family: t.Family}
	}
	return fit.Title{Key: strings.Join(taxonomy.TitleWords(title), " "), Name: strings.Join(strings.Fields(title), " ")}
}

// matchSeniority is the stated one, or that of the words of a title.
func matchSeniority(stated *board.Seniority, title string) board.Seniority {
	if stated != nil {
		return *stated
	}
	return board.Seniority(taxonomy.Seniority(title))
}

func matchPlace(city, country *string, latitude, longitude *float64) fit.Place {
	p := fit.Place{City: deref(city), Country: deref(country)}
	if latitude != nil && longitude != nil {
		p.Point = &fit.Coordinates{Latitude: *latitude, Longitude: *longitude}
	} else if p.City != "" {
		place := p.City
		if p.Country != "" {
			place += ", " + p.Country
		}
		if c, ok := taxonomy.Locate(place); ok {
			p.Point = &fit.Coordinates{Latitude: c.Latitude, Longitude: c.Longitude}
			if p.Country == "" {
				p.Country = c.Country
			}
		}
	}
	if country, ok := taxonomy.Country(p.Country); ok {
		p.Country = country
	}
	return p
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// person is a candidate of either population, with what a score is made of.
type person struct {
	fit.Candidate

	ID         int64
	Tenant     board.Tenant // EmployerID is 0 in the CV database
	Population fit.Population
}

type personRow struct {
	ID         int64             `db:"id"`
	EmployerID int64             `db:"employer_id"`
	Mode       board.Mode        `db:"mode"`
	Title      string            `db:"title"`
	Skills     pq.StringArray    `db:"skills"`
	Seniority  *board.Seniority  `db:"seniority"`
	City       *string           `db:"city"`
	Country    *string           `db:"country"`
	Latitude   *float64          `db:"latitude"`
	Longitude  *float64          `db:"longitude"`
	Remote     *board.RemoteType `db:"remote_type"`
	Min        *int64            `db:"salary_min"`
	Max        *int64            `db:"salary_max"`
	Currency   *string           `db:"salary_currency"`
	Period     *string           `db:"salary_period"`
	UpdatedAt  time.Time         `db:"updated_at"`
}

const (
	// Neither reads more of a person than a score is made of.
	visiblePeopleSQL = `
SELECT id, 0::bigint AS employer_id, mode, title, skills, seniority, city, country, latitude, longitude, remote_type,
       salary_min, salary_max, salary_currency, salary_period, updated_at
  FROM cv_candidates WHERE id = ANY ($1) AND visibility = 'Visible' ORDER BY id`
	pipelinePeopleSQL = `
SELECT id, employer_id, mode, coalesce(title, '') AS title, skills, seniority, city, country, latitude, longitude, NULL AS remote_type,
       NULL::bigint AS salary_min, NULL::bigint AS salary_max, NULL AS salary_currency, NULL AS salary_period, updated_at
  FROM candidates WHERE erased_at IS NULL AND `
)

func (r personRow) person() person {
	p := person{
		ID: r.ID, Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, Population: fit.PopulationPipeline,
		Candidate: fit.Candidate{
			Skills: make(map[string]bool, len(r.Skills)), Seniority: matchSeniority(r.Seniority, r.Title),
			Place: matchPlace(r.City, r.Country, r.Latitude, r.Longitude), Remote: deref(r.Remote), UpdatedAt: r.UpdatedAt,
		},
	}
	if r.EmployerID == 0 {
		p.Population = fit.PopulationCVDatabase
	}
	if r.Title != "" {
		p.Title = matchTitle(r.Title)
	}
	for _, s := range matchSkills(r.Skills) {
		p.Skills[s.Key] = true
	}
	if r.Currency != nil && r.Period != nil && (r.Min != nil || r.Max != nil) {
		p.Salary = &board.Salary{Min: r.Min, Max: r.Max, Currency: *r.Currency, Period: board.SalaryPeriod(*r.Period)}
	}
	return p
}

func matchPeople(ctx context.Context, tx *pg.Tx, query string, args ...any) ([]person, error) {
	var rows []personRow
	if err := tx.List(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("read candidates to match: %w", err)
	}
	people := make([]person, len(rows))
	for i, r := range rows {
		people[i] = r.person()
	}
	return people, nil
}

// visiblePeople reads those of the CV database that may be seen.
func visiblePeople(ctx context.Context, tx *pg.Tx, ids []int64) ([]person, error) {
	return matchPeople(ctx, tx, visiblePeopleSQL, pq.Int64Array(ids))
}
