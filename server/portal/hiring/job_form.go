package hiring

import (
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
)

// The fields of the editor have the names that they have in a board.FieldError.
const fieldVersion = "version"

// jobForm is the editor of a job, filled in with j; a new one is empty.
func jobForm(action, submit string, j board.Job) *form {
	f := &form{Action: action, Submit: submit, Long: true, Fields: slices.Concat(aboutFields(j), placeFields(j), payFields(j), skillFields(j), applyFields(j))}
	if j.ID != 0 {
		f.Fields = append(f.Fields, &field{ID: fieldVersion, Kind: "hidden", Value: strconv.FormatInt(j.Version, 10)})
	}
	return f
}

func aboutFields(j board.Job) []*field {
	description := ""
	if j.Description != nil {
		description = markdownOf(*j.Description)
	}
	return []*field{
		{
			ID: "title", Section: "The job", Label: "Title", Kind: "text", Value: j.Title, MaxLength: board.MaxTitle, Autocomplete: "off",
			Hint: "As candidates search for it, for example “Head of IT”.",
			Says: map[string]string{board.FieldRequired: "Enter a title", board.FieldTooShort: "Enter a title"},
		},
		{
			ID: "description", Label: "Description", Kind: "markdown", Value: description, Optional: true,
			Hint: "Plain text is fine. A line that begins with ## is a heading, one that begins with - is a point of a list, and **two stars** make words bold.",
			Says: map[string]string{board.FieldRequired: "Describe the job", board.FieldTooLong: "Shorten the description: it is longer than a candidate would read"},
		},
		{
			ID: "employmentType", Label: "Contract", Kind: "select", Width: "half", Optional: true, Options: choices("Choose", board.AllEmploymentTypes(), j.EmploymentType, pages.EmploymentName),
			Says: map[string]string{board.FieldRequired: "Choose a contract"},
		},
		{ID: "seniority", Label: "Level", Kind: "select", Width: "half", Optional: true, Options: choices("Any", board.AllSeniorities(), j.Seniority, func(s board.Seniority) string { return string(s) })},
		{
			ID: "reference", Label: "Your reference", Kind: "text", Value: text(j.Reference), MaxLength: board.MaxReference, Optional: true, Autocomplete: "off",
			Hint: "The number that the job has in your own system. Candidates don't see it.",
			Says: map[string]string{board.FieldConflict: "Another job has this reference already. Choose another, or close that job."},
		},
	}
}

func placeFields(j board.Job) []*field {
	return []*field{
		{ID: "remoteType", Section: "Where", Label: "Working pattern", Kind: "select", Optional: true, Options: choices("Choose", board.AllRemoteTypes(), j.RemoteType, pages.RemoteName)},
		{
			ID: "city", Label: "City", Kind: "text", Width: "half", Value: text(j.City), MaxLength: board.MaxPlace, Optional: true,
			Says: map[string]string{board.FieldRequired: "Enter a city, or choose “Fully remote”"},
		},
		{
			ID: "country", Label: "Country", Kind: "text", Width: "half", Value: text(j.Country()), MaxLength: board.MaxPlace, Optional: true,
			Suggestions: []string{"United Kingdom", "Ireland"}, Says: map[string]string{
				board.FieldRequired: "Enter a country", board.FieldNotAllowed: "Enter a country by its name, such as United Kingdom",
			},
		},
	}
}

func payFields(j board.Job) []*field {
	s := board.Salary{Currency: "GBP", Period: board.PerYear}
	if j.Salary != nil {
		s = *j.Salary
	}
	amount := func(n *int64) string {
		if n == nil {
			return ""
		}
		return pages.FormatMoney(*n)
	}
	wrong := map[string]string{
		board.FieldOutOfRange: "Enter an amount such as 45,000", board.FieldConflict: "“From” must not be more than “to”", board.FieldRequired: "Enter an amount, or leave both empty",
	}
	periods := choices("", board.AllSalaryPeriods(), &s.Period, func(p board.SalaryPeriod) string { return string(p) })
	return []*field{
		{ID: "salary.min", Section: "Salary", SectionHint: "Jobs that name a salary get more applications. Leave both empty to say nothing.", Label: "From", Kind: "money", Width: "third", Value: amount(s.Min), Optional: true, Says: wrong},
		{ID: "salary.max", Label: "To", Kind: "money", Width: "third", Value: amount(s.Max), Optional: true, Says: wrong},
		{ID: "salary.period", Label: "Per", Kind: "select", Width: "third", Options: periods[1:]},
		{
			ID: "salary.currency", Label: "Currency", Kind: "text", Width: "third", Value: s.Currency, MaxLength: 3, Autocomplete: "off", Suggestions: []string{"GBP", "EUR", "USD"},
			Says: map[string]string{board.FieldRequired: "Enter a currency such as GBP", board.FieldNotAllowed: "Enter a currency such as GBP, EUR or USD"},
		},
	}
}

func skillFields(j board.Job) []*field {
	says := map[string]string{
		board.FieldDuplicate: "A skill is in the list twice: remove one", board.FieldTooLong: "Name at most 50 skills, each in a few words", board.FieldTooShort: "Remove the empty skill",
	}
	return []*field{
		{ID: "requiredSkills", Section: "Skills", Label: "Needed", Kind: "textarea", Rows: 3, Value: skillText(j.RequiredSkills), Optional: true, Hint: "Separate them by commas or lines.", Says: says},
		{ID: "optionalSkills", Label: "Welcome", Kind: "textarea", Rows: 3, Value: skillText(j.OptionalSkills), Optional: true, Says: says},
	}
}

