package developers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// newWebhook is the main part of the page that makes a webhook: its profile is chosen first, since it decides about the
// events.
type newWebhook struct {
	Head pages.Head
	// Note is what to know before; nil for nothing.
	Note *pages.Notice
	Tabs pages.Tabs
	Hint string
	Form *form
}

// allEvents is the field that chooses every event of the form.
const allEvents = "all-events"

// webhookForm asks for the fields of a webhook with a profile.
func (p *Pages) webhookForm(of profile.Profile, action, submit string) *form {
	f := &form{Action: action, Submit: submit, Long: true, Fields: []*field{
		{
			ID: "url", Label: "Address", Kind: "url", Autocomplete: "off", MaxLength: 2000, Hint: "Where your system takes events, beginning with https://.",
			Says: map[string]string{board.FieldRequired: "Enter the address of your system"},
		},
		{ID: "description", Label: "Description", Kind: "text", Autocomplete: "off", MaxLength: delivery.MaxSubscriptionDescription, Optional: true, Hint: "For your team, such as “Bullhorn, production”."},
	}}
	f.Fields = append(f.Fields, &field{
		ID: allEvents, Label: "All of them", Kind: "checkboxes", Optional: true, Section: "Events", SectionHint: "Choose what is sent. You can change it later.",
		Options: []option{{ID: "all", Value: "all", Label: "Every event of this list", Hint: "Those that the platform learns later are not among them."}},
	})
	for _, g := range eventGroups() {
		group := &field{ID: "events-" + g.id, Label: g.name, Kind: "checkboxes"}
		for _, t := range g.types {
			wire, has := of.Wire(string(t))
			if !has {
				continue
			}
			o := option{ID: "event-" + string(t), Value: string(t), Label: string(t), Hint: p.catalogue[t].summary + ".", Example: p.example(of, t)}
			if wire != string(t) {
				o.Hint += " Sent as " + wire + "."
			}
			group.Options = append(group.Options, o)
		}
		if len(group.Options) == 0 {
			continue
		}
		f.Fields = append(f.Fields, group)
	}
	return f
}

// eventFields are the groups of events of a form.
func eventFields(f *form) []*field {
	var fields []*field
	for _, fd := range f.Fields {
		if strings.HasPrefix(fd.ID, "events-") {
			fields = append(fields, fd)
		}
	}
	return fields
}

// fillWebhook shows a webhook in its form.
func fillWebhook(f *form, s outbox.Subscription) {
	f.Field("url").Value = s.URL
	if s.Description != nil {
		f.Field("description").Value = *s.Description
	}
	for _, fd := range eventFields(f) {
		chosen := make([]string, len(s.Events))
		for i, t := range s.Events {
			chosen[i] = string(t)
		}
		fd.Choose(chosen...)
	}
}

// readWebhook makes a patch of what was entered; what is wrong is noted in the form.
func (p *Pages) readWebhook(ctx context.Context, t board.Tenant, f *form) (delivery.SubscriptionPatch, error) {
	patch := delivery.SubscriptionPatch{URL: board.Set(f.Text("url")), Description: board.Clear[string]()}
	if text := f.Text("description"); text != "" {
		patch.Description = board.Set(text)
	}
	all := len(f.Chosen(allEvents)) > 0
	var types []event.Type
	for _, fd := range eventFields(f) {
		for _, o := range fd.Options {
			if all || o.Checked {
				types = append(types, event.Type(o.Value))
			}
		}
	}
	patch.Events = board.Set(types)
	if len(types) == 0 {
		eventFields(f)[0].Error = "Choose at least one event"
	}
	if code, message := p.CheckURL(t.Mode, f.Text("url")); code != "" {
		if f.Field("url").Error = message; code == board.FieldRequired {
			f.Field("url").Error = f.Field("url").Says[code]
		}
	} else if token, ok := strings.CutPrefix(f.Text("url"), p.PublicURL+delivery.InboxPath); ok {
		if err := p.Store.Outbox.CheckInbox(ctx, t, token); err != nil && !f.Blame(err) {
			return patch, err
		}
	}
	if _, err := patch.Normalize(); err != nil {
		if e, ok := errors.AsType[*board.Error](err); ok {
			f.BlameFields(slices.DeleteFunc(e.Fields, func(fe board.FieldError) bool {
				return strings.HasPrefix(fe.Field, "events") || f.Field("url").Error != "" && fe.Field == "url"
			}))
		}
	}
	return patch, nil
}

