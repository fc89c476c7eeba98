package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// exact writes a time as a person reads it: "2 March 2026, 09:30 UTC".
func exact(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func (d *Desk) showEmployers(w http.ResponseWriter, r *http.Request, u account.User) error {
	text := r.URL.Query().Get("q")
	found, err := d.Store.Accounts.Employers(r.Context(), account.EmployerQuery{Text: text, Before: before(r), Limit: pageSize})
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "Employers",
		Columns: []pages.Column{{Name: "Employer"}, {Name: "Account"}, {Name: "Members", Number: true}, {Name: "Open jobs", Number: true}, {Name: "Keys", Number: true}, {Name: "Since"}},
		Empty:   &pages.Empty{Title: "No employer is found.", Text: "Search for a part of a name, or for the whole email address of a member."},
	}
	for _, o := range found.Items {
		name := pages.Cell{Text: o.Name, Path: fmt.Sprintf("/platform/employers/%d", o.ID), Opens: true, Sub: strings.Join(o.Admins, ", ")}
		if o.Trusted {
			name.Tags = append(name.Tags, pages.Tag{Text: "Trusted", Tone: pages.Accent})
		}
		if o.Pending > 0 {
			name.Tags = append(name.Tags, pages.Tag{Text: pages.Count(o.Pending, "key") + " to review", Tone: pages.Warn})
		}
		since := pages.MomentOf(o.CreatedAt, d.Now())
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			name, {Text: paid(o, d)}, {Text: strconv.Itoa(o.Members)}, {Text: strconv.Itoa(o.Active)}, {Text: strconv.Itoa(o.Keys)}, {When: &since},
		}})
	}
	pager := &pages.Pager{Shown: pages.Count(found.Total, "employer")}
	if found.More {
		pager.Next = next(r, found.Items[len(found.Items)-1].ID)
	}
	filters := &pages.Filters{Action: "/platform/employers", Fields: []*field{{ID: "q", Label: "Name, or email address of a member", Kind: "search", Value: text, MaxLength: 200}}}
	if text != "" {
		filters.Clear = "/platform/employers"
	}
	return d.showScreen(w, r, u, screen{Head: pages.Head{Title: "Employers"}, Filters: filters, Table: t, Pager: pager}, nil)
}

// accountFacts tell what an account is.
func (d *Desk) accountFacts(o account.Overview) []fact {
	contract := "None"
	if o.ContractUntil != nil {
		contract = "Ended on " + exact(*o.ContractUntil)
		if board.ContractRuns(o.ContractUntil, d.Now()) {
			contract = "Until " + exact(*o.ContractUntil)
		}
	}
	trusted := "No: its keys are reviewed"
	if o.Trusted {
		trusted = "Yes: its keys are approved at once"
	}
	facts := []fact{
		{Name: "Employer", Value: o.Name, Link: fmt.Sprintf("/platform/employers/%d", o.ID)},
		{Name: "Since", Value: exact(o.CreatedAt)},
		{Name: "Admins", Value: strings.Join(o.Admins, ", ")},
		{Name: "Members who have joined", Value: strconv.Itoa(o.Members)},
		{Name: "Jobs", Value: fmt.Sprintf("%d, of them %d open", o.Jobs, o.Active)},
		{Name: "Keys in use or waiting", Value: strconv.Itoa(o.Keys)},
		{Name: "Job posting credits", Value: itoa(o.JobPosting)}, {Name: "CV search credits", Value: itoa(o.CVSearch)},
		{Name: "Contract", Value: contract}, {Name: "Trusted partner", Value: trusted},
	}
	for _, more := range []struct {
		name string
		text *string
	}{{"Website", o.Website}, {"Telephone", o.Phone}} {
		if more.text != nil {
			facts = append(facts, fact{Name: more.name, Value: *more.text})
		}
	}
	return facts
}

// employerForms are those of the page of an employer.
type employerForms struct{ credits, contract, limits *form }

func (d *Desk) employerForms(o account.Overview, limits map[board.LimitFamily]int) employerForms {
	at := fmt.Sprintf("/platform/employers/%d", o.ID)
	until := ""
	if o.ContractUntil != nil {
		until = o.ContractUntil.UTC().Format(time.DateOnly)
	}
	f := employerForms{
		credits: &form{ID: d.NewID(), Action: at + "/credits", Submit: "Change the credits", Fields: []*field{
			{ID: "kind", Label: "Kind", Kind: "select", Width: "half", Options: []option{
				{ID: "kind-job", Value: string(board.CreditJobPosting), Label: "Job posting", Checked: true}, {ID: "kind-cv", Value: string(board.CreditCVSearch), Label: "CV search"},
			}},
			{ID: "delta", Label: "Add", Kind: "number", Width: "half", Hint: "A negative number takes credits away.", Says: map[string]string{board.FieldOutOfRange: "Enter a whole number such as 10, or −5 to take some away"}},
			{ID: "note", Label: "Reason", Kind: "text", Autocomplete: "off", MaxLength: 300, Hint: "The employer reads it in the ledger.", Says: pages.Needed("Enter a reason, which the employer reads")},
		}},
		contract: &form{Action: at + "/contract", Submit: "Set the contract", Quiet: true, Fields: []*field{
			{ID: "until", Label: "Unlimited job postings until the end of", Kind: "date", Value: until, Hint: "UTC. A day that is past ends the contract.", Says: map[string]string{
				board.FieldOutOfRange: "Enter a day before the year 10000",
			}},
		}},
		limits: &form{Action: at + "/limits", Submit: "Set the limits", Quiet: true},
	}
	for _, family := range board.AllLimitFamilies() {
		f.limits.Fields = append(f.limits.Fields, &field{
			ID: "limit-" + string(family), Label: familyName(family), Kind: "number", Min: "1", Width: "half", Value: strconv.Itoa(limits[family]),
			Hint: fmt.Sprintf("The default is %d.", board.DefaultLimit(family)),
		})
	}
	return f
}

