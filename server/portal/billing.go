package portal

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
)

const (
	// ledgerPage is how many lines of the ledger a page has, ledgerExport how many are read at once for a file, which has all.
	ledgerPage   = 25
	ledgerExport = 10_000
	// ordersShown is how many orders the page of billing lists.
	ordersShown = 20
)

// billingPage is the main part of the page "Billing & credits".
type billingPage struct {
	Stats    []pages.Stat
	Packages []packageView
	Orders   *pages.Table
	Filters  pages.Filters
	Ledger   *pages.Table
	Pager    *pages.Pager
	Export   string
}

// packageView is a package as a page offers it. Path is where it is bought, empty for somebody who may only look.
type packageView struct {
	Name, Price, Text, Path string
}

func (p *Portal) ledgerQuery(r *http.Request) account.LedgerQuery {
	given := r.URL.Query()
	q := account.LedgerQuery{Kind: board.CreditKind(given.Get("kind")), Reason: given.Get("reason"), Limit: ledgerPage}
	if !q.Kind.Valid() {
		q.Kind = ""
	}
	if !slices.Contains(account.LedgerReasons(), q.Reason) {
		q.Reason = ""
	}
	if id, err := strconv.ParseInt(given.Get("before"), 10, 64); err == nil && id > 0 {
		q.Before = id
	}
	return q
}