// chosenProfile is the profile in the address or in the form; native when there is none.
func chosenProfile(name string) profile.Profile {
	if of, ok := profile.Lookup(name); ok {
		return of
	}
	return profile.Native()
}

// newWebhookForm is for one profile, which its address says unless it is the usual one.
func (p *Pages) newWebhookForm(of profile.Profile) *form {
	action := "/employer/webhooks"
	if of.Name != profile.Native().Name {
		action += "?profile=" + of.Name
	}
	return p.webhookForm(of, action, "Add webhook")
}

func (p *Pages) showNewWebhook(w http.ResponseWriter, r *http.Request, u account.User) error {
	of := chosenProfile(r.URL.Query().Get("profile"))
	f := p.newWebhookForm(of)
	f.ID = p.NewID()
	if address := r.URL.Query().Get("url"); strings.HasPrefix(address, p.PublicURL+delivery.InboxPath) {
		f.Field("url").Value = address
	}
	return p.showWebhookForm(w, r, u, of, f)
}

func (p *Pages) showWebhookForm(w http.ResponseWriter, r *http.Request, u account.User, of profile.Profile, f *form) error {
	f.Fields = append(f.Fields, &field{ID: "profile", Kind: "hidden", Value: of.Name})
	f.Cancel = &pages.Link{Text: "Cancel", Path: "/employer/webhooks"}
	main := newWebhook{
		Head: pages.Head{Title: "Add a webhook", Back: &pages.Link{Text: "Webhooks", Path: "/employer/webhooks"}},
		Tabs: pages.Tabs{Label: "Format of deliveries"}, Hint: profileText(of).hint + " The format can't be changed later.", Form: f,
	}
	if f.Text("url") == "" {
		var err error
		if main.Note, err = p.webhookAdvice(r.Context(), p.Tenant(r.Context(), u)); err != nil {
			return err
		}
	}
	for _, other := range profile.All() {
		main.Tabs.Tabs = append(main.Tabs.Tabs, pages.Tab{Text: profileText(other).label, Path: "/employer/webhooks/new?profile=" + other.Name, Current: other.Name == of.Name})
	}
	return p.Show(w, r, f.Status(), "new-webhook", member.Page{Title: "Add a webhook", Section: "webhooks", User: &u, Failed: f.Failed(), Main: main})
}

// shownOnce is the main part of a page that shows a secret of a webhook, the only time.
type shownOnce struct {
	Head    pages.Head
	Text    string
	Secret  string
	Next    pages.Link
	Explain string
}

