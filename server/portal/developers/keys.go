package developers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// keyList is the main part of the page "API keys".
type keyList struct {
	Keys    []keyView
	MayMint bool
	// Admins are the people to ask for a key, shown to those who may not mint one.
	Admins string
}

// keyView is a key as a person reads it.
type keyView struct {
	account.Key

	State     apikey.Status
	Status    string // the state in words
	Explained string
	StatusTag pages.Tag
	Live      bool
	Usable    bool
	Revocable bool
	Created   *time.Time
	Revoke    pages.Dialog
	// Roll is nil for a key that can't be rolled.
	Roll *pages.Dialog
}

// overlaps are how long a key that is rolled works beside the new one.
var overlaps = map[string]time.Duration{"1h": time.Hour, "24h": member.Day, "7d": 7 * member.Day}

func (p *Pages) view(k account.Key) keyView {
	status := k.Status.At(k.ExpiresAt, p.Now())
	text := statusText(status)
	if k.Refusal != "" {
		text = labelled{"Refused", "The platform has refused this key: " + k.Refusal}
	}
	v := keyView{
		Key: k, State: status, Status: text.label, Explained: text.hint, Live: k.Mode == board.ModeLive,
		StatusTag: pages.Tag{Text: text.label, Tone: statusTone(status)}, Created: &k.CreatedAt,
		Usable: status == apikey.Active, Revocable: k.Status != apikey.Revoked,
		Revoke: pages.Dialog{
			ID: "revoke-" + strconv.FormatInt(k.ID, 10), Title: "Revoke “" + k.Name + "”?", Danger: true, Label: "Revoke this key",
			Text: "Requests with this key will fail at once. This can't be undone.", Post: "/employer/keys/" + strconv.FormatInt(k.ID, 10) + "/revoke",
		},
	}
	switch {
	case status == apikey.Pending:
		v.Explained = "Asked " + pages.Relative(k.CreatedAt, p.Now()) + ". " + v.Explained + " You need do nothing: admins get an email when it is decided."
	case status == apikey.Active && k.ReplacedBy != 0:
		v.StatusTag = pages.Tag{Text: "Replaced", Tone: pages.Warn}
		v.Explained = "A new key takes its place. This one works until it expires."
	case apikey.ExpiresSoon(k.Status, false, k.CreatedAt, k.ExpiresAt, p.Now()):
		v.StatusTag = pages.Tag{Text: "Expires soon", Tone: pages.Warn}
		v.Explained = "Roll it while it works, if a system needs it."
	case status == apikey.Active && k.ApprovedAt != nil && k.Mode == board.ModeLive:
		v.Explained = "Approved " + pages.Relative(*k.ApprovedAt, p.Now())
	case status == apikey.Revoked && k.RevokedAt != nil && k.Refusal == "":
		v.Explained = "Since " + member.InWords(*k.RevokedAt)
	}
	if apikey.CheckRoll(status, k.ReplacedBy != 0) == nil {
		v.Roll = &pages.Dialog{
			ID: "roll-" + strconv.FormatInt(k.ID, 10), Title: "Roll “" + k.Name + "”?",
			Text: "You get a new key with the same scopes, which works at once. The present one goes on for a while, so that your system can switch, and then expires by itself.",
			Form: rollForm(k, p.NewID()),
		}
		if next := apikey.RolledExpiry(k.CreatedAt, k.ExpiresAt, p.Now()); next != nil {
			v.Roll.Text += " The new one expires as well: " + member.ExpiryInWords(next, p.Now()) + "."
		}
	}
	return v
}

func rollForm(k account.Key, id string) *form {
	n := strconv.FormatInt(k.ID, 10)
	return &form{Action: "/employer/keys/" + n + "/roll", Submit: "Make the new key", ID: id, Fields: []*field{{
		ID: "overlap", Label: "The present key works for", Kind: "radios", Options: []option{
			{ID: "overlap-1h-" + n, Value: "1h", Label: "1 hour more"}, {ID: "overlap-24h-" + n, Value: "24h", Label: "24 hours more", Checked: true}, {ID: "overlap-7d-" + n, Value: "7d", Label: "7 days more"},
		},
	}}}
}

func statusTone(s apikey.Status) pages.Tone {
	switch s {
	case apikey.Active:
		return pages.Good
	case apikey.Pending:
		return pages.Warn
	case apikey.Revoked, apikey.Expired:
	}
	return pages.Neutral
}

