package hiring

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

const (
	jobsOnPage = 25
	maxOffset  = 5000 // pages
	// Soon is how long before its end a job counts as about to expire.
	Soon = 7 * member.Day
)

// jobOrders are the orders of the list, by their names in its address.
var jobOrders = map[string]pg.Sort{"": pg.NewestFirst, "changed": pg.LastUpdatedFirst, "oldest": pg.OldestFirst}

// jobList is the main part of the page "Jobs".
type jobList struct {
	Head    pages.Head
	Tabs    pages.Tabs
	Filters pages.Filters
	Table   pages.Table
	Pager   *pages.Pager
}

// jobsAsked is what the address of the list asks for.
type jobsAsked struct {
	status board.JobStatus
	words  string
	sort   string
	number int
}

// askedJobs reads the address. What makes no sense in it is passed over: it was written by hand.
func askedJobs(r *http.Request) jobsAsked {
	given := r.URL.Query()
	a := jobsAsked{status: board.JobStatus(given.Get("status")), words: strings.TrimSpace(given.Get("q")), sort: given.Get("sort"), number: 1}
	if !a.status.Valid() {
		a.status = ""
	}
	if len(a.words) > 200 {
		a.words = strings.ToValidUTF8(a.words[:200], "")
	}
	if _, known := jobOrders[a.sort]; !known {
		a.sort = ""
	}
	if n, err := strconv.Atoi(given.Get("page")); err == nil && n > 1 && n <= maxOffset {
		a.number = n
	}
	return a
}

// statuses are those that the list is narrowed to; none for all.
func (a jobsAsked) statuses() []board.JobStatus {
	if a.status == "" {
		return nil
	}
	return []board.JobStatus{a.status}
}

func (a jobsAsked) address() string {
	v := url.Values{}
	for name, value := range map[string]string{"status": string(a.status), "q": a.words, "sort": a.sort} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if a.number > 1 {
		v.Set("page", strconv.Itoa(a.number))
	}
	if len(v) == 0 {
		return "/employer/jobs"
	}
	return "/employer/jobs?" + v.Encode()
}

func (p *Pages) showJobs(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t, a := r.Context(), p.Tenant(r.Context(), u), askedJobs(r)
	counts, err := p.Store.Jobs.Counts(ctx, t, p.Now().Add(Soon))
	if err != nil {
		return err
	}
	words := board.ListWords(a.words)
	found, err := p.Store.Jobs.Jobs(ctx, t, job.Query{
		Filter: job.Filter{Statuses: a.statuses(), Words: words[:min(len(words), 10)]}, Sort: jobOrders[a.sort], Offset: (a.number - 1) * jobsOnPage, Limit: jobsOnPage,
		Uncounted: len(words) == 0,
	})
	if err != nil {
		return err
	}
	if len(words) == 0 {
		found.Total = jobCount(counts, a.status)
	}
	ids := make([]int64, len(found.Items))
	for i, j := range found.Items {
		ids[i] = j.ID
	}
	applications, err := p.Store.Pipeline.CountByJob(ctx, t, ids)
	if err != nil {
		return err
	}
	views, err := p.Store.Jobs.ViewsByJob(ctx, t, ids)
	if err != nil {
		return err
	}
	list := jobList{
		Head: pages.Head{Title: "Jobs"}, Tabs: jobTabs(a, counts), Filters: jobFilters(a),
		Table: p.jobTable(found.Items, applications, views, u.Role.May(board.RightWork)), Pager: jobPager(a, found.Total, len(found.Items)),
	}
	if u.Role.May(board.RightWork) {
		list.Head.Actions = []pages.Action{{Label: "Post a job", Icon: "plus", Path: "/employer/jobs/new", Look: "primary"}}
	}
	list.Table.Empty = noJobs(a, pages.Plain(list.Head.Actions))
	return p.Show(w, r, http.StatusOK, "jobs", member.Page{Title: "Jobs", Section: "jobs", User: &u, Main: list})
}

