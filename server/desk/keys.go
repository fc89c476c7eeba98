package desk

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// maxReviews is how many waiting keys a page lists.
const maxReviews = 200

func (d *Desk) showKeys(w http.ResponseWriter, r *http.Request, u account.User) error {
	reviews, err := d.Store.Accounts.PendingKeys(r.Context(), maxReviews)
	if err != nil {
		return err
	}
	return d.showScreen(w, r, u, screen{
		Head:  pages.Head{Title: "Key reviews", About: "Keys that wait, the oldest first. Until one is approved, requests with it answer 401."},
		Table: d.reviewTable(reviews),
	}, nil)
}

func (d *Desk) reviewTable(reviews []account.Review) *pages.Table {
	t := &pages.Table{
		Caption: "Keys that wait for review",
		Columns: []pages.Column{{Name: "Key"}, {Name: "Employer"}, {Name: "Scopes"}, {Name: "Account"}, {Name: "Asked for"}},
		Empty:   &pages.Empty{Title: "No key waits.", Text: "Keys of trusted partners and of accounts that have paid are approved at once."},
	}
	for _, v := range reviews {
		since := pages.MomentOf(v.CreatedAt, d.Now())
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			{Text: v.Name, Path: fmt.Sprintf("/platform/keys/%d", v.ID), Opens: true, Sub: v.Prefix + "…" + v.LastFour},
			{Text: v.Employer.Name, Sub: strings.Join(v.Employer.Admins, ", ")},
			{Text: scopes(v.Scopes)},
			{Text: paid(v.Employer, d), Sub: "since " + v.Employer.CreatedAt.Format("2 January 2006")},
			{When: &since},
		}})
	}
	return t
}

// paid says in few words what an employer has paid for.
func paid(o account.Overview, d *Desk) string {
	switch {
	case board.ContractRuns(o.ContractUntil, d.Now()):
		return "Contract until " + o.ContractUntil.Format("2 January 2006")
	case o.JobPosting+o.CVSearch == 0:
		return "No credits"
	}
	return fmt.Sprintf("%d job posting, %d CV search credits", o.JobPosting, o.CVSearch)
}

func scopes(list []apikey.Scope) string {
	names := map[apikey.Scope]string{apikey.ScopeJobPosting: "Job posting", apikey.ScopeCVSearch: "CV search", apikey.ScopeWebhooks: "Webhooks"}
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = names[s]
	}
	return strings.Join(words, ", ")
}

func refuseForm(id int64) *form {
	return &form{Action: fmt.Sprintf("/platform/keys/%d/refuse", id), Submit: "Refuse the key", Danger: true, Fields: []*field{
		{ID: "reason", Label: "Reason", Kind: "textarea", Rows: 3, MaxLength: 300, Hint: "The admins of the employer get it by email, word for word. Say what they can do.", Says: pages.Needed("Enter a reason: say what they can do")},
	}}
}

func (d *Desk) showKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return d.showKeyForm(w, r, u, id, refuseForm(id))
}

func (d *Desk) showKeyForm(w http.ResponseWriter, r *http.Request, u account.User, id int64, f *form) error {
	key, err := d.Store.Accounts.PlatformKey(r.Context(), id)
	if err != nil {
		return err
	}
	o, err := d.Store.Accounts.Overview(r.Context(), key.EmployerID)
	if err != nil {
		return err
	}
	mode := "Live"
	if key.Mode == board.ModeTest {
		mode = "Test"
	}
	facts := []fact{
		{Name: "Key", Value: key.Prefix + "…" + key.LastFour}, {Name: "Scopes", Value: scopes(key.Scopes)}, {Name: "Mode", Value: mode},
		{Name: "Asked for", Value: exact(key.CreatedAt)},
	}
	if key.ReadOnly {
		facts = append(facts, fact{Name: "Access", Value: "Read-only"})
	}
	if key.ExpiresAt != nil {
		facts = append(facts, fact{Name: "Expires", Value: exact(*key.ExpiresAt)})
	}
	if key.Refusal != "" {
		facts = append(facts, fact{Name: "Refused, because", Value: key.Refusal})
	}
	s := screen{
		Head:     pages.Head{Title: key.Name, Back: &pages.Link{Text: "Key reviews", Path: "/platform/keys"}, Tags: []pages.Tag{keyTag(key, d)}},
		Sections: []section{{Title: "The key", Facts: facts}, {Title: "The account", Facts: d.accountFacts(o)}},
	}
	if key.Status == apikey.Pending {
		s.Head.Actions = []pages.Action{{Label: "Approve the key", Icon: "check", Look: "primary", Post: fmt.Sprintf("/platform/keys/%d/approve", id)}}
		s.Sections = append(s.Sections, section{Title: "Refuse", Form: f})
	}
	return d.showScreen(w, r, u, s, f)
}

func keyTag(k account.Key, d *Desk) pages.Tag {
	if k.Refusal != "" {
		return pages.Tag{Text: "Refused", Tone: pages.Bad}
	}
	switch status := k.Status.At(k.ExpiresAt, d.Now()); status {
	case apikey.Pending:
		return pages.Tag{Text: "Waits for review", Tone: pages.Warn}
	case apikey.Active:
		return pages.Tag{Text: "Active", Tone: pages.Good}
	case apikey.Revoked, apikey.Expired:
		return pages.Tag{Text: string(status)}
	}
	return pages.Tag{}
}

// approveKey may be sent twice: an active key stays as it is.
func (d *Desk) approveKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	key, err := d.Store.Accounts.PlatformKey(r.Context(), id)
	if err != nil {
		return err
	}
	if key.Status != apikey.Active {
		err = d.act(r, u, account.PlatformAction{Action: "approve key", EmployerID: key.EmployerID, Subject: keySubject(key)}, func(ctx context.Context) error {
			_, err := d.Store.Accounts.ApproveKey(ctx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return d.done(w, r, "/platform/keys", "The key “"+key.Name+"” is approved. The admins of the employer get an email.")
}

func keySubject(k account.Key) string { return fmt.Sprintf("key %d, %s", k.ID, k.Name) }

func (d *Desk) refuseKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	f := refuseForm(id)
	if err := f.Read(r); err != nil {
		return err
	}
	key, err := d.Store.Accounts.PlatformKey(r.Context(), id)
	if err != nil {
		return err
	}
	reason := f.Text("reason")
	err = d.act(r, u, account.PlatformAction{Action: "refuse key", EmployerID: key.EmployerID, Subject: keySubject(key), Detail: reason}, func(ctx context.Context) error {
		_, err := d.Store.Accounts.RefuseKey(ctx, id, reason)
		return err
	})
	if f.Blame(err) {
		return d.showKeyForm(w, r, u, id, f)
	}
	if err != nil {
		return err
	}
	return d.done(w, r, "/platform/keys", "The key “"+key.Name+"” is refused. The admins of the employer get your reason by email.")
}
