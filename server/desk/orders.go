package desk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
)

func (d *Desk) showOrders(w http.ResponseWriter, r *http.Request, u account.User) error {
	q := billing.OrderQuery{Status: board.OrderStatus(r.URL.Query().Get("status")), Before: before(r), Limit: pageSize}
	if !q.Status.Valid() {
		q.Status = ""
	}
	if id, err := strconv.ParseInt(r.URL.Query().Get("employer"), 10, 64); err == nil {
		q.EmployerID = id
	}
	orders, more, err := d.Store.Billing.Orders(r.Context(), q)
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "Orders",
		Columns: []pages.Column{{Name: "Order"}, {Name: "Employer"}, {Name: "Invoice"}, {Name: "Total", Number: true}, {Name: "Status"}, {Name: "Ordered"}},
		Empty:   &pages.Empty{Title: "There are no such orders."},
	}
	for _, o := range orders {
		when := pages.MomentOf(o.CreatedAt, d.Now())
		t.Rows = append(t.Rows, pages.Row{Faded: o.Status == board.OrderCancelled, Cells: []pages.Cell{
			{Text: fmt.Sprintf("Order %d: %s", o.ID, o.Name), Path: fmt.Sprintf("/platform/orders/%d", o.ID), Opens: true},
			{Text: o.Employer}, {Text: o.Invoice()}, {Text: o.Total()}, {Tags: []pages.Tag{pages.OrderTag(o.Status)}}, {When: &when},
		}})
	}
	status := &field{ID: "status", Label: "Status", Kind: "select", Options: []option{{Value: "", Label: "All"}}}
	for _, s := range board.AllOrderStatuses() {
		status.Options = append(status.Options, option{Value: string(s), Label: pages.OrderTag(s).Text})
	}
	status.Choose(string(q.Status))
	filters := &pages.Filters{Action: "/platform/orders", Fields: []*field{status}}
	if q.EmployerID > 0 {
		filters.Hidden = map[string]string{"employer": itoa(q.EmployerID)}
	}
	if q.EmployerID > 0 || q.Status != "" {
		filters.Clear = "/platform/orders"
	}
	s := screen{Head: pages.Head{Title: "Orders", About: "What employers have ordered. An order grants its credits when it is marked as paid."}, Filters: filters, Table: t}
	if more {
		s.Pager = &pages.Pager{Shown: fmt.Sprintf("%d orders", len(orders)), Next: next(r, orders[len(orders)-1].ID)}
	}
	return d.showScreen(w, r, u, s, nil)
}

func paidForm(id int64) *form {
	return &form{Action: fmt.Sprintf("/platform/orders/%d/paid", id), Submit: "Mark as paid and grant", Fields: []*field{
		{ID: "reference", Label: "Reference of the payment", Kind: "text", Autocomplete: "off", MaxLength: 100, Optional: true, Hint: "Such as the line of the bank statement."},
	}}
}

func (d *Desk) showOrder(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return d.showOrderForm(w, r, u, id, paidForm(id))
}

func (d *Desk) showOrderForm(w http.ResponseWriter, r *http.Request, u account.User, id int64, f *form) error {
	o, err := d.Store.Billing.Order(r.Context(), 0, id)
	if err != nil {
		return err
	}
	facts := []fact{
		{Name: "Employer", Value: o.Employer, Link: fmt.Sprintf("/platform/employers/%d", o.EmployerID)},
		{Name: "Ordered by", Value: o.OrderedBy}, {Name: "Ordered", Value: exact(o.CreatedAt)}, {Name: "What it grants", Value: grants(o)},
	}
	if o.PaidAt != nil {
		facts = append(facts, fact{Name: "Paid", Value: exact(*o.PaidAt)}, fact{Name: "Reference", Value: o.Reference})
	}
	invoice := []fact{
		{Name: "Invoice", Value: o.Invoice()}, {Name: "To", Value: o.Company}, {Name: "Address", Value: strings.ReplaceAll(o.Address, "\n", ", ")},
		{Name: "Country", Value: pages.CountryName(o.Country)}, {Name: "VAT number", Value: o.VATNumber}, {Name: "Net", Value: board.Price(o.NetMinor, o.Currency)},
		{Name: "VAT " + pages.Percent(o.VATPermille), Value: board.Price(o.VATMinor, o.Currency)}, {Name: "Total", Value: o.Total()},
	}
	s := screen{
		Head:     pages.Head{Title: fmt.Sprintf("Order %d: %s", o.ID, o.Name), Back: &pages.Link{Text: "Orders", Path: "/platform/orders"}, Tags: []pages.Tag{pages.OrderTag(o.Status)}},
		Sections: []section{{Title: "The order", Facts: facts}, {Title: "The invoice", Facts: invoice}},
	}
	if o.Status == board.OrderOpen {
		s.Sections = append(s.Sections, section{Title: "Has the payment arrived?", Text: "The order is paid once: its credits are granted in the same moment, and the admins of the employer get an email.", Form: f})
		s.Head.Actions = []pages.Action{{Label: "Cancel the order", Look: "danger", Opens: "cancel"}}
		s.Dialogs = []pages.Dialog{{
			ID: "cancel", Title: "Cancel this order?", Text: "Nothing is granted. The invoice keeps its number. This can't be undone.", Danger: true,
			Post: fmt.Sprintf("/platform/orders/%d/cancel", o.ID), Label: "Cancel the order",
		}}
	}
	return d.showScreen(w, r, u, s, f)
}

// grants says what an order grants.
func grants(o billing.Order) string {
	return pages.PackageText(board.Package{JobPosting: o.JobPosting, CVSearch: o.CVSearch, ContractMonths: o.ContractMonths})
}

func (d *Desk) markPaid(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	f := paidForm(id)
	if err := f.Read(r); err != nil {
		return err
	}
	o, err := d.Store.Billing.Order(r.Context(), 0, id)
	if err != nil {
		return err
	}
	err = d.act(r, u, account.PlatformAction{Action: "mark order paid", EmployerID: o.EmployerID, Subject: orderSubject(o), Detail: f.Text("reference")}, func(ctx context.Context) error {
		_, err := d.Store.Billing.MarkPaid(ctx, id, billing.Payment{UserID: u.ID, Reference: f.Text("reference")})
		return err
	})
	if f.Blame(err) {
		return d.showOrderForm(w, r, u, id, f)
	}
	if err != nil {
		return err
	}
	return d.done(w, r, fmt.Sprintf("/platform/orders/%d", id), "The order is paid, and "+o.Employer+" has what it has bought.")
}

func orderSubject(o billing.Order) string {
	return fmt.Sprintf("order %d, invoice %s, %s", o.ID, o.Invoice(), o.Total())
}

func (d *Desk) cancelOrder(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	o, err := d.Store.Billing.Order(r.Context(), 0, id)
	if err != nil {
		return err
	}
	err = d.act(r, u, account.PlatformAction{Action: "cancel order", EmployerID: o.EmployerID, Subject: orderSubject(o)}, func(ctx context.Context) error {
		_, err := d.Store.Billing.CancelOrder(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	return d.done(w, r, fmt.Sprintf("/platform/orders/%d", id), "The order is cancelled.")
}