func noJobs(a jobsAsked, actions []pages.Action) *pages.Empty {
	if a.words != "" {
		return &pages.Empty{Title: "No job matches “" + a.words + "”", Text: "Look for a title, your reference or a city.", Actions: []pages.Action{{Label: "Show all jobs", Path: "/employer/jobs"}}}
	}
	if a.status != "" {
		return &pages.Empty{Title: "No job is here", Text: "None of your jobs is in this state now."}
	}
	return &pages.Empty{Title: "Post your first job", Text: "A draft is free. You see it as candidates will, and publish it when it is ready.", Actions: actions}
}

func jobTabs(a jobsAsked, c job.Counts) pages.Tabs {
	tabs := pages.Tabs{Label: "Jobs by state"}
	for _, status := range []board.JobStatus{"", board.JobActive, board.JobDraft, board.JobExpired, board.JobDeactivated} {
		name := "All"
		if status != "" {
			name = jobStatusName(status)
		}
		tabs.Tabs = append(tabs.Tabs, pages.Tab{
			Text: name, Path: jobsAsked{status: status, words: a.words, sort: a.sort}.address(), Count: strconv.Itoa(jobCount(c, status)), Current: status == a.status,
		})
	}
	return tabs
}

// jobCount is how many jobs are in a state, or in any for none.
func jobCount(c job.Counts, s board.JobStatus) int {
	switch s {
	case board.JobActive:
		return c.Active
	case board.JobDraft:
		return c.Draft
	case board.JobExpired:
		return c.Expired
	case board.JobDeactivated:
		return c.Deactivated
	}
	return c.Draft + c.Active + c.Expired + c.Deactivated
}

func jobFilters(a jobsAsked) pages.Filters {
	f := pages.Filters{Action: "/employer/jobs", Hidden: map[string]string{}, Fields: []*pages.Field{
		{ID: "q", Label: "Title, reference or city", Kind: "search", Value: a.words, MaxLength: 200},
		{ID: "sort", Label: "Order", Kind: "select", Options: []pages.Option{
			{Value: "", Label: "Newest first", Checked: a.sort == ""}, {Value: "changed", Label: "Last changed first", Checked: a.sort == "changed"}, {Value: "oldest", Label: "Oldest first", Checked: a.sort == "oldest"},
		}},
	}}
	if a.status != "" {
		f.Hidden["status"] = string(a.status)
	}
	if a.words != "" || a.sort != "" {
		f.Clear = jobsAsked{status: a.status}.address()
	}
	return f
}

func jobPager(a jobsAsked, total, shown int) *pages.Pager {
	page := pages.NumberedPage{Number: a.number, Size: jobsOnPage, Total: total, Shown: shown, Items: pages.Count(total, "job")}
	return page.Pager(func(number int) string {
		a.number = number
		return a.address()
	})
}

func (p *Pages) jobTable(jobs []board.Job, applications map[int64]pipeline.JobApplications, views map[int64]job.Views, mayEdit bool) pages.Table {
	t := pages.Table{Caption: "Jobs", Columns: []pages.Column{
		{Name: "Job"}, {Name: "State"}, {Name: "Salary"}, {Name: "Views", Number: true}, {Name: "Applications", Number: true}, {Name: "Runs until"}, {Name: "Changed"},
	}}
	if mayEdit {
		t.Columns = append(t.Columns, pages.Column{Unseen: "Actions"})
	}
	for _, j := range jobs {
		count := applications[j.ID]
		applied := pages.Cell{Text: strconv.Itoa(count.All)}
		if count.Unseen > 0 {
			applied.Tags = []pages.Tag{{Text: strconv.Itoa(count.Unseen) + " new", Tone: pages.Accent}}
		}
		cells := []pages.Cell{
			{Text: j.Title, Path: JobPath(j.ID), Opens: true, Sub: JobLine(j)}, {Tags: []pages.Tag{p.JobTag(j)}}, {Text: salaryText(j)}, viewsCell(j, views[j.ID], count.All), applied,
			{When: p.RunsUntil(j)}, {When: new(pages.MomentOf(j.UpdatedAt, p.Now()))},
		}
		if mayEdit {
			cells = append(cells, pages.Cell{Actions: p.rowActions(j)})
		}
		t.Rows = append(t.Rows, pages.Row{Faded: j.Status == board.JobDeactivated, Cells: cells})
	}
	return t
}

