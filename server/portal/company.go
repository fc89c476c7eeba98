package portal

import (
	"net/http"

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
		{ID: "name", Label: "Company name", Kind: "text", Autocomplete: "organization", MaxLength: maxCompany, Value: e.Name},
		{ID: "website", Label: "Website", Hint: "Such as https://example.com", Kind: "url", Autocomplete: "url", MaxLength: board.MaxURL, Optional: true, Value: text(e.Website)},
		{ID: "phone", Label: "Telephone", Kind: "tel", Autocomplete: "tel", MaxLength: board.MaxPhone, Optional: true, Value: text(e.Phone)},
		{ID: "description", Label: "About the company", Kind: "textarea", MaxLength: board.MaxEmployerDescription, Optional: true, Value: text(e.Description)},
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
		Name: f.Field("name").Value, Website: f.Field("website").Value, Phone: f.Field("phone").Value, Description: f.Field("description").Value,
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