// address is the page with the same filter, or the file.
func ledgerAddress(path string, q account.LedgerQuery, before int64) string {
	v := url.Values{}
	for name, value := range map[string]string{"kind": string(q.Kind), "reason": q.Reason} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if before > 0 {
		v.Set("before", strconv.FormatInt(before, 10))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (p *Portal) showBilling(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), board.Tenant{EmployerID: u.EmployerID, Mode: board.ModeLive}
	e, err := p.Store.Accounts.Employer(ctx, u.EmployerID)
	if err != nil {
		return err
	}
	credits, err := p.Store.Accounts.Credits(ctx, t)
	if err != nil {
		return err
	}
	packages, err := p.Store.Billing.Packages(ctx)
	if err != nil {
		return err
	}
	orders, _, err := p.Store.Billing.Orders(ctx, billing.OrderQuery{EmployerID: u.EmployerID, Limit: ordersShown})
	if err != nil {
		return err
	}
	q := p.ledgerQuery(r)
	lines, more, err := p.Store.Accounts.Ledger(ctx, t, q)
	if err != nil {
		return err
	}
	main := billingPage{
		Stats:  []pages.Stat{creditStat(board.CreditJobPosting, credits.JobPosting), creditStat(board.CreditCVSearch, credits.CVSearch), p.contractStat(e)},
		Orders: p.orderTable(orders, u.Role.May(board.RightBuy)), Filters: ledgerFilters(q), Ledger: p.ledgerTable(lines), Export: ledgerAddress("/employer/billing/ledger.csv", q, 0),
	}
	for _, k := range packages {
		view := packageView{Name: k.Name, Price: board.Price(k.PriceMinor, k.Currency), Text: pages.PackageText(k)}
		if u.Role.May(board.RightBuy) {
			view.Path = "/employer/billing/buy/" + url.PathEscape(k.Code)
		}
		main.Packages = append(main.Packages, view)
	}
	if more {
		main.Pager = &pages.Pager{Shown: fmt.Sprintf("%d changes", len(lines)), Next: ledgerAddress("/employer/billing", q, lines[len(lines)-1].ID)}
	}
	return p.Show(w, r, http.StatusOK, "billing", member.Page{Title: "Billing & credits", Section: "billing", User: &u, Main: main})
}

func creditStat(kind board.CreditKind, balance int64) pages.Stat {
	s := pages.Stat{Name: pages.CreditName(kind) + " credits", Figure: strconv.FormatInt(balance, 10), More: "One for each publication of a job."}
	if kind == board.CreditCVSearch {
		s.More = "One opens a profile for 30 days."
	}
	if balance <= board.FewCredits(kind) {
		s.Tone = pages.Bad
	}
	return s
}

func (p *Portal) contractStat(e account.Employer) pages.Stat {
	s := pages.Stat{Name: "Contract", Figure: "None", Words: true, More: "Publishing costs credits."}
	if board.ContractRuns(e.ContractUntil, p.Now()) {
		s.Figure, s.More = "Unlimited", "Publishing is free until "+member.InWords(*e.ContractUntil)+"."
	}
	return s
}

func (p *Portal) orderTable(orders []billing.Order, mayBuy bool) *pages.Table {
	t := &pages.Table{
		Caption: "Orders", Columns: []pages.Column{{Name: "Order"}, {Name: "Invoice"}, {Name: "Total", Number: true}, {Name: "Status"}, {Name: "Ordered"}},
		Empty: &pages.Empty{Title: "You have not ordered anything yet.", Text: "Choose a package above. You get an invoice, and the credits as soon as it is paid."},
	}
	if !mayBuy {
		t.Empty = &pages.Empty{Title: "Nothing has been ordered yet.", Text: "An employer admin of your account orders packages."}
	}
	for _, o := range orders {
		when := pages.MomentOf(o.CreatedAt, p.Now())
		t.Rows = append(t.Rows, pages.Row{Faded: o.Status == board.OrderCancelled, Cells: []pages.Cell{
			{Text: o.Name, Path: orderPath(o.ID), Opens: true}, {Text: o.Invoice()}, {Text: o.Total()}, {Tags: []pages.Tag{pages.OrderTag(o.Status)}}, {When: &when},
		}})
	}
	return t
}

func orderPath(id int64) string { return "/employer/billing/orders/" + strconv.FormatInt(id, 10) }

func ledgerFilters(q account.LedgerQuery) pages.Filters {
	kind := &field{ID: "kind", Label: "Credits", Kind: "select", Options: []option{{Value: "", Label: "All"}}}
	for _, k := range board.AllCreditKinds() {
		kind.Options = append(kind.Options, option{Value: string(k), Label: pages.CreditName(k)})
	}
	kind.Choose(string(q.Kind))
	words := map[string]string{"Order": "Orders", "Grant": "Granted", "Publish": "Publications", "Unlock": "Unlocked profiles", "Refund": "Refunds", "Correction": "Corrections"}
	reason := &field{ID: "reason", Label: "For", Kind: "select", Options: []option{{Value: "", Label: "Everything"}}}
	for _, why := range account.LedgerReasons() {
		reason.Options = append(reason.Options, option{Value: why, Label: words[why]})
	}
	reason.Choose(q.Reason)
	f := pages.Filters{Action: "/employer/billing", Fields: []*field{kind, reason}}
	if q.Kind != "" || q.Reason != "" {
		f.Clear = "/employer/billing"
	}
	return f
}

func (p *Portal) ledgerTable(lines []account.LedgerLine) *pages.Table {
	t := &pages.Table{
		Caption: "Changes of your credits", Columns: []pages.Column{{Name: "What"}, {Name: "Credits"}, {Name: "Change", Number: true}, {Name: "Balance", Number: true}, {Name: "When"}},
		Empty: &pages.Empty{Title: "No credits have come or gone."},
	}
	for _, l := range lines {
		what, detail := pages.LedgerText(l.Reason, l.JobTitle, l.OrderName, l.Note, l.JobID, l.CandidateID, l.OrderID)
		if l.Key != "" {
			detail = strings.TrimPrefix(detail+", ", ", ") + "by the API key " + l.Key
		}
		cell := pages.Cell{Text: what, Sub: detail}
		if l.OrderID != 0 {
			cell.Path = orderPath(l.OrderID)
		}
		when := pages.MomentOf(l.CreatedAt, p.Now())
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			cell, {Text: pages.CreditName(l.Kind)}, {Text: pages.Signed(l.Delta)}, {Text: strconv.FormatInt(l.After, 10)}, {When: &when},
		}})
	}
	return t
}