func (p *Pages) showKeys(w http.ResponseWriter, r *http.Request, u account.User) error {
	keys, err := p.Store.Accounts.Keys(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	list := keyList{MayMint: u.Role.May(board.RightMintKeys)}
	// Those for trying things out come first: that is where everybody begins.
	slices.SortStableFunc(keys, func(a, b account.Key) int { return strings.Compare(string(b.Mode), string(a.Mode)) })
	for _, k := range keys {
		list.Keys = append(list.Keys, p.view(k))
	}
	if !list.MayMint {
		if list.Admins, err = p.admins(r.Context(), u.EmployerID); err != nil {
			return err
		}
	}
	return p.Show(w, r, http.StatusOK, "keys", member.Page{Title: "API keys", Section: "keys", User: &u, Main: list})
}

func (p *Pages) admins(ctx context.Context, employerID int64) (string, error) {
	users, err := p.Store.Accounts.Users(ctx, employerID)
	if err != nil {
		return "", err
	}
	var emails []string
	for _, u := range users {
		if u.Role.May(board.RightMintKeys) && u.Joined {
			emails = append(emails, u.Email)
		}
	}
	return strings.Join(emails, ", "), nil
}

func (p *Pages) keyForm() *form {
	scopes := &field{ID: "scopes", Label: "Scopes", Kind: "checkboxes", Hint: "What the key may do. Scopes can't be changed later."}
	for _, s := range apikey.AllScopes() {
		text := scopeText(s)
		scopes.Options = append(scopes.Options, option{ID: "scopes-" + string(s), Value: string(s), Label: text.label, Hint: text.hint})
	}
	return &form{Action: "/employer/keys", Submit: "Create key", Fields: []*field{
		{ID: "name", Label: "Name", Kind: "text", Autocomplete: "off", MaxLength: 100, Hint: "Where the key is used, for example “Bullhorn production”.", Says: pages.Needed("Enter a name for the key")},
		scopes,
		{ID: "mode", Label: "Mode", Kind: "radios", Options: []option{
			{ID: "mode-test", Value: string(board.ModeTest), Label: "Test", Hint: "For trying things out: free, kept apart from live data, never public. It works at once.", Checked: true},
			{ID: "mode-live", Value: string(board.ModeLive), Label: "Live", Hint: "Real jobs. Publishing one costs a credit."},
		}},
		{ID: "access", Label: "Access", Kind: "checkboxes", Optional: true, Says: map[string]string{
			board.FieldConflict: "Choose “Read-only” or “Only proposes what spends credits”, not both: a key that only reads has nothing to propose",
		}, Options: []option{
			{ID: "access-read", Value: "read", Label: "Read-only", Hint: "The key starts with rk_ and changes nothing, whatever its scopes are."},
			{ID: "access-propose", Value: "propose", Label: "Only proposes what spends credits", Hint: "For agents: publishing a job and unlocking a profile wait up to 24 hours for the yes of a person, under Proposals. What can't be undone is refused."},
		}},
		{ID: "expiresAt", Label: "Expiry date", Kind: "date", Optional: true, Min: p.Now().UTC().Format(time.DateOnly),
			Hint: "The key works until the end of this day (UTC). Leave it empty for a key that doesn't expire."},
		{
			ID: "allowed", Label: "Allowed addresses", Kind: "textarea", Rows: 3, Optional: true, MaxLength: 2000,
			Hint: "Addresses and networks that the key may be used from, such as 192.0.2.7 or 192.0.2.0/24, one on each line. From elsewhere it answers 403. Leave it empty for everywhere.",
		},
	}}
}

func (p *Pages) showNewKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := p.keyForm()
	f.ID = p.NewID()
	return p.showKeyForm(w, r, u, f)
}

func (p *Pages) showKeyForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.Show(w, r, f.Status(), "new-key", member.Page{Title: "Create an API key", Section: "keys", User: &u, Failed: f.Failed(), Main: f})
}

// createdKey is the main part of the only page that ever shows the plain text of a key.
type createdKey struct {
	keyView

	Plain string
	Curls []string
	// Email is the address that waits for confirmation, on the page of somebody who has just signed up.
	Email string
}

// ShowFirstKey answers somebody who has signed up with the account's test key, which is shown this once.
func (p *Pages) ShowFirstKey(w http.ResponseWriter, r *http.Request, made account.SignedUp) error {
	main := createdKey{keyView: p.view(made.Key), Plain: made.Plain, Curls: []string{p.CurlMe(made.Plain), p.curlDraft(made.Plain)}, Email: made.User.Email}
	return p.Show(w, r, http.StatusCreated, "created-key", member.Page{Title: "Your account is ready", Section: "keys", User: &made.User, Main: main})
}

// createKey answers with the key at once instead of sending the browser to another page, for the plain text must not be
// kept anywhere in between. A reload sends the same form again, which is refused.
func (p *Pages) createKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := p.keyForm()
	if err := f.Read(r); err != nil {
		return err
	}
	n := p.newKey(f, u)
	if n.Mode == board.ModeLive && !u.Confirmed {
		f.Field("mode").Error = "Live keys wait until your email address is confirmed: open the link in the email that we sent you. Test keys work at once."
	}
	if f.Failed() {
		return p.showKeyForm(w, r, u, f)
	}
	var (
		key   account.Key
		plain string
	)
	err := p.Store.WithTx(r.Context(), func(ctx context.Context) (err error) {
		if err := p.Store.Accounts.UseForm(ctx, u.ID, f.ID); err != nil {
			return err
		}
		key, plain, err = p.Store.Accounts.MintKey(ctx, n)
		return err
	})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		p.Tell(r.Context(), "That key was created already. It was shown once and can't be shown again: if you didn't copy it, revoke it and create another.")
		http.Redirect(w, r, "/employer/keys", http.StatusSeeOther)
		return nil
	}
	if f.Blame(err) {
		return p.showKeyForm(w, r, u, f)
	}
	if err != nil {
		return err
	}
	return p.showCreatedKey(w, r, u, key, plain)
}

