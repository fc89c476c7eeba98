package portal

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

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

// buy orders a package, once for each form that was shown. Where a provider takes payments, it leads there; the order stays when the
// payment is not made then.
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
		return p.toPayment(w, r.WithContext(pg.Detach(r.Context())), o.ID, u) // what is bought is in the audit log
	}
	return p.back(w, r, nil, orderPath(o.ID), "Thank you for your order. The invoice is on its way to you by email, too.")
}

// pay leads to the payment of an order that was not paid when it was placed.
func (p *Portal) pay(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := board.CheckConfirmed(u.Confirmed); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return member.ErrNoPage
	}
	return p.toPayment(w, r, id, u)
}

// toPayment leads to where an order is paid, or back to the order, which can be paid later when the provider does not answer now.
func (p *Portal) toPayment(w http.ResponseWriter, r *http.Request, id int64, u account.User) error {
	target, err := p.Store.Billing.Pay(r.Context(), p.payments, u.EmployerID, id)
	if e, ok := errors.AsType[*board.Error](err); ok {
		if e.Code == board.CodeInvalidState {
			return p.back(w, r, nil, orderPath(id), e.Message)
		}
		return err
	}
	if err != nil {
		p.log.ErrorContext(r.Context(), "checkout", "order", id, "error", err.Error())
		return p.back(w, r, nil, orderPath(id), "The payment could not begin, and nothing was charged. Your order is kept: pay it here in a while.")
	}
	return p.showOnward(w, r, "On to the payment", pages.Link{Text: "Pay", Path: target})
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
	// Pay leads to the payment; nil when there is nothing to pay, or somebody else pays.
	Pay *pages.Action
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
	page := orderPage{
		Order: o, Tag: pages.OrderTag(o.Status),
		Grants: pages.PackageText(board.Package{JobPosting: o.JobPosting, CVSearch: o.CVSearch, ContractMonths: o.ContractMonths}),
		Net:    board.Price(o.NetMinor, o.Currency), VAT: board.Price(o.VATMinor, o.Currency), Rate: pages.Percent(o.VATPermille), Total: o.Total(),
		ReverseCharge: o.VATPermille == 0 && o.VATNumber != "", OrderPath: orderPath(o.ID), Invoice: o.Invoice(), HowToPay: p.seller.HowToPay,
	}
	if p.mayPay(o, u) {
		page.Pay = &pages.Action{Label: "Pay this order", Post: payPath(o.ID), Look: "primary"}
	}
	return page, nil
}

// mayPay reports whether somebody can begin the payment of an order here.
func (p *Portal) mayPay(o billing.Order, u account.User) bool {
	return p.payments != nil && o.Status == board.OrderOpen && u.Role.May(board.RightBuy)
}

func payPath(id int64) string { return orderPath(id) + "/pay" }

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
