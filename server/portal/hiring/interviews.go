package hiring

import (
	"net/http"
	"strconv"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

const (
	interviewsPath   = "/employer/interviews"
	interviewsOnPage = 50
	justNow          = 2 * time.Hour // an interview that began so long ago is not past yet
)

// interviewList is the main part of the page "Interviews".
type interviewList struct {
	Head  pages.Head
	Tabs  pages.Tabs
	Days  []interviewDay
	Empty *pages.Empty
	Pager *pages.Pager
}

// interviewDay are the interviews of a day, each in the time zone that it was planned in.
type interviewDay struct {
	Name  string
	Table pages.Table
}

func interviewPath(id int64) string { return interviewsPath + "/" + strconv.FormatInt(id, 10) }

func (p *Pages) showInterviews(w http.ResponseWriter, r *http.Request, u account.User) error {
	past := r.URL.Query().Get("show") == "past"
	number := 1
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 1 && n <= maxOffset {
		number = n
	}
	q := pipeline.InterviewQuery{Offset: (number - 1) * interviewsOnPage, Limit: interviewsOnPage}
	border := p.Now().Add(-justNow)
	if q.From = border; past {
		q.From, q.To, q.LatestFirst = time.Time{}, border, true
	}
	found, err := p.Store.Pipeline.Interviews(r.Context(), p.Tenant(r.Context(), u), q)
	if err != nil {
		return err
	}
	l := interviewList{Head: pages.Head{Title: "Interviews"}, Tabs: pages.Tabs{Label: "Interviews", Tabs: []pages.Tab{
		{Text: "To come", Path: interviewsPath, Current: !past}, {Text: "Past", Path: interviewsPath + "?show=past", Current: past},
	}}}
	for _, i := range found.Items {
		name := localTime(i).Format("Monday, 2 January 2006")
		if len(l.Days) == 0 || l.Days[len(l.Days)-1].Name != name {
			l.Days = append(l.Days, interviewDay{Name: name, Table: p.interviewTable(nil)})
			l.Days[len(l.Days)-1].Table.Caption = "Interviews on " + name
		}
		table := &l.Days[len(l.Days)-1].Table
		table.Rows = append(table.Rows, p.interviewRow(i))
	}
	if len(l.Days) == 0 {
		l.Empty = &pages.Empty{Title: "No interview is planned", Text: "Open an application, and plan an interview there. The person and the interviewers get an invitation for their calendars.", Actions: []pages.Action{{Label: "Applications", Path: applicationsPath}}}
		if past {
			l.Empty = &pages.Empty{Title: "No interview has taken place", Text: "Interviews that are over are listed here."}
		}
	}
	l.Pager = interviewPager(past, number, found.Total, len(found.Items))
	return p.Show(w, r, http.StatusOK, "interviews", member.Page{Title: "Interviews", Section: "interviews", User: &u, Main: l})
}

func interviewPager(past bool, number, total, shown int) *pages.Pager {
	page := pages.NumberedPage{Number: number, Size: interviewsOnPage, Total: total, Shown: shown, Items: pages.Count(total, "interview")}
	return page.Pager(func(number int) string {
		path := interviewsPath + "?page=" + strconv.Itoa(number)
		if past {
			path += "&show=past"
		}
		return path
	})
}

// localTime is when an interview begins, in the time zone that it was planned in.
func localTime(i pipeline.Interview) time.Time {
	zone, err := time.LoadLocation(i.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return i.StartsAt.In(zone)
}

func (p *Pages) interviewTable(list []pipeline.Interview) pages.Table {
	t := pages.Table{
		Caption: "Interviews", Empty: &pages.Empty{Text: "No interview was planned."},
		Columns: []pages.Column{{Name: "Begins"}, {Name: "Person"}, {Name: "Job"}, {Name: "Where"}, {Name: "State"}},
	}
	for _, i := range list {
		row := p.interviewRow(i)
		row.Cells[0].Text = localTime(i).Format("2 January 2006, 15:04")
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (p *Pages) interviewRow(i pipeline.Interview) pages.Row {
	where := i.Location
	if where == "" && i.MeetingURL != "" {
		where = "Video call"
	}
	return pages.Row{Faded: i.Status == board.InterviewCancelled, Cells: []pages.Cell{
		{Text: localTime(i).Format("15:04"), Path: interviewPath(i.ID), Opens: true, Sub: pages.Count(i.DurationMinutes, "minute") + ", " + i.TimeZone},
		{Text: intervieweeOf(i)}, {Text: i.JobTitle}, {Text: where}, {Tags: []pages.Tag{interviewTag(i.Status)}},
	}}
}

func intervieweeOf(i pipeline.Interview) string {
	if i.Erased {
		return "Erased person"
	}
	return nameOr(i.CandidateFirstName, i.CandidateLastName, i.CandidateEmail)
}

func interviewTag(s board.InterviewStatus) pages.Tag {
	switch s {
	case board.InterviewScheduled:
		return pages.Tag{Text: "Planned", Tone: pages.Accent}
	case board.InterviewCompleted:
		return pages.Tag{Text: "Took place", Tone: pages.Good}
	case board.InterviewCancelled:
		return pages.Tag{Text: "Cancelled"}
	case board.InterviewNoShow:
		return pages.Tag{Text: "Nobody came", Tone: pages.Warn}
	}
	return pages.Tag{Text: string(s)}
}
