package portal

import (
	"errors"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// contactPage is the main part of the page "Contact": the form, or the ticket once it was sent.
type contactPage struct {
	*form

	Ticket string
	// Email is the address that is answered to: that of the person who is signed in, and no other.
	Email string
}

func contactForm(u account.User) *form {
	return &form{Action: "/employer/contact", Submit: "Send", Fields: []*field{
		{ID: "name", Label: "Your name", Kind: "text", Autocomplete: "name", MaxLength: 100, Value: u.Name, Says: pages.Needed("Enter your name")},
		{ID: "message", Label: "Message", Kind: "textarea", Rows: 8, MaxLength: board.MaxContactMessage, Hint: "For a question about one request to the API, give the request id that its answer has.", Says: pages.Needed("Write your message")},
	}}
}

func (p *Portal) showContact(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := contactForm(u)
	f.ID = p.NewID()
	return p.showContactForm(w, r, u, f)
}

func (p *Portal) showContactForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.Show(w, r, f.Status(), "contact", member.Page{Title: "Contact us", Section: "contact", User: &u, Failed: f.Failed(), Main: contactPage{form: f, Email: u.Email}})
}

// contact keeps a message for the people who run the platform, with the company and the address of the person who writes it.
func (p *Portal) contact(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := contactForm(u)
	if err := f.Read(r); err != nil {
		return err
	}
	e, err := p.Store.Accounts.Employer(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	if f.ID == "" || len(f.ID) > 100 {
		f.Problem = "The form was not complete. Open this page again."
		return p.showContactForm(w, r, u, f)
	}
	made, err := p.Store.Accounts.CreateContactRequestOnce(r.Context(), board.ContactRequest{
		Name: f.Text("name"), Email: u.Email, Company: e.Name, Message: f.Field("message").Value,
	}, session.CallerAddress(r), u.ID, f.ID)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		p.Tell(r.Context(), "Your message has arrived already. Its number is in the email that we sent to "+u.Email+".")
		http.Redirect(w, r, "/employer/contact", http.StatusSeeOther)
		return nil
	}
	if f.Blame(err) {
		return p.showContactForm(w, r, u, f)
	}
	if err != nil {
		return err
	}
	main := contactPage{form: &pages.Form{}, Ticket: made.Ticket(), Email: u.Email}
	return p.Show(w, r, http.StatusCreated, "contact", member.Page{Title: "Your message has arrived", Section: "contact", User: &u, Main: main})
}
