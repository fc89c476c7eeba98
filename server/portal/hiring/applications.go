package hiring

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

const (
	applicationsOnPage = 25
	cardsInColumn      = 20
	jobsToChoose       = 100 // of the filter, the newest
)

// applicationList is the main part of the page "Applications": a board, or a list with the forms that move several at once.
type applicationList struct {
	Head    pages.Head
	Tabs    pages.Tabs
	Filters pages.Filters
	Board   *pages.Board
	Table   *pages.Table
	Bulk    *bulkForm
	Pager   *pages.Pager
}

// bulkForm moves the applications that are chosen in the list. Its buttons lead to different addresses.
type bulkForm struct {
	Opened  pages.Opened
	Options []option
	Next    string
}

// OpenFor notes for whom the list is shown.
func (f *bulkForm) OpenFor(o pages.Opened) { f.Opened = o }

func (p *Pages) showApplications(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t, a := r.Context(), p.Tenant(r.Context(), u), askedApplications(r)
	filter, err := p.Store.Pipeline.LookUp(ctx, t, a.filter())
	if err != nil {
		return err
	}
	// Of a large tenant they take longer than the rest of the page, and so they are counted beside it.
	counted := sync.OnceValues(func() (map[board.ApplicationStatus]int, error) { return p.Store.Pipeline.CountByStatus(ctx, t, filter) })
	go func() { _, _ = counted() }()
	jobs, err := p.jobOptions(ctx, t, a.jobID)
	if err != nil {
		return err
	}
	read, err := p.readApplications(ctx, t, a, filter)
	if err != nil {
		return err
	}
	counts := stageCounts{atLeast: filter.Common()}
	if counts.by, err = counted(); err != nil {
		return err
	}
	l := applicationList{Head: pages.Head{Title: "Applications"}, Tabs: applicationTabs(a, counts), Filters: applicationFilters(a, jobs)}
	mayMove := u.Role.May(board.RightWork)
	if a.list {
		p.fillList(read.page, a, counts, mayMove, &l)
	} else {
		p.fillBoard(read.columns, a, counts, mayMove, &l)
	}
	return p.Show(w, r, http.StatusOK, "applications", member.Page{Title: "Applications", Section: "applications", User: &u, Main: l})
}

// shownApplications are those of a page of the list, or those of the board.
type shownApplications struct {
	page    pg.Page[pipeline.Application]
	columns map[board.ApplicationStatus][]pipeline.Application
}

func (p *Pages) readApplications(ctx context.Context, t board.Tenant, a applicationsAsked, filter pipeline.ApplicationFilter) (read shownApplications, err error) {
	if a.list {
		read.page, err = p.Store.Pipeline.Applications(ctx, t, pipeline.ApplicationQuery{
			ApplicationFilter: filter, Sort: pg.NewestFirst, Offset: (a.number - 1) * applicationsOnPage, Limit: applicationsOnPage, Uncounted: true,
		})
		return read, err
	}
	filter.Statuses = stages()
	read.columns, err = p.Store.Pipeline.NewestByStatus(ctx, t, filter, cardsInColumn)
	return read, err
}

// jobOptions are the newest jobs to choose from, and the chosen one.
func (p *Pages) jobOptions(ctx context.Context, t board.Tenant, chosen int64) ([]option, error) {
	names, err := p.Store.Jobs.Names(ctx, t, jobsToChoose, chosen)
	if err != nil {
		return nil, err
	}
	options := []option{{Label: "All jobs", Checked: chosen == 0}}
	for _, j := range names {
		label := j.Title
		if j.Reference != "" {
			label += " · " + j.Reference
		}
		options = append(options, option{Value: strconv.FormatInt(j.ID, 10), Label: label, Checked: j.ID == chosen})
	}
	if chosen != 0 && !slices.ContainsFunc(options, func(o option) bool { return o.Checked }) {
		options = append(options, option{Value: strconv.FormatInt(chosen, 10), Label: "A job that is not here", Checked: true})
	}
	return options, nil
}

// stageCounts are how many applications are in each stage, or at least are there.
type stageCounts struct {
	by      map[board.ApplicationStatus]int
	atLeast bool
}

// of is how many are in a stage, or in all of them for "".
func (c stageCounts) of(s board.ApplicationStatus) int {
	if s != "" {
		return c.by[s]
	}
	all := 0
	for _, n := range c.by {
		all += n
	}
	return all
}

// text is a number as a tab or a column has it.
func (c stageCounts) text(n int) string {
	if c.atLeast {
		return pages.AtLeast(n)
	}
	return strconv.Itoa(n)
}

func applicationTabs(a applicationsAsked, counts stageCounts) pages.Tabs {
	tabs := pages.Tabs{Label: "Applications", Tabs: []pages.Tab{{Text: "Board", Path: applicationsAsked{jobID: a.jobID, words: a.words}.address(), Current: !a.list}}}
	add := func(text string, s board.ApplicationStatus) {
		tabs.Tabs = append(tabs.Tabs, pages.Tab{
			Text: text, Path: applicationsAsked{list: true, status: s, jobID: a.jobID, words: a.words}.address(), Count: counts.text(counts.of(s)), Current: a.list && a.status == s,
		})
	}
	add("List", "")
	for _, s := range board.AllApplicationStatuses() {
		add(string(s), s)
	}
	return tabs
}