func applyFields(j board.Job) []*field {
	method := &field{
		ID: "applyMethod", Section: "How candidates apply", Label: "Applications", Kind: "radios", Optional: true,
		Says: map[string]string{board.FieldRequired: "Choose how candidates apply"},
	}
	for _, m := range board.AllApplyMethods() {
		label, hint := applyText(m)
		method.Options = append(method.Options, option{
			ID: "applyMethod-" + string(m), Value: string(m), Label: label, Hint: hint,
			Checked: j.ApplyMethod != nil && *j.ApplyMethod == m || j.ApplyMethod == nil && j.ID == 0 && m == board.ApplyDirect,
		})
	}
	return []*field{
		method,
		{
			ID: "applyEmailAddress", Label: "Email address", Kind: "email", Value: text(j.ApplyEmailAddress), MaxLength: board.MaxEmail, Optional: true, Hint: "For applications by email.",
			Says: map[string]string{board.FieldRequired: "Enter the address that applications are sent to", board.FieldInvalidFormat: "Enter an email address such as jobs@example.com"},
		},
		{
			ID: "applyUrl", Label: "Address of your own form", Kind: "url", Value: text(j.ApplyURL), MaxLength: board.MaxURL, Optional: true, Hint: "For applications on your site.",
			Says: map[string]string{board.FieldRequired: "Enter the address of your form", board.FieldInvalidFormat: "Enter an address such as https://example.com/apply"},
		},
		{
			ID: "applyPushUrl", Label: "Address that receives applications", Kind: "url", Value: text(j.ApplyPushURL), MaxLength: board.MaxURL, Optional: true, Hint: "For your recruitment system.",
			Says: map[string]string{board.FieldRequired: "Enter the address that receives applications", board.FieldInvalidFormat: "Enter an address that begins with https://"},
		},
	}
}

func applyText(m board.ApplyMethod) (label, hint string) {
	switch m {
	case board.ApplyDirect:
		return "On ITManagerJobs", "Candidates fill in our form. You read the applications here and by the API."
	case board.ApplyByEmail:
		return "By email", "We send each application to your address, with the CV."
	case board.ApplyByURL:
		return "On your site", "Candidates go on to your own form. We count how many do."
	case board.ApplyByHTTPPush:
		return "Into your system", "We post each application to an address of your recruitment system."
	}
	return string(m), ""
}

// choices are the options of a select, after an empty one that says none.
func choices[T ~string](none string, all []T, chosen *T, name func(T) string) []option {
	options := make([]option, 1, 1+len(all))
	options[0].Label = none
	for _, v := range all {
		options = append(options, option{Value: string(v), Label: name(v), Checked: chosen != nil && *chosen == v})
	}
	return options
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// readJob makes the patch that the form asks for; what can't be read is noted in the form. before is the job as the form
// was made from it.
func readJob(f *form, before board.Job) (board.JobPatch, error) {
	p := board.JobPatch{
		Title: board.Set(f.Text("title")), Reference: changed(f, "reference"), City: changed(f, "city"), Country: changed(f, "country"),
		EmploymentType: chosen[board.EmploymentType](f, "employmentType"), RemoteType: chosen[board.RemoteType](f, "remoteType"), Seniority: chosen[board.Seniority](f, "seniority"),
		ApplyMethod: chosen[board.ApplyMethod](f, "applyMethod"), ApplyEmailAddress: changed(f, "applyEmailAddress"), ApplyURL: changed(f, "applyUrl"), ApplyPushURL: changed(f, "applyPushUrl"),
		RequiredSkills: readSkills(f, "requiredSkills", before.RequiredSkills), OptionalSkills: readSkills(f, "optionalSkills", before.OptionalSkills),
		Salary: readSalary(f),
	}
	// A description that nobody touched stays as it is: Markdown may say it in another form.
	if written := strings.ReplaceAll(f.Text("description"), "\r\n", "\n"); before.Description == nil || written != markdownOf(*before.Description) {
		made, err := htmlOf(written)
		if err != nil {
			return p, err
		}
		p.Description = board.Set(made)
	}
	return p, nil
}

func changed(f *form, id string) board.Change[string] {
	if t := f.Text(id); t != "" {
		return board.Set(t)
	}
	return board.Clear[string]()
}

func chosen[T ~string](f *form, id string) board.Change[T] {
	if v := f.Choice(id); v != "" {
		return board.Set(T(v))
	}
	return board.Clear[T]()
}

func skillText(list []string) string { return strings.Join(list, ", ") }

// readSkills leaves a list that nobody touched as it is: one of its skills may have a comma in it, when it came by the API.
func readSkills(f *form, id string, before []string) board.Change[[]string] {
	if written := f.Text(id); len(before) == 0 || written != skillText(before) {
		return board.Set(skills(written))
	}
	return board.Change[[]string]{}
}

// skills are separated by commas, semicolons or lines.
func skills(s string) []string {
	list := []string{}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func readSalary(f *form) board.Change[board.SalaryPatch] {
	s := board.Salary{Currency: strings.ToUpper(f.Text("salary.currency")), Period: board.SalaryPeriod(f.Choice("salary.period"))}
	for id, to := range map[string]**int64{"salary.min": &s.Min, "salary.max": &s.Max} {
		entered := f.Text(id)
		if entered == "" {
			continue
		}
		n, ok := pages.ParseMoney(entered)
		if !ok {
			f.Field(id).Error = "Enter an amount such as 45,000"
			continue
		}
		*to = &n
	}
	if s.Min == nil && s.Max == nil {
		return board.Clear[board.SalaryPatch]()
	}
	return board.SetSalary(s)
}