// exportLedger writes the lines that the filter selects as a file for a spreadsheet.
func (p *Portal) exportLedger(w http.ResponseWriter, r *http.Request, u account.User) error {
	q := p.ledgerQuery(r)
	q.Before, q.Limit = 0, ledgerExport
	rows := [][]string{{"time", "credits", "what", "detail", "key", "change", "balance"}}
	for more := true; more; {
		var lines []account.LedgerLine
		var err error
		if lines, more, err = p.Store.Accounts.Ledger(r.Context(), board.Tenant{EmployerID: u.EmployerID, Mode: board.ModeLive}, q); err != nil {
			return err
		}
		for _, l := range lines {
			what, detail := pages.LedgerText(l.Reason, l.JobTitle, l.OrderName, l.Note, l.JobID, l.CandidateID, l.OrderID)
			rows = append(rows, []string{
				l.CreatedAt.Format(time.RFC3339), pages.CreditName(l.Kind), pages.SpreadsheetText(what), pages.SpreadsheetText(detail), pages.SpreadsheetText(l.Key),
				strconv.FormatInt(l.Delta, 10), strconv.FormatInt(l.After, 10),
			})
			q.Before = l.ID
		}
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="credits.csv"`)
	return csv.NewWriter(w).WriteAll(rows)
}

// buyPage is the main part of the page on which a package is ordered.
type buyPage struct {
	*form

	Package packageView
}

func (p *Portal) buyForm(code string, d board.BillingDetails) *form {
	return &form{ID: p.NewID(), Action: "/employer/billing/buy/" + url.PathEscape(code), Submit: "Order with obligation to pay", Cancel: &pages.Link{Text: "Cancel", Path: "/employer/billing"}, Fields: []*field{
		{ID: "company", Label: "Company", Kind: "text", Autocomplete: "organization", MaxLength: maxCompany, Value: d.Company, Hint: "As it is to stand on the invoice.", Says: pages.Needed("Enter your company's name")},
		{ID: "address", Label: "Address", Kind: "textarea", Rows: 4, Autocomplete: "street-address", MaxLength: board.MaxBillingAddress, Value: d.Address, Says: map[string]string{board.FieldTooShort: "Enter the address of your company"}},
		{ID: "country", Label: "Country", Kind: "text", Autocomplete: "country", MaxLength: 60, Width: "half", Value: pages.CountryName(d.Country), Suggestions: pages.CountryNames(), Says: map[string]string{board.FieldInvalidFormat: "Enter a country by its name, such as United Kingdom"}},
		{ID: "vatNumber", Label: "VAT number", Kind: "text", Autocomplete: "off", MaxLength: 30, Optional: true, Width: "half", Value: d.VATNumber, Hint: "With one from another country, no VAT is charged."},
	}}
}

// countryCode is the code of a country that somebody has written, or what is written if there is no such country.
func countryCode(written string) string {
	return cmp.Or(board.CountryCode(written), written)
}

// sold finds a package of the path.
func (p *Portal) sold(r *http.Request) (board.Package, error) {
	packages, err := p.Store.Billing.Packages(r.Context())
	if err != nil {
		return board.Package{}, err
	}
	at := slices.IndexFunc(packages, func(k board.Package) bool { return k.Code == r.PathValue("package") })
	if at < 0 {
		return board.Package{}, member.ErrNoPage
	}
	return packages[at], nil
}

func (p *Portal) showBuy(w http.ResponseWriter, r *http.Request, u account.User) error {
	if !u.Confirmed { // before somebody fills in a form that is refused
		return p.back(w, r, nil, "/employer/account", "Confirm your email address before you order: open the link in the email that we sent you, or have it sent again here.")
	}
	k, err := p.sold(r)
	if err != nil {
		return err
	}
	d, err := p.Store.Billing.Details(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	if d.Company == "" {
		e, err := p.Store.Accounts.Employer(r.Context(), u.EmployerID)
		if err != nil {
			return err
		}
		d.Company, d.Country = e.Name, p.seller.Country
	}
	return p.showBuyForm(w, r, u, k, p.buyForm(k.Code, d))
}

func (p *Portal) showBuyForm(w http.ResponseWriter, r *http.Request, u account.User, k board.Package, f *form) error {
	view := packageView{Name: k.Name, Price: board.Price(k.PriceMinor, k.Currency), Text: pages.PackageText(k)}
	return p.Show(w, r, f.Status(), "buy", member.Page{Title: "Order: " + k.Name, Section: "billing", User: &u, Failed: f.Failed(), Main: buyPage{f, view}})
}

// buy orders a package, once for each form that was shown. Where a provider takes payments, it leads there.
func (p *Portal) buy(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := board.CheckConfirmed(u.Confirmed); err != nil {
		return err
	}
	k, err := p.sold(r)
	if err != nil {
		return err
	}
	f := p.buyForm(k.Code, board.BillingDetails{})
	if err := f.Read(r); err != nil {
		return err
	}
	o, err := p.Store.Billing.CreateOrder(r.Context(), billing.NewOrder{
		EmployerID: u.EmployerID, UserID: u.ID, Package: k.Code, Seller: p.seller, Form: f.ID,
		Details: board.BillingDetails{Company: f.Text("company"), Address: f.Text("address"), Country: countryCode(f.Text("country")), VATNumber: f.Text("vatNumber")},
	})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		return p.back(w, r, nil, "/employer/billing", "This order was placed already. It is in the list below.")
	}
	if f.Blame(err) {
		return p.showBuyForm(w, r, u, k, f)
	}
	if err != nil {
		return err
	}
	if p.payments != nil {
		target, err := p.payments.Checkout(r.Context(), o)
		if err != nil {
			return fmt.Errorf("begin the payment: %w", err)
		}
		return p.showOnward(w, r, "On to the payment", pages.Link{Text: "Pay", Path: target})
	}
	return p.back(w, r, nil, orderPath(o.ID), "Thank you for your order. The invoice is on its way to you by email, too.")
}

// orderPage is the main part of the pages of an order and of its invoice.
type orderPage struct {
	billing.Order

	Tag                pages.Tag
	Grants, Net, VAT   string
	Rate, Total        string
	ReverseCharge      bool
	OrderPath, Invoice string
	// HowToPay is where the money goes; empty when it is not known here.
	HowToPay string
}

func (p *Portal) order(r *http.Request, u account.User) (orderPage, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return orderPage{}, member.ErrNoPage
	}
	o, err := p.Store.Billing.Order(r.Context(), u.EmployerID, id)
	if err != nil {
		return orderPage{}, err
	}
	return orderPage{
		Order: o, Tag: pages.OrderTag(o.Status),
		Grants: pages.PackageText(board.Package{JobPosting: o.JobPosting, CVSearch: o.CVSearch, ContractMonths: o.ContractMonths}),
		Net:    board.Price(o.NetMinor, o.Currency), VAT: board.Price(o.VATMinor, o.Currency), Rate: pages.Percent(o.VATPermille), Total: o.Total(),
		ReverseCharge: o.VATPermille == 0 && o.VATNumber != "", OrderPath: orderPath(o.ID), Invoice: o.Invoice(), HowToPay: p.seller.HowToPay,
	}, nil
}

func (p *Portal) showOrder(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, err := p.order(r, u)
	if err != nil {
		return err
	}
	return p.Show(w, r, http.StatusOK, "order", member.Page{Title: "Order: " + o.Name, Section: "billing", User: &u, Main: o})
}

// showInvoice is a page to be printed.
func (p *Portal) showInvoice(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, err := p.order(r, u)
	if err != nil {
		return err
	}
	return p.Show(w, r, http.StatusOK, "invoice", member.Page{Title: "Invoice " + o.Invoice, Section: "billing", User: &u, Main: o})
}
