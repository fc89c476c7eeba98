package portal

import (
	"net/http"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// company is the main part of the page "Company".
type company struct {
	*form

	Employer account.Employer
	MayEdit  bool
}

func companyForm(e account.Employer) *form {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return &form{Action: "/employer/company", Submit: "Save", Fields: []*field{
		{ID: "name", Label: "Company name", Kind: "text", Autocomplete: "organization", MaxLength: maxCompany, Value: e.Name, Says: pages.Needed("Enter your company's name")},
		{ID: "website", Label: "Website", Hint: "Such as https://example.com", Kind: "url", Says: map[string]string{
			board.FieldInvalidFormat: "Enter the whole address of your website, such as https://example.com",
		}, Autocomplete: "url", MaxLength: board.MaxURL, Optional: true, Value: text(e.Website)},
		{ID: "phone", Label: "Telephone", Hint: "For the systems that you connect. Candidates don't see it.", Kind: "tel", Autocomplete: "tel", MaxLength: board.MaxPhone, Optional: true, Value: text(e.Phone)},
		{ID: "description", Label: "About the company", Hint: "Candidates read it below the description of each of your jobs.", Kind: "textarea", Rows: 6, MaxLength: board.MaxEmployerDescription, Optional: true, Value: text(e.Description)},
	}}
}

func (p *Portal) showCompany(w http.ResponseWriter, r *http.Request, u account.User) error {
	e, err := p.Store.Accounts.Employer(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	return p.showCompanyForm(w, r, u, e, companyForm(e))
}

func (p *Portal) showCompanyForm(w http.ResponseWriter, r *http.Request, u account.User, e account.Employer, f *form) error {
	return p.Show(w, r, f.Status(), "company", member.Page{Title: "Company", Section: "company", User: &u, Failed: f.Failed(), Main: company{
		form: f, Employer: e, MayEdit: u.Role.May(board.RightEditCompany),
	}})
}

// editCompany changes what the employer says about itself; webhooks are told.
func (p *Portal) editCompany(w http.ResponseWriter, r *http.Request, u account.User) error {
	e, err := p.Store.Accounts.Employer(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	f := companyForm(e)
	if err := f.Read(r); err != nil {
		return err
	}
	_, err = p.Store.Accounts.UpdateEmployer(r.Context(), u.EmployerID, board.EmployerProfile{
		Name: f.Field("name").Value, Website: withScheme(f.Text("website")), Phone: f.Field("phone").Value, Description: f.Field("description").Value,
	})
	if f.Blame(err) {
		return p.showCompanyForm(w, r, u, e, f)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The company's profile is saved.")
	http.Redirect(w, r, "/employer/company", http.StatusSeeOther)
	return nil
}

// withScheme completes the address of a website as people write it: "example.com". Something that is no address stays as it is, for the
// store to refuse.
func withScheme(website string) string {
	if name, _, _ := strings.Cut(website, "/"); strings.Contains(website, "://") || !strings.Contains(name, ".") || strings.ContainsAny(name, ": @") {
		return website
	}
	return "https://" + website
}