func (p *Pages) showCreatedKey(w http.ResponseWriter, r *http.Request, u account.User, key account.Key, plain string) error {
	main := createdKey{keyView: p.view(key), Plain: plain, Curls: []string{p.CurlMe(plain)}}
	if slices.Contains(key.Scopes, apikey.ScopeJobPosting) && !key.ReadOnly {
		main.Curls = append(main.Curls, p.curlDraft(plain))
	}
	return p.Show(w, r, http.StatusCreated, "created-key", member.Page{Title: "Your new API key", Section: "keys", User: &u, Main: main})
}

// newKey reads what was chosen; what can't be read is noted in the form, and the store judges the rest.
func (p *Pages) newKey(f *form, u account.User) account.NewKey {
	n := account.NewKey{Tenant: board.Tenant{EmployerID: u.EmployerID}, Name: strings.TrimSpace(f.Field("name").Value)}
	for _, o := range f.Field("scopes").Options {
		if o.Checked {
			n.Scopes = append(n.Scopes, apikey.Scope(o.Value))
		}
	}
	if len(n.Scopes) == 0 && f.Field("scopes").Error == "" {
		f.Field("scopes").Error = "Choose at least one scope"
	}
	for _, o := range f.Field("mode").Options {
		if o.Checked {
			n.Mode = board.Mode(o.Value)
		}
	}
	if n.Mode == "" && f.Field("mode").Error == "" {
		f.Field("mode").Error = "Choose live or test"
	}
	for _, o := range f.Field("access").Options {
		n.ReadOnly = n.ReadOnly || o.Checked && o.Value == "read"
		n.ProposeOnly = n.ProposeOnly || o.Checked && o.Value == "propose"
	}
	f.BlameFields(apikey.CheckAccess(n.ReadOnly, n.ProposeOnly))
	if f.ID == "" || len(f.ID) > 100 {
		f.Problem = "The form was not complete. Open this page again."
	}
	if chosen := strings.TrimSpace(f.Field("expiresAt").Value); chosen != "" {
		date, err := time.Parse(time.DateOnly, chosen)
		if err != nil {
			f.Field("expiresAt").Error = "Expiry date must be a date such as 2027-01-31"
		} else {
			end := date.AddDate(0, 0, 1)
			n.ExpiresAt = &end
		}
	}
	networks, problem, ok := apikey.ReadNetworks("allowed", f.Text("allowed"))
	if n.Allowed = networks; !ok {
		f.BlameFields([]board.FieldError{problem})
	}
	if f.Failed() {
		f.BlameFields(apikey.ValidateNew(n.Name, n.Scopes, n.ExpiresAt, p.Now()))
	}
	return n
}

// revokeKey ends a key at once, on every copy. Another employer's key and one that does not exist look alike.
func (p *Pages) revokeKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return member.ErrNoPage
	}
	key, err := p.Store.Accounts.RevokeKey(r.Context(), id, u.EmployerID)
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The key “"+key.Name+"” is revoked. Requests with it answer 401 from now on.")
	http.Redirect(w, r, "/employer/keys", http.StatusSeeOther)
	return nil
}

// rollKey answers with the new key at once, as createKey does.
func (p *Pages) rollKey(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := numberIn(r, "id")
	if err != nil {
		return err
	}
	formID, overlap := r.PostFormValue("form"), overlaps[r.PostFormValue("overlap")]
	if formID == "" || len(formID) > 100 || overlap == 0 {
		return board.Errorf(board.CodeInvalidRequest, "Choose how long the present key works. Go back and send the form again.")
	}
	var (
		key   account.Key
		plain string
	)
	err = p.inForm(r.Context(), u, formID, func(ctx context.Context) (err error) {
		key, plain, err = p.Store.Accounts.RollKey(ctx, id, u.EmployerID, overlap)
		return err
	})
	switch e, ok := errors.AsType[*board.Error](err); {
	case ok && e.Code == board.CodeConflict:
		return p.unlessRefused(w, r, nil, "The new key was made already, and shown once. If you didn't copy it, revoke it and create another.", "/employer/keys")
	case ok && e.Code == board.CodeInvalidState:
		return p.unlessRefused(w, r, nil, e.Message, "/employer/keys")
	case err != nil:
		return err
	}
	return p.showCreatedKey(w, r, u, key, plain)
}