func familyName(f board.LimitFamily) string {
	switch f {
	case board.FamilyJobs:
		return "Jobs and everything else"
	case board.FamilySearch:
		return "CV searches"
	case board.FamilyCandidate:
		return "CV profiles"
	case board.FamilyReadOnly:
		return "Read-only keys"
	}
	return string(f)
}

// employer reads the employer of the path with the forms of its page.
func (d *Desk) employer(r *http.Request) (account.Overview, employerForms, error) {
	id, err := pathID(r)
	if err != nil {
		return account.Overview{}, employerForms{}, err
	}
	o, err := d.Store.Accounts.Overview(r.Context(), id)
	if err != nil {
		return account.Overview{}, employerForms{}, err
	}
	limits, err := d.Store.Accounts.Limits(r.Context(), id)
	return o, d.employerForms(o, limits), err
}

func (d *Desk) showEmployer(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, forms, err := d.employer(r)
	if err != nil {
		return err
	}
	return d.showEmployerForms(w, r, u, o, forms, nil)
}

func (d *Desk) showEmployerForms(w http.ResponseWriter, r *http.Request, u account.User, o account.Overview, forms employerForms, wrong *form) error {
	lines, _, err := d.Store.Accounts.Ledger(r.Context(), live(o.ID), account.LedgerQuery{Limit: 10})
	if err != nil {
		return err
	}
	ledger := &pages.Table{
		Caption: "The newest changes of credits", Columns: []pages.Column{{Name: "What"}, {Name: "Credits"}, {Name: "Change", Number: true}, {Name: "Balance", Number: true}, {Name: "When"}},
		Empty: &pages.Empty{Title: "No credits have come or gone yet."},
	}
	for _, l := range lines {
		what, detail := pages.LedgerText(l.Reason, l.JobTitle, l.OrderName, l.Note, l.JobID, l.CandidateID, l.OrderID)
		when := pages.MomentOf(l.CreatedAt, d.Now())
		ledger.Rows = append(ledger.Rows, pages.Row{Cells: []pages.Cell{
			{Text: what, Sub: detail}, {Text: pages.CreditName(l.Kind)}, {Text: pages.Signed(l.Delta)}, {Text: itoa(l.After)}, {When: &when},
		}})
	}
	trust := pages.Action{Label: "Make it a trusted partner", Opens: "trust"}
	dialog := pages.Dialog{
		ID: "trust", Title: "Trust “" + o.Name + "”?", Text: "Every key that it makes from now on is approved at once, also for the CV search.",
		Post: fmt.Sprintf("/platform/employers/%d/trusted", o.ID), Label: "Trust this employer", Values: map[string]string{"trusted": "yes"},
	}
	s := screen{Head: pages.Head{Title: o.Name, Back: &pages.Link{Text: "Employers", Path: "/platform/employers"}}}
	if o.Trusted {
		s.Head.Tags = []pages.Tag{{Text: "Trusted", Tone: pages.Accent}}
		trust.Label = "End the trust"
		dialog.Title, dialog.Text, dialog.Label = "End the trust in “"+o.Name+"”?", "Live keys that it makes from now on are reviewed as those of others. Those that it has go on working.", "End the trust"
		dialog.Values = map[string]string{"trusted": "no"}
	}
	s.Head.Actions = []pages.Action{trust, {Label: "Its orders", Path: fmt.Sprintf("/platform/orders?employer=%d", o.ID)}}
	s.Dialogs = []pages.Dialog{dialog}
	s.Sections = []section{
		{Title: "The account", Facts: d.accountFacts(o)},
		{Title: "Credits", Table: ledger, Form: forms.credits},
		{Title: "Contract", Form: forms.contract},
		{Title: "Limits", Text: "Requests that each key may make in any 60 seconds.", Form: forms.limits},
	}
	return d.showScreen(w, r, u, s, wrong)
}

