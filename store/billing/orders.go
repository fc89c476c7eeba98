package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/pg"
)

// Order is a package that an employer has ordered, with its invoice.
type Order struct {
	ID         int64  `db:"id"`
	EmployerID int64  `db:"employer_id"`
	Employer   string `db:"employer"` // its name of today
	Package    string `db:"package"`  // the code
	Name       string `db:"name"`
	JobPosting int64  `db:"job_posting"`
	CVSearch   int64  `db:"cv_search"`
	// ContractMonths is 0 for credits alone.
	ContractMonths int `db:"contract_months"`
	// Amounts are in hundredths of Currency.
	NetMinor  int64             `db:"net_minor"`
	VATMinor  int64             `db:"vat_minor"`
	Currency  string            `db:"currency"`
	Status    board.OrderStatus `db:"status"`
	OrderedBy string            `db:"ordered_by"` // an email address, or words for one who has been forgotten
	CreatedAt time.Time         `db:"created_at"`
	PaidAt    *time.Time        `db:"paid_at"`
	// Reference is what the payment is known by elsewhere.
	Reference string `db:"reference"`

	// The invoice.
	Year          int       `db:"year"`
	Number        int       `db:"number"`
	IssuedAt      time.Time `db:"issued_at"`
	SellerName    string    `db:"seller_name"`
	SellerAddress string    `db:"seller_address"`
	SellerVAT     string    `db:"seller_vat"`
	Company       string    `db:"company"`
	Address       string    `db:"address"`
	Country       string    `db:"country"`
	VATNumber     string    `db:"vat_number"`
	// VATPermille is the rate in thousandths.
	VATPermille int `db:"vat_permille"`
}

// GrossMinor is what is to be paid, in hundredths.
func (o Order) GrossMinor() int64 { return o.NetMinor + o.VATMinor }

// Invoice is the number of the invoice, as people write it.
func (o Order) Invoice() string { return board.InvoiceNumber(o.Year, o.Number) }

// Total is what is to be paid, in words.
func (o Order) Total() string { return board.Price(o.GrossMinor(), o.Currency) }

func (o Order) letter(employer string) letter.Order {
	return letter.Order{Employer: employer, Package: o.Name, Total: o.Total(), Invoice: o.Invoice()}
}

const orderSQL = `
SELECT o.id, o.employer_id, e.name AS employer, o.package, o.name, o.job_posting, o.cv_search, o.contract_months, o.net_minor, o.vat_minor,
       o.currency, o.status, CASE WHEN u.forgotten_at IS NULL THEN u.email ELSE 'a former user' END AS ordered_by, o.created_at, o.paid_at, o.reference, i.year, i.number, i.issued_at, i.seller_name,
       i.seller_address, i.seller_vat, i.company, i.address, i.country, i.vat_number, i.vat_permille
  FROM orders o JOIN invoices i ON i.order_id = o.id JOIN employers e ON e.id = o.employer_id JOIN users u ON u.id = o.ordered_by`

func utc(o Order) Order {
	o.CreatedAt, o.PaidAt, o.IssuedAt = o.CreatedAt.UTC(), pg.UTC(o.PaidAt), o.IssuedAt.UTC()
	return o
}

// NewOrder is what an order is made from.
type NewOrder struct {
	EmployerID, UserID int64
	Package            string
	Details            board.BillingDetails
	Seller             board.Seller
	// Form is that of the page, by which a form that is sent twice orders once.
	Form string
}

