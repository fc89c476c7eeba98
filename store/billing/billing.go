// Package billing is what is for sale and who has bought it: packages, orders, invoices, and what an invoice says of a company.
//
// What is paid is granted by package account, in the same transaction. Where the money comes from is a Provider's business; with
// none, the platform marks orders as paid. It must not know what credits are spent on, nor anything of HTTP.
package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Store reads and writes orders. It is safe for concurrent use.
type Store struct {
	db        *pg.DB
	accounts  *account.Store
	publicURL string
}

// New makes a Store. publicURL is where emails lead, without a slash at its end.
func New(db *pg.DB, accounts *account.Store, publicURL string) *Store {
	return &Store{db: db, accounts: accounts, publicURL: publicURL}
}

type packageRow struct {
	Code       string         `db:"code"`
	Name       string         `db:"name"`
	JobPosting int64          `db:"job_posting"`
	CVSearch   int64          `db:"cv_search"`
	PriceMinor int64          `db:"price_minor"`
	Currency   string         `db:"currency"`
	Features   pq.StringArray `db:"features"`
	Months     int            `db:"contract_months"`
}

const packageColumns = `code, name, job_posting, cv_search, price_minor, currency, features, contract_months`

func (r packageRow) product() board.Package {
	return board.Package{
		Code: r.Code, Name: r.Name, JobPosting: r.JobPosting, CVSearch: r.CVSearch, PriceMinor: r.PriceMinor, Currency: r.Currency,
		Features: pg.Column[[]board.Feature](r.Features, func(f string) board.Feature { return board.Feature(f) }), ContractMonths: r.Months,
	}
}

// Packages lists what is for sale, cheapest first.
func (s *Store) Packages(ctx context.Context) ([]board.Package, error) {
	var rows []packageRow
	if err := s.db.Reader(ctx).List(ctx, &rows, `SELECT `+packageColumns+` FROM packages ORDER BY price_minor, code`); err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	return pg.Column[[]board.Package](rows, packageRow.product), nil
}

func packageOf(ctx context.Context, tx *pg.Tx, code string) (board.Package, error) {
	var row packageRow
	err := tx.Get(ctx, &row, `SELECT `+packageColumns+` FROM packages WHERE code = $1`, code)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Package{}, board.Errorf(board.CodeNotFound, "There is no such package. Choose one of those on the page Billing & credits.")
	}
	if err != nil {
		return board.Package{}, fmt.Errorf("read package: %w", err)
	}
	return row.product(), nil
}

// Details reads what an employer has given for its invoices. They are empty for one that has given nothing yet.
func (s *Store) Details(ctx context.Context, employerID int64) (board.BillingDetails, error) {
	var row struct {
		Company string `db:"company"`
		Address string `db:"address"`
		Country string `db:"country"`
		VAT     string `db:"vat_number"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `SELECT company, address, country, vat_number FROM billing_details WHERE employer_id = $1`, employerID)
	if errors.Is(err, sql.ErrNoRows) {
		return board.BillingDetails{}, nil
	}
	if err != nil {
		return board.BillingDetails{}, fmt.Errorf("read billing details: %w", err)
	}
	return board.BillingDetails{Company: row.Company, Address: row.Address, Country: row.Country, VATNumber: row.VAT}, nil
}

func saveDetails(ctx context.Context, tx *pg.Tx, employerID int64, d board.BillingDetails) error {
	_, err := tx.Exec(ctx, `
INSERT INTO billing_details (employer_id, company, address, country, vat_number) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (employer_id) DO UPDATE
   SET company = excluded.company, address = excluded.address, country = excluded.country, vat_number = excluded.vat_number`,
		employerID, d.Company, d.Address, d.Country, d.VATNumber)
	if err != nil {
		return fmt.Errorf("save billing details: %w", err)
	}
	return nil
}