func (d *Desk) setTrusted(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, _, err := d.employer(r)
	if err != nil {
		return err
	}
	if err := (&form{}).Read(r); err != nil {
		return err
	}
	trusted := r.PostForm.Get("trusted") == "yes"
	if !trusted && r.PostForm.Get("trusted") != "no" {
		return board.Errorf(board.CodeInvalidRequest, "Choose whether %s is a trusted partner.", o.Name)
	}
	action, sentence := "trust employer", o.Name+" is a trusted partner now."
	if !trusted {
		action, sentence = "end trust in employer", o.Name+" is no trusted partner any more."
	}
	err = d.act(r, u, account.PlatformAction{Action: action, EmployerID: o.ID, Subject: o.Name}, func(ctx context.Context) error {
		return d.Store.Accounts.SetTrusted(ctx, o.ID, trusted)
	})
	if err != nil {
		return err
	}
	return d.done(w, r, fmt.Sprintf("/platform/employers/%d", o.ID), sentence)
}

func (d *Desk) setContract(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, forms, err := d.employer(r)
	if err != nil {
		return err
	}
	f := forms.contract
	if err := f.Read(r); err != nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, f.Text("until"))
	if err != nil {
		f.Field("until").Error = "Enter a day, such as 2027-01-31"
		return d.showEmployerForms(w, r, u, o, forms, f)
	}
	until := day.AddDate(0, 0, 1)
	err = d.act(r, u, account.PlatformAction{Action: "set contract", EmployerID: o.ID, Subject: o.Name, Detail: "until the end of " + f.Text("until")}, func(ctx context.Context) error {
		_, err := d.Store.Accounts.SetContract(ctx, o.ID, until)
		return err
	})
	if f.Blame(err) {
		return d.showEmployerForms(w, r, u, o, forms, f)
	}
	if err != nil {
		return err
	}
	return d.done(w, r, fmt.Sprintf("/platform/employers/%d", o.ID), "The contract is set.")
}

// changeCredits is done once for each form that is shown: a second click changes nothing.
func (d *Desk) changeCredits(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, forms, err := d.employer(r)
	if err != nil {
		return err
	}
	f := forms.credits
	if err := f.Read(r); err != nil {
		return err
	}
	delta, err := strconv.ParseInt(f.Text("delta"), 10, 64)
	if err != nil {
		delta = 0 // which is refused, with a sentence
	}
	change := board.CreditChange{Kind: board.CreditKind(f.Choice("kind")), Delta: delta, Note: f.Text("note")}
	err = d.act(r, u, account.PlatformAction{
		Action: "change credits", EmployerID: o.ID, Subject: o.Name, Detail: fmt.Sprintf("%s %s: %s", pages.Signed(delta), pages.CreditName(change.Kind), change.Note),
	}, func(ctx context.Context) error {
		if err := d.Store.Accounts.UseForm(ctx, u.ID, f.ID); err != nil {
			return err
		}
		_, err := d.Store.Accounts.ChangeCredits(ctx, o.ID, change)
		return err
	})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNoCredits {
		f.Field("delta").Error = "There are not so many credits left."
		return d.showEmployerForms(w, r, u, o, forms, f)
	}
	if f.Blame(err) {
		return d.showEmployerForms(w, r, u, o, forms, f)
	}
	if err != nil {
		return err
	}
	return d.done(w, r, fmt.Sprintf("/platform/employers/%d", o.ID), "The credits are changed: "+pages.Signed(delta)+" "+pages.CreditName(change.Kind)+".")
}

func (d *Desk) setLimits(w http.ResponseWriter, r *http.Request, u account.User) error {
	o, forms, err := d.employer(r)
	if err != nil {
		return err
	}
	f := forms.limits
	agreed := map[board.LimitFamily]string{}
	for _, family := range board.AllLimitFamilies() {
		agreed[family] = f.Text("limit-" + string(family))
	}
	if err := f.Read(r); err != nil {
		return err
	}
	changed := map[board.LimitFamily]int{}
	var detail []string
	for _, family := range board.AllLimitFamilies() {
		fd := f.Field("limit-" + string(family))
		n, err := strconv.Atoi(f.Text(fd.ID))
		if problems := board.ValidateLimit(family, n); err != nil || len(problems) > 0 {
			fd.Error = fd.Label + ": enter a number from 1 to 1000000"
			continue
		}
		if f.Text(fd.ID) != agreed[family] {
			changed[family] = n
			detail = append(detail, fmt.Sprintf("%s: %d per minute", fd.Label, n))
		}
	}
	if f.Failed() {
		return d.showEmployerForms(w, r, u, o, forms, f)
	}
	if len(changed) > 0 {
		err = d.act(r, u, account.PlatformAction{Action: "set limits", EmployerID: o.ID, Subject: o.Name, Detail: strings.Join(detail, ", ")}, func(ctx context.Context) error {
			for _, family := range board.AllLimitFamilies() {
				if n, ok := changed[family]; ok {
					if err := d.Store.Accounts.SetLimit(ctx, o.ID, family, n); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return d.done(w, r, fmt.Sprintf("/platform/employers/%d", o.ID), "The limits are set. They hold from the next request on.")
}
