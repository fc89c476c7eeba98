package profile

import (
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// humanJob has the 42 keys of the format's documentation, in its order. A value that the platform does not
// have is "", 0 or [], and "0" for the salary, but never null.
type humanJob struct {
	ID                 int64    `json:"job_id"`
	OfficeID           int64    `json:"job_office_id"`
	OfficeName         string   `json:"job_office_name"`
	Reference          string   `json:"job_reference"`
	Title              string   `json:"job_title"`
	Description        string   `json:"job_description"`
	Profil             string   `json:"job_profil"`
	Commentaire        string   `json:"job_commentaire"`
	JobStart           string   `json:"job_jobstart"`
	MissionStart       string   `json:"job_mission_start"`
	Type               string   `json:"job_type"`
	Address            string   `json:"job_address"`
	Company            string   `json:"job_company"`
	CompanyDescription string   `json:"job_company_description"`
	ContractType       string   `json:"job_contract_type"`
	ContractStatus     string   `json:"job_contract_status"`
	Salary             string   `json:"job_salary"`
	EducationLevel     string   `json:"job_education_level"`
	ExperienceLevel    string   `json:"job_experience_level"`
	City               string   `json:"job_city"`
	CityIntl           string   `json:"job_city_intl"`
	CountryIntl        country  `json:"job_country_intl"`
	Regions            []string `json:"job_regions"`
	Departments        []string `json:"job_departments"`
	WorkingTime        string   `json:"job_working_time"`
	Logo               string   `json:"job_logo"`
	PublishedAt        string   `json:"job_published_at"`
	UpdatedAt          string   `json:"job_updated_at"`
	CategoryID         int64    `json:"job_category_id"`
	CategoryName       string   `json:"job_category_name"`
	SubCategoryID      int64    `json:"job_sub_category_id"`
	SubCategoryName    string   `json:"job_sub_category_name"`
	SecteurID          int64    `json:"job_secteur_id"`
	SecteurName        string   `json:"job_secteur_name"`
	InterlocutorID     int64    `json:"job_interlocutor_id"`
	InterlocutorName   string   `json:"job_interlocutor_name"`
	NbCandToRecruit    int64    `json:"job_nb_cand_to_recruit"`
	VarSalary          string   `json:"job_var_salary"`
	RecruitmentCost    string   `json:"job_recruitment_cost"`
	OtherCost          string   `json:"job_other_cost"`
	Customer           string   `json:"job_customer"`
	FormURL            string   `json:"job_form_url"`
}

func humanJobOf(e Event, f eventData, d Dossier) humanJob {
	j := DossierJob{
		ID: f.JobPostID, Title: f.JobTitle, Reference: f.Reference, PostedDate: f.PostedDate,
		UpdatedAt: firstSet(f.UpdatedAt, f.ExpiredAt, f.PostedDate, f.CreatedAt),
	}
	if d.Job != nil {
		j = *d.Job
	}
	out := humanJob{
		ID: j.ID, Reference: orEmpty(j.Reference), Title: j.Title, Description: orEmpty(j.Description),
		Profil: strings.Join(append(append([]string{}, j.RequiredSkills...), j.OptionalSkills...), ", "),
		// The platform has no starting date. As in the documentation, it is the day of publication.
		JobStart: humanJobDate(dayOf(j.PostedDate)), MissionStart: humanJobDate(dayOf(j.PostedDate)),
		Address: address(j.City, j.Country), ContractType: orEmpty(j.EmploymentType), Salary: humanSalary(j.Salary),
		ExperienceLevel: orEmpty(j.Seniority), City: orEmpty(j.City), CityIntl: orEmpty(j.City), CountryIntl: countryOf(orEmpty(j.CountryCode)),
		Regions: []string{}, Departments: []string{}, WorkingTime: workingTime(orEmpty(j.EmploymentType)),
		PublishedAt: humanJobDate(j.PostedDate), UpdatedAt: humanJobDate(j.UpdatedAt),
		// The documentation has this category for jobs without a category.
		CategoryID: 999999999, CategoryName: "~Autres Familles",
		NbCandToRecruit: 1, FormURL: orEmpty(j.page(e.PublicURL)),
	}
	if d.Employer != nil {
		out.Company, out.CompanyDescription = d.Employer.Name, orEmpty(d.Employer.Description)
	}
	if orEmpty(j.ApplyMethod) == string(board.ApplyByURL) && orEmpty(j.ApplyURL) != "" {
		out.FormURL = *j.ApplyURL
	}
	return out
}

// dayOf returns the midnight at which the day of t begins in Paris.
func dayOf(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	year, month, day := t.In(paris).Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, paris)
	return &midnight
}

func address(city, country *string) string {
	if orEmpty(city) == "" || orEmpty(country) == "" {
		return orEmpty(city) + orEmpty(country)
	}
	return *city + ", " + *country
}

// humanSalary is the lowest amount of the salary, in units of the currency.
func humanSalary(s *DossierSalary) string {
	if s == nil {
		return "0"
	}
	amount := firstSet(s.Min, s.Max)
	if amount == nil {
		return "0"
	}
	return strconv.FormatFloat(*amount, 'f', -1, 64)
}

func workingTime(employmentType string) string {
	switch t := board.EmploymentType(employmentType); t {
	case board.FullTime, board.PartTime:
		return string(t)
	default:
		return ""
	}
}
