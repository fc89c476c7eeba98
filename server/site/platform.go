package site

import (
	"net/http"
	"net/url"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/board"
)

// offer is a package as the page offers it.
type offer struct{ Name, Price, Text, Path string }

func (s *Site) showPricing(w http.ResponseWriter, r *http.Request) error {
	packages, err := s.Platform.Packages(r.Context())
	if err != nil {
		return err
	}
	var offers []offer
	for _, p := range packages {
		offers = append(offers, offer{p.Name, board.Price(p.PriceMinor, p.Currency), pages.PackageText(p), "/employer/billing/buy/" + url.PathEscape(p.Code)})
	}
	return s.render(w, r, http.StatusOK, "pricing", page{
		Title: "Pricing", Description: "What it costs to post jobs and to search CVs.", Canonical: s.PublicURL + "/pricing", Main: offers,
	})
}

// contactPage is the main part of the page Contact: the form, or the ticket once it was sent.
type contactPage struct {
	*pages.Form

	Ticket string
}

func contactForm() *pages.Form {
	return &pages.Form{Action: "/contact", Submit: "Send", Fields: []*pages.Field{
		{ID: "name", Label: "Your name", Kind: "text", Autocomplete: "name", MaxLength: 100, Says: pages.Needed("Enter your name")},
		{ID: "email", Label: "Email address", Kind: "email", Autocomplete: "email", MaxLength: board.MaxEmail, Hint: "We answer to this address."},
		{ID: "company", Label: "Company", Kind: "text", Autocomplete: "organization", MaxLength: 200, Optional: true},
		{ID: "message", Label: "Message", Kind: "textarea", MaxLength: board.MaxContactMessage, Says: pages.Needed("Write your message")},
	}}
}

func (s *Site) showContact(w http.ResponseWriter, r *http.Request) error {
	return s.showContactForm(w, r, contactForm())
}

func (s *Site) showContactForm(w http.ResponseWriter, r *http.Request, f *pages.Form) error {
	return s.render(w, r, f.Status(), "contact", page{Title: "Contact", Canonical: s.PublicURL + "/contact", Failed: f.Failed(), Main: contactPage{Form: f}})
}

// contact keeps a message for the people who run the platform.
func (s *Site) contact(w http.ResponseWriter, r *http.Request) error {
	f := contactForm()
	if err := f.Read(r); err != nil {
		return err
	}
	ticket, err := s.Platform.Contact(r.Context(), board.ContactRequest{
		Name: f.Text("name"), Email: f.Text("email"), Company: f.Text("company"), Message: f.Field("message").Value,
	}, session.CallerAddress(r))
	if f.Blame(err) {
		return s.showContactForm(w, r, f)
	}
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusCreated, "contact", page{Title: "Your message has arrived", Main: contactPage{Ticket: ticket}})
}

// guarded refuses forms that another site sends. The apply form is the API's, which takes it from everywhere.
func (s *Site) guarded(next http.Handler) (http.Handler, error) {
	guard, err := session.Guard(s.PublicURL, func(w http.ResponseWriter, r *http.Request) {
		s.showError(w, r, http.StatusForbidden, "This request came from another website", "Open the page here and send the form again. Nothing was kept.")
	})
	if err != nil {
		return nil, err
	}
	return guard.Handler(next), nil
}