// viewsCell shows how often the page of a job was opened. A job that was never public has none.
func viewsCell(j board.Job, v job.Views, applied int) pages.Cell {
	if j.PostedDate == nil || j.Mode == board.ModeTest {
		return pages.Cell{}
	}
	return pages.Cell{Text: strconv.Itoa(v.All), Sparkline: viewsLine(v), Sub: appliedText(applied, v.All)}
}

// viewsLine shows the views of each day; nil when there are none.
func viewsLine(v job.Views) *pages.Sparkline {
	if v.Recent() == 0 {
		return nil
	}
	line := &pages.Sparkline{Label: pages.Count(v.Recent(), "view") + " in the last " + strconv.Itoa(job.ViewDays) + " days, by day"}
	for _, n := range v.Days {
		line.Bars = append(line.Bars, pages.Bar{Value: float64(n)})
	}
	return line
}

// appliedText tells how many of those who looked at a job applied for it. Applications that came another way, by email or
// from a partner, can make it more than all.
func appliedText(applied, views int) string {
	if views == 0 {
		return ""
	}
	return strconv.Itoa((applied*100+views/2)/views) + "% applied"
}

func (p *Pages) rowActions(j board.Job) []pages.Action {
	if j.Status == board.JobDeactivated {
		return []pages.Action{{Label: "Duplicate", Of: j.Title, Post: JobPath(j.ID) + "/duplicate", Values: map[string]string{"form": p.NewID()}, Little: true}}
	}
	return []pages.Action{{Label: "Edit", Of: j.Title, Path: JobPath(j.ID) + "/edit", Little: true}}
}

// JobPath is the address of the page of a job.
func JobPath(id int64) string { return "/employer/jobs/" + strconv.FormatInt(id, 10) }

// jobID reads the id in the path.
func jobID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, member.ErrNoPage
	}
	return id, nil
}

// JobLine says in a line where a job is and what it is like.
func JobLine(j board.Job) string {
	line := pages.Place(j)
	if j.Reference != nil {
		if line != "" {
			line += " · "
		}
		line += *j.Reference
	}
	return line
}

func salaryText(j board.Job) string {
	if j.Salary == nil {
		return ""
	}
	return pages.SalaryText(*j.Salary)
}

// RunsUntil is when candidates stop finding a job; nil for one that is not published.
func (p *Pages) RunsUntil(j board.Job) *pages.Moment {
	if j.Status != board.JobActive && j.Status != board.JobExpired {
		return nil
	}
	return pages.MomentOrNil(j.ExpiryDate, p.Now())
}

// JobTag is the state of a job. One that is over, and not marked yet, is shown as expired.
func (p *Pages) JobTag(j board.Job) pages.Tag {
	tag := pages.Tag{Text: jobStatusName(j.Status)}
	if j.Status == board.JobActive && j.ExpiryDate != nil {
		switch left := j.ExpiryDate.Sub(p.Now()); {
		case left <= 0:
			tag.Text = jobStatusName(board.JobExpired)
		case left < Soon:
			tag.Text, tag.Tone = "Expires "+pages.Relative(*j.ExpiryDate, p.Now()), pages.Warn
		default:
			tag.Tone = pages.Good
		}
	}
	return tag
}

func jobStatusName(s board.JobStatus) string {
	switch s {
	case board.JobDraft:
		return "Draft"
	case board.JobActive:
		return "Published"
	case board.JobExpired:
		return "Expired"
	case board.JobDeactivated:
		return "Closed"
	}
	return string(s)
}

// endOfDay is the moment at which a day that somebody chose is over, in UTC. ok is false for what is no date.
func endOfDay(chosen string) (end time.Time, ok bool) {
	date, err := time.Parse(time.DateOnly, strings.TrimSpace(chosen))
	if err != nil {
		return time.Time{}, false
	}
	return date.AddDate(0, 0, 1), true
}