// createWebhook answers with the secret at once, as createKey does: it must not be kept anywhere in between.
func (p *Pages) createWebhook(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := (&form{}).Read(r); err != nil {
		return err
	}
	name := r.PostForm.Get("profile")
	if _, ok := profile.Lookup(name); name != "" && !ok {
		return board.Errorf(board.CodeInvalidRequest, "There is no such format of events. Go back and choose one.")
	}
	of := chosenProfile(name)
	f := p.newWebhookForm(of)
	if err := f.Read(r); err != nil {
		return err
	}
	patch, err := p.readWebhook(r.Context(), p.Tenant(r.Context(), u), f)
	if err != nil {
		return err
	}
	if f.ID == "" || len(f.ID) > 100 {
		f.Problem = "The form was not complete. Open this page again."
	}
	if of.NeedsCandidates && !u.Role.May(board.RightSearchCV) {
		f.Problem = "This format tells of candidates. Only people who work with candidates can choose it."
	}
	if f.Failed() {
		return p.showWebhookForm(w, r, u, of, f)
	}
	var (
		sub    outbox.Subscription
		secret string
	)
	err = p.Store.WithTx(r.Context(), func(ctx context.Context) (err error) {
		if err := p.Store.Accounts.UseForm(ctx, u.ID, f.ID); err != nil {
			return err
		}
		sub, secret, err = p.Store.Outbox.CreateSubscription(ctx, p.Tenant(ctx, u), of.Name, patch)
		return err
	})
	e, ok := errors.AsType[*board.Error](err)
	switch {
	case ok && e.Code == board.CodeConflict:
		p.Tell(r.Context(), "That webhook was added already. Its secret was shown once: if you didn't copy it, make a new one on its page, under Secret.")
		http.Redirect(w, r, "/employer/webhooks", http.StatusSeeOther)
		return nil
	case ok && e.Code == board.CodeInvalidState:
		f.Problem = e.Message
		return p.showWebhookForm(w, r, u, of, f)
	case f.Blame(err):
		return p.showWebhookForm(w, r, u, of, f)
	case err != nil:
		return err
	}
	return p.Show(w, r, http.StatusCreated, "secret-once", member.Page{Title: "The webhook is added", Section: "webhooks", User: &u, Main: shownOnce{
		Head: pages.Head{Title: "The webhook is added", Back: &pages.Link{Text: "Webhooks", Path: "/employer/webhooks"}, About: sub.URL},
		Text: "Copy the secret now and keep it like a password. This is the only time that it is shown.", Secret: secret,
		Explain: "Your system checks with it that a delivery comes from us. Then send a test event: its page has the code for your language.",
		Next:    pages.Link{Text: "I have copied the secret", Path: webhookPath(sub.ID)},
	}})
}

// settings is the tab with the fields of a webhook.
type settings struct {
	Form    *form
	MayEdit bool
	Profile string
	Delete  *pages.Dialog
	Events  []string
	URL     string
}

func (p *Pages) showWebhookSettings(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	f := p.webhookForm(profileOf(s), webhookPath(s.ID)+"/settings", "Save")
	fillWebhook(f, s)
	return p.showSettings(w, r, u, s, f)
}

func (p *Pages) showSettings(w http.ResponseWriter, r *http.Request, u account.User, s outbox.Subscription, f *form) error {
	f.Fields = append(f.Fields, &field{ID: "version", Kind: "hidden", Value: strconv.FormatInt(s.Version, 10)})
	main := settings{Form: f, MayEdit: u.Role.May(board.RightEditWebhooks), Profile: profileText(profileOf(s)).label, URL: s.URL}
	for _, t := range s.Events {
		main.Events = append(main.Events, string(t))
	}
	if main.MayEdit {
		main.Delete = &pages.Dialog{
			ID: "delete-webhook", Title: "Delete this webhook?", Danger: true, Label: "Delete", Post: webhookPath(s.ID) + "/delete",
			Text: "Deliveries that wait are dropped, and its log is gone. This can't be undone. To stop it for a while, disable it.",
		}
	}
	return p.showWebhook(w, r, u, s, "webhook-settings", f.Failed(), main)
}

// updateWebhook saves the form, unless the webhook was changed since the form was opened.
func (p *Pages) updateWebhook(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	f := p.webhookForm(profileOf(s), webhookPath(s.ID)+"/settings", "Save")
	if err := f.Read(r); err != nil {
		return err
	}
	patch, err := p.readWebhook(r.Context(), s.Tenant, f)
	if err != nil {
		return err
	}
	if f.Failed() {
		return p.showSettings(w, r, u, s, f)
	}
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return board.Errorf(board.CodeInvalidRequest, "The form was not complete. Open this page again.")
	}
	_, err = p.Store.Outbox.UpdateSubscription(r.Context(), s.Tenant, s.ID, patch, board.Precondition{Set: true, Versions: []int64{version}})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodePreconditionFailed {
		f.Problem = "Somebody has changed this webhook since you opened the form. Look at your values, and save again to put them in place of theirs."
		return p.showSettings(w, r, u, s, f)
	}
	if f.Blame(err) {
		return p.showSettings(w, r, u, s, f)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The webhook is saved. What waits goes to the new address.")
	http.Redirect(w, r, webhookPath(s.ID)+"/settings", http.StatusSeeOther)
	return nil
}