func applicationFilters(a applicationsAsked, jobs []option) pages.Filters {
	f := pages.Filters{Action: applicationsPath, Hidden: map[string]string{}, Fields: []*field{
		{ID: "q", Label: "Name, email address or skill", Kind: "search", Value: a.words, MaxLength: 200},
		{ID: "job", Label: "Job", Kind: "select", Options: jobs},
	}}
	if a.list {
		f.Hidden["view"] = "list"
	}
	if a.status != "" {
		f.Hidden["status"] = string(a.status)
	}
	if a.words != "" || a.jobID != 0 {
		f.Clear = applicationsAsked{list: a.list, status: a.status}.address()
	}
	return f
}

func (p *Pages) fillList(found pg.Page[pipeline.Application], a applicationsAsked, counts stageCounts, mayMove bool, l *applicationList) {
	table := pages.Table{Caption: "Applications", Empty: noApplications(a), Columns: []pages.Column{
		{Name: "Person"}, {Name: "Job"}, {Name: "Stage"}, {Name: "Rating"}, {Name: "Applied"}, {Name: "Changed"},
	}}
	if mayMove {
		table.Columns = append(table.Columns, pages.Column{Name: "Choose"})
	}
	for _, x := range found.Items {
		cells := []pages.Cell{
			{Text: personOf(x), Path: applicationPath(x.ID), Opens: true, Sub: x.Applicant.Email}, {Text: x.JobTitle}, {Tags: []pages.Tag{statusTag(x.Status)}},
			{Text: ratingText(x.Rating)}, {When: new(pages.MomentOf(x.AppliedAt, p.Now()))}, {When: new(pages.MomentOf(x.UpdatedAt, p.Now()))},
		}
		if mayMove {
			cells = append(cells, pages.Cell{Check: &pages.Check{Form: "bulk", Name: "id", Value: moving(x), Label: "Choose " + personOf(x)}})
		}
		table.Rows = append(table.Rows, pages.Row{Faded: x.Erased || x.Status == board.ApplicationRejected || x.Status == board.ApplicationWithdrawn, Cells: cells})
	}
	l.Table, l.Pager = &table, applicationPager(a, counts, len(found.Items), found.More)
	if mayMove && len(found.Items) > 0 {
		l.Bulk = &bulkForm{Next: a.address()}
		for _, s := range board.AllApplicationStatuses() {
			l.Bulk.Options = append(l.Bulk.Options, option{Value: string(s), Label: string(s), Checked: s == board.ApplicationScreened})
		}
	}
}

func applicationPager(a applicationsAsked, counts stageCounts, shown int, more bool) *pages.Pager {
	page := pages.NumberedPage{Number: a.number, Size: applicationsOnPage, Total: counts.of(a.status), Shown: shown}
	switch last := (a.number-1)*applicationsOnPage + shown; {
	case !counts.atLeast:
	case more:
		page.Total = max(page.Total, last+1)
		page.Items = "more than " + pages.Count(max(pages.Rounded(page.Total), last), "application")
	case shown > 0:
		page.Total = last
	}
	if page.Items == "" {
		page.Items = pages.Count(page.Total, "application")
	}
	return page.Pager(func(number int) string {
		a.number = number
		return a.address()
	})
}

func noApplications(a applicationsAsked) *pages.Empty {
	if a.words != "" || a.jobID != 0 {
		return &pages.Empty{Title: "No application is like that", Text: "Look for a name, an email address or a skill, or choose another job.", Actions: []pages.Action{{Label: "Show all", Path: applicationsAsked{list: a.list}.address()}}}
	}
	if a.status != "" {
		return &pages.Empty{Title: "No application is here", Text: "None of the applications is in this stage now."}
	}
	return &pages.Empty{Title: "No application yet", Text: "Publish a job. Who applies for it appears here.", Actions: []pages.Action{{Label: "Jobs", Path: "/employer/jobs"}}}
}

// moving names an application in a form, with the status that is shown.
func moving(x pipeline.Application) string {
	return strconv.FormatInt(x.ID, 10) + ":" + string(x.Status)
}

func applicationPath(id int64) string { return applicationsPath + "/" + strconv.FormatInt(id, 10) }

func candidatePath(id int64) string { return "/employer/candidates/" + strconv.FormatInt(id, 10) }

// personOf is the name of who applied.
func personOf(x pipeline.Application) string {
	if x.Erased {
		return "Erased person"
	}
	return nameOr(x.Applicant.FirstName, x.Applicant.LastName, x.Applicant.Email)
}

// nameOr is a name, or what stands for it when it is blank.
func nameOr(first, last, otherwise string) string {
	if name := strings.TrimSpace(first + " " + last); name != "" {
		return name
	}
	if otherwise != "" {
		return otherwise
	}
	return "Somebody without a name"
}

func ratingText(rating int) string {
	if rating == 0 {
		return ""
	}
	return strconv.Itoa(rating) + " of " + strconv.Itoa(board.MaxRating)
}

func statusTag(s board.ApplicationStatus) pages.Tag {
	tag := pages.Tag{Text: string(s)}
	switch s {
	case board.ApplicationNew:
		tag.Tone = pages.Accent
	case board.ApplicationHired, board.ApplicationOffered:
		tag.Tone = pages.Good
	case board.ApplicationRejected:
		tag.Tone = pages.Bad
	case board.ApplicationWithdrawn:
		tag.Tone = pages.Warn
	case board.ApplicationScreened, board.ApplicationInterviewed:
	}
	return tag
}
