package cv

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// column is one column of cv_candidates in an import: its name, its type, and its text for a person. An empty text stands for
// NULL in a nullable column.
type column struct {
	name, kind string
	nullable   bool
	text       func(*importRow) string
}

func columns() []column {
	number := func(v *int64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatInt(*v, 10)
	}
	degrees := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	salary := func(of func(board.Salary) string) func(*importRow) string {
		return func(r *importRow) string {
			if r.Salary == nil {
				return ""
			}
			return of(*r.Salary)
		}
	}
	encode := func(v any) string {
		b, _ := json.Marshal(v) //nolint:errchkjson // structs of texts and times
		return string(b)
	}
	return []column{
		{"first_name", "text", false, func(r *importRow) string { return r.FirstName }},
		{"last_name", "text", false, func(r *importRow) string { return r.LastName }},
		{"email", "text", false, func(r *importRow) string { return r.Email }},
		{"external_id", "text", true, func(r *importRow) string { return r.ExternalID }},
		{"phone", "text", true, func(r *importRow) string { return r.Phone }},
		{"title", "text", false, func(r *importRow) string { return r.Title }},
		{"summary", "text", true, func(r *importRow) string { return r.Summary }},
		{"skills", "text[]", false, func(r *importRow) string { return arrayText(r.Skills) }},
		{"experience", "json", false, func(r *importRow) string { return encode(append([]board.Experience{}, r.Experience...)) }},
		{"years_experience", "integer", true, func(r *importRow) string {
			if r.YearsExperience == nil {
				return ""
			}
			return strconv.Itoa(*r.YearsExperience)
		}},
		{"seniority", "text", true, func(r *importRow) string {
			if r.Seniority == nil {
				return ""
			}
			return string(*r.Seniority)
		}},
		{"city", "text", true, func(r *importRow) string { return r.City }},
		{"country", "text", true, func(r *importRow) string { return r.Country }},
		{"latitude", "double precision", true, func(r *importRow) string { return degrees(r.Latitude) }},
		{"longitude", "double precision", true, func(r *importRow) string { return degrees(r.Longitude) }},
		{"remote_type", "text", true, func(r *importRow) string {
			if r.RemoteType == nil {
				return ""
			}
			return string(*r.RemoteType)
		}},
		{"availability", "text", true, func(r *importRow) string { return r.Availability }},
		{"salary_min", "bigint", true, salary(func(s board.Salary) string { return number(s.Min) })},
		{"salary_max", "bigint", true, salary(func(s board.Salary) string { return number(s.Max) })},
		{"salary_currency", "text", true, salary(func(s board.Salary) string { return s.Currency })},
		{"salary_period", "text", true, salary(func(s board.Salary) string { return string(s.Period) })},
		{"languages", "text[]", false, func(r *importRow) string { return arrayText(r.Languages) }},
		{"cv_text", "text", true, func(r *importRow) string { return r.CVText }},
		{"shown_text", "text", false, func(r *importRow) string { return r.shown }},
		{"consents", "json", false, func(r *importRow) string { return encode(append([]board.Consent{}, r.Consents...)) }},
		{"updated_at", "timestamptz", false, func(r *importRow) string { return pg.Timestamp(r.UpdatedAt) }},
		{"retain_until", "timestamptz", false, func(r *importRow) string { return pg.Timestamp(board.CVRetention(r.UpdatedAt)) }},
		{"visibility", "text", false, func(r *importRow) string { return string(r.Visibility) }},
	}
}

// copiedColumns are the columns that copied gives values of.
func copiedColumns(columns []column) []string {
	names := append(make([]string, 0, 5+len(columns)), "id", "mode", "version", "created_at", "content_hash")
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// copied is the row of a new person.
func (im *importer) copied(columns []column, r *importRow, id int64, now time.Time) []any {
	row := make([]any, 0, 5+len(columns))
	row = append(row, id, string(im.mode), 1, pg.Timestamp(now), r.hash)
	for _, c := range columns {
		text := pg.Storable(c.text(r))
		if text == "" && c.nullable {
			row = append(row, nil)
			continue
		}
		row = append(row, text)
	}
	return row
}

// importSQL is the statement that writes people who are known: $1 is the mode, $2 the time, $3 the hashes, $4 the ids, then comes a
// parameter for each column. It returns those who are changed by it.
func importSQL(columns []column) string {
	names := make([]string, 0, len(columns))
	values := make([]string, 0, len(columns))
	params := make([]string, 0, len(columns))
	sets := make([]string, 0, len(columns))
	for i, c := range columns {
		names = append(names, c.name)
		value := "u." + c.name
		if c.nullable {
			value = "nullif(" + value + ", '')"
		}
		values = append(values, value+"::"+c.kind)
		params = append(params, "$"+strconv.Itoa(i+5)+"::text[]")
		switch c.name {
		case "visibility":
			sets = append(sets, "visibility = CASE WHEN c.visibility = 'Hidden' THEN c.visibility ELSE excluded.visibility END")
		default:
			sets = append(sets, c.name+" = excluded."+c.name)
		}
	}
	list := strings.Join(names, ", ")
	return `
INSERT INTO cv_candidates AS c (id, mode, version, created_at, content_hash, ` + list + `)
SELECT u.id, $1, 1, $2::timestamptz, u.hash, ` + strings.Join(values, ", ") + `
  FROM unnest($3::bytea[], $4::bigint[], ` + strings.Join(params, ", ") + `) u (hash, id, ` + list + `)
ON CONFLICT (mode, lower(email)) DO UPDATE SET version = c.version + 1, content_hash = excluded.content_hash, ` + strings.Join(sets, ", ") + `
 WHERE c.content_hash <> excluded.content_hash AND c.updated_at <= excluded.updated_at
RETURNING id, lower(email) AS address, visibility = 'Visible' AS visible`
}

// arrayText is an array of texts as PostgreSQL writes it.
func arrayText(v []string) string {
	text, _ := append(pq.StringArray{}, v...).Value() // never fails
	s, _ := text.(string)
	return s
}
