package benchtest

import (
	"net/http"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"
	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// floor is what the API is measured against: Echo and one prepared SELECT, without key, limit, contract or conversion.
func floor(b *testing.B, url string, tenant board.Tenant) http.Handler {
	b.Helper()
	db := sqlx.MustOpen("postgres", url)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	b.Cleanup(func() { _ = db.Close() })
	one, err := db.Preparex(`SELECT title FROM jobs WHERE id = $1`)
	if err != nil {
		b.Fatal(err)
	}
	// The statement that the API runs for its first page, total included.
	page, err := db.Preparex(`
SELECT c.total, p.* FROM (SELECT count(*) AS total FROM jobs WHERE employer_id = $1 AND mode = $2) c
  LEFT JOIN (SELECT id, status, title, reference, city, country_code, employment_type, remote_type, seniority, apply_method,
       apply_email_address, apply_url, apply_push_url, salary_min, salary_max, salary_currency, salary_period,
       required_skills, optional_skills, created_at, updated_at, posted_date, expiry_date
  FROM jobs WHERE employer_id = $1 AND mode = $2 ORDER BY id DESC LIMIT 51) p ON true ORDER BY id DESC`)
	if err != nil {
		b.Fatal(err)
	}
	e := echo.New()
	e.GET("/one/:id", func(c echo.Context) error {
		var title string
		if err := one.GetContext(c.Request().Context(), &title, c.Param("id")); err != nil {
			return err
		}
		return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
	})
	e.GET("/page", func(c echo.Context) error {
		var rows []pageRow
		if err := page.SelectContext(c.Request().Context(), &rows, tenant.EmployerID, tenant.Mode); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]any{"total": rows[0].Total, "page": 1, "pageSize": 50, "items": rows[:50]})
	})
	floorWrites(b, e, db, tenant)
	return e
}

type pageRow struct {
	Total             int64          `db:"total"               json:"-"`
	SalaryMin         *int64         `db:"salary_min"          json:"salaryMin"`
	SalaryMax         *int64         `db:"salary_max"          json:"salaryMax"`
	SalaryCurrency    *string        `db:"salary_currency"     json:"salaryCurrency"`
	SalaryPeriod      *string        `db:"salary_period"       json:"salaryPeriod"`
	RequiredSkills    pq.StringArray `db:"required_skills"     json:"requiredSkills"`
	OptionalSkills    pq.StringArray `db:"optional_skills"     json:"optionalSkills"`
	ID                int64          `db:"id"                  json:"id"`
	Status            string         `db:"status"              json:"status"`
	Title             string         `db:"title"               json:"title"`
	Reference         *string        `db:"reference"           json:"reference"`
	City              *string        `db:"city"                json:"city"`
	CountryCode       *string        `db:"country_code"        json:"countryCode"`
	EmploymentType    *string        `db:"employment_type"     json:"employmentType"`
	RemoteType        *string        `db:"remote_type"         json:"remoteType"`
	Seniority         *string        `db:"seniority"           json:"seniority"`
	ApplyMethod       *string        `db:"apply_method"        json:"applyMethod"`
	ApplyEmailAddress *string        `db:"apply_email_address" json:"applyEmailAddress"`
	ApplyURL          *string        `db:"apply_url"           json:"applyUrl"`
	ApplyPushURL      *string        `db:"apply_push_url"      json:"applyPushUrl"`
	CreatedAt         time.Time      `db:"created_at"          json:"createdAt"`
	UpdatedAt         time.Time      `db:"updated_at"          json:"updatedAt"`
	PostedDate        *time.Time     `db:"posted_date"         json:"postedDate"`
	ExpiryDate        *time.Time     `db:"expiry_date"         json:"expiryDate"`
}
