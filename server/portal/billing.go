package portal

import (
	"encoding/csv"
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
		Orders: p.orderTable(orders, u), Filters: ledgerFilters(q), Ledger: p.ledgerTable(lines), Export: ledgerAddress("/employer/billing/ledger.csv", q, 0),
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

func (p *Portal) orderTable(orders []billing.Order, u account.User) *pages.Table {
	t := &pages.Table{
		Caption: "Orders", Columns: []pages.Column{{Name: "Order"}, {Name: "Invoice"}, {Name: "Total", Number: true}, {Name: "Status"}, {Name: "Ordered"}},
		Empty: &pages.Empty{Title: "You have not ordered anything yet.", Text: "Choose a package above. You get an invoice, and the credits as soon as it is paid."},
	}
	if !u.Role.May(board.RightBuy) {
		t.Empty = &pages.Empty{Title: "Nothing has been ordered yet.", Text: "An employer admin of your account orders packages."}
	}
	if slices.ContainsFunc(orders, func(o billing.Order) bool { return p.mayPay(o, u) }) {
		t.Columns = append(t.Columns, pages.Column{Unseen: "Actions"})
	}
	for _, o := range orders {
		when := pages.MomentOf(o.CreatedAt, p.Now())
		row := pages.Row{Faded: o.Status == board.OrderCancelled, Cells: []pages.Cell{
			{Text: o.Name, Path: orderPath(o.ID), Opens: true}, {Text: o.Invoice()}, {Text: o.Total()}, {Tags: []pages.Tag{pages.OrderTag(o.Status)}}, {When: &when},
		}}
		switch {
		case p.mayPay(o, u):
			row.Cells = append(row.Cells, pages.Cell{Actions: []pages.Action{{Label: "Pay", Of: fmt.Sprintf("order %d", o.ID), Post: payPath(o.ID), Little: true}}})
		case len(t.Columns) > len(row.Cells):
			row.Cells = append(row.Cells, pages.Cell{})
		}
		t.Rows = append(t.Rows, row)
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