// CreateOrder orders a package, keeps the details for the next time, and writes the invoice; the admins get it by email, and the
// reviewers of the platform are told, who note when it is paid. Errors:
// invalid_request naming the fields of board.BillingDetails; not_found for an unknown package; conflict for a form that was sent
// before.
func (s *Store) CreateOrder(ctx context.Context, n NewOrder) (Order, error) {
	details, err := n.Details.Normalize()
	if err != nil {
		return Order{}, err
	}
	var o Order
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := s.accounts.UseForm(ctx, n.UserID, n.Form); err != nil {
			return err
		}
		p, err := packageOf(ctx, tx, n.Package)
		if err != nil {
			return err
		}
		if err := saveDetails(ctx, tx, n.EmployerID, details); err != nil {
			return err
		}
		rate := board.VATRate(n.Seller, details)
		var id int64
		err = tx.Get(ctx, &id, `
INSERT INTO orders (employer_id, package, name, job_posting, cv_search, contract_months, net_minor, vat_minor, currency, status, ordered_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'Open', $10, $11) RETURNING id`,
			n.EmployerID, p.Code, p.Name, p.JobPosting, p.CVSearch, p.ContractMonths, p.PriceMinor, board.VAT(p.PriceMinor, rate), p.Currency, n.UserID, tx.Now)
		if err != nil {
			return fmt.Errorf("insert order: %w", err)
		}
		if err := issueInvoice(ctx, tx, id, details, n.Seller, rate); err != nil {
			return err
		}
		tx.Make("orders", id)
		if o, err = readOrder(ctx, tx, id, n.EmployerID, ""); err != nil {
			return err
		}
		err = s.accounts.MailReviewers(ctx, tx, func(to string) letter.Mail {
			return letter.OrderWaits(to, o.letter(o.Employer), fmt.Sprintf("%s/platform/orders/%d", s.publicURL, o.ID))
		})
		if err != nil {
			return err
		}
		return s.accounts.MailAdmins(ctx, tx, o.EmployerID, func(to, employer string) letter.Mail {
			return letter.OrderPlaced(to, o.letter(employer), fmt.Sprintf("%s/employer/billing/orders/%d/invoice", s.publicURL, o.ID))
		})
	})
	return o, err
}

