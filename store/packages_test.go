package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// The migrations sell what the rules name.
func TestTheTableSellsTheDefaultPackages(t *testing.T) {
	t.Parallel()
	db := sqlx.MustOpen("postgres", storetest.URL(t))
	defer db.Close()
	var rows []struct {
		Code       string         `db:"code"`
		Name       string         `db:"name"`
		JobPosting int64          `db:"job_posting"`
		CVSearch   int64          `db:"cv_search"`
		PriceMinor int64          `db:"price_minor"`
		Currency   string         `db:"currency"`
		Features   pq.StringArray `db:"features"`
		Months     int            `db:"contract_months"`
	}
	err := db.SelectContext(t.Context(), &rows, `SELECT code, name, job_posting, cv_search, price_minor, currency, features, contract_months FROM packages ORDER BY price_minor`)
	if err != nil {
		t.Fatal(err)
	}
	var got []board.Package
	for _, r := range rows {
		p := board.Package{Code: r.Code, Name: r.Name, JobPosting: r.JobPosting, CVSearch: r.CVSearch, PriceMinor: r.PriceMinor, Currency: r.Currency, ContractMonths: r.Months}
		for _, f := range r.Features {
			p.Features = append(p.Features, board.Feature(f))
		}
		got = append(got, p)
	}
	if diff := cmp.Diff(board.DefaultPackages(), got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}