// issueInvoice gives the invoice the next number of its year. The head of the year stays locked until the transaction ends, so
// that no number is missing.
func issueInvoice(ctx context.Context, tx *pg.Tx, orderID int64, d board.BillingDetails, seller board.Seller, permille int) error {
	year := tx.Now.UTC().Year()
	var number int
	err := tx.Get(ctx, &number, `
INSERT INTO invoice_heads AS h (year, last) VALUES ($1, 1) ON CONFLICT (year) DO UPDATE SET last = h.last + 1 RETURNING last`, year)
	if err != nil {
		return fmt.Errorf("number an invoice: %w", err)
	}
	_, err = tx.Exec(ctx, `
INSERT INTO invoices (order_id, year, number, issued_at, seller_name, seller_address, seller_vat, company, address, country, vat_number, vat_permille)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, orderID, year, number, tx.Now, seller.Name, seller.Address, seller.VATNumber,
		d.Company, d.Address, d.Country, d.VATNumber, permille)
	if err != nil {
		return fmt.Errorf("insert invoice: %w", err)
	}
	return nil
}

// readOrder reads an order of an employer, 0 for any. lock is empty or a locking clause.
func readOrder(ctx context.Context, q pg.Reader, id, employerID int64, lock string) (Order, error) {
	var o Order
	err := q.Get(ctx, &o, orderSQL+` WHERE o.id = $1 AND ($2 = 0 OR o.employer_id = $2)`+lock, id, employerID)
	if errors.Is(err, sql.ErrNoRows) {
		return Order{}, board.Errorf(board.CodeNotFound, "There is no such order.")
	}
	if err != nil {
		return Order{}, fmt.Errorf("read order: %w", err)
	}
	return utc(o), nil
}

// Order reads an order of an employer, or of any employer when employerID is 0: the platform reads all orders. Errors: not_found.
func (s *Store) Order(ctx context.Context, employerID, id int64) (Order, error) {
	return readOrder(ctx, s.db.Reader(ctx), id, employerID, "")
}

// OrderQuery asks for a page of orders, the newest first.
type OrderQuery struct {
	// EmployerID is 0 for all.
	EmployerID int64
	// Status is empty for all.
	Status board.OrderStatus
	// Before is the last order of the previous page; 0 for the first page.
	Before int64
	Limit  int
}

// Orders reads a page of orders with one statement.
func (s *Store) Orders(ctx context.Context, q OrderQuery) (orders []Order, more bool, err error) {
	var rows []Order
	err = s.db.Reader(ctx).List(ctx, &rows, orderSQL+`
 WHERE ($1 = 0 OR o.employer_id = $1) AND ($2 = '' OR o.status = $2) AND ($3 = 0 OR o.id < $3) ORDER BY o.id DESC LIMIT $4`,
		q.EmployerID, q.Status, q.Before, q.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("list orders: %w", err)
	}
	return pg.Column[[]Order](rows[:min(len(rows), q.Limit)], utc), len(rows) > q.Limit, nil
}

// Payment is how an order was paid.
type Payment struct {
	// UserID is the reviewer of the platform who has seen the payment; 0 for a provider.
	UserID int64
	// Reference is what the payment is known by elsewhere; it may be empty.
	Reference string
}

// MarkPaid takes an open order as paid, and grants in the same transaction what it is for: credits, and months of a contract. The
// order is locked, so of two at once one is refused. Errors: not_found; invalid_request for a reference that is too long;
// invalid_state for an order that is not open.
func (s *Store) MarkPaid(ctx context.Context, id int64, p Payment) (Order, error) {
	reference, problem, bad := board.CheckText("reference", p.Reference, board.TextRule{Max: 100})
	if bad {
		return Order{}, board.Invalid(problem)
	}
	return s.endOrder(ctx, id, func(ctx context.Context, tx *pg.Tx, o Order) error {
		_, err := tx.Exec(ctx, `UPDATE orders SET status = 'Paid', paid_at = $2, paid_by = $3, reference = $4 WHERE id = $1`, id, tx.Now, pg.NonZero(p.UserID), reference)
		if err != nil {
			return fmt.Errorf("mark order paid: %w", err)
		}
		err = account.Grant(ctx, tx, board.Tenant{EmployerID: o.EmployerID, Mode: board.ModeLive},
			account.Credits{JobPosting: o.JobPosting, CVSearch: o.CVSearch}, account.CreditEntry{Reason: "Order", OrderID: &o.ID})
		if err != nil {
			return err
		}
		if o.ContractMonths > 0 {
			if err := account.ExtendContract(ctx, tx, o.EmployerID, o.ContractMonths); err != nil {
				return err
			}
		}
		return s.accounts.MailAdmins(ctx, tx, o.EmployerID, func(to, employer string) letter.Mail {
			return letter.OrderPaid(to, o.letter(employer), s.publicURL+"/employer/billing")
		})
	})
}

// CancelOrder ends an open order for which nobody pays. Errors: not_found; invalid_state for an order that is not open.
func (s *Store) CancelOrder(ctx context.Context, id int64) (Order, error) {
	return s.endOrder(ctx, id, func(ctx context.Context, tx *pg.Tx, _ Order) error {
		if _, err := tx.Exec(ctx, `UPDATE orders SET status = 'Cancelled' WHERE id = $1`, id); err != nil {
			return fmt.Errorf("cancel order: %w", err)
		}
		return nil
	})
}

// endOrder locks an open order and does what ends it.
func (s *Store) endOrder(ctx context.Context, id int64, end func(context.Context, *pg.Tx, Order) error) (Order, error) {
	var o Order
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		o, err := readOrder(ctx, tx, id, 0, ` FOR UPDATE OF o`)
		if err != nil {
			return err
		}
		if err := board.CheckOrderOpen(o.Status); err != nil {
			return err
		}
		account.Operated(ctx, tx, o.EmployerID, fmt.Sprintf("orders/%d", o.ID))
		return end(ctx, tx, o)
	})
	if err != nil {
		return Order{}, err
	}
	o, err = s.Order(ctx, 0, id)
	return o, err
}
