package site

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"itmanagerjobs/server/intake"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

const (
	pageSize = 20
	// maxPage and maxQuery bound what a visitor can ask of the database.
	maxPage  = 5000
	maxQuery = 200 // characters
	maxWords = 10
)

// jobList is the page of the list.
type jobList struct {
	Query    string
	Total    int
	Listings []board.Listing
	// Number is that of the page, Last that of the last one.
	Number, Last int
	// Previous and Next are addresses, empty where there is none.
	Previous, Next string
}

// showJobs lists the open jobs, those with all the words of q. What makes no sense in the address is passed over: it
// was written by hand, or by a mail program.
func (s *Site) showJobs(w http.ResponseWriter, r *http.Request) error {
	given := r.URL.Query()
	list := jobList{Query: cut(strings.TrimSpace(strings.ToValidUTF8(given.Get("q"), "")), maxQuery), Number: 1}
	if n, err := strconv.Atoi(given.Get("page")); err == nil && n >= 1 && n <= maxPage {
		list.Number = n
	}
	words := strings.Fields(list.Query)
	found, err := s.Jobs.SearchJobs(r.Context(), board.JobSearch{
		Words: words[:min(len(words), maxWords)], Offset: (list.Number - 1) * pageSize, Limit: pageSize,
	})
	if err != nil {
		return err
	}
	list.Total, list.Listings = found.Total, found.Listings
	list.Last = min(max(1, (found.Total+pageSize-1)/pageSize), maxPage)
	if list.Number > 1 {
		list.Previous = listAddress(list.Query, min(list.Number-1, list.Last))
	}
	if list.Number < list.Last {
		list.Next = listAddress(list.Query, list.Number+1)
	}
	pg := page{Title: "Jobs in IT management", Main: list}
	if list.Query == "" { // the results of searches are endless
		pg.Canonical = s.PublicURL + listAddress("", list.Number)
		pg.Description = "Open jobs for IT managers."
	} else {
		pg.Title = list.Query + " – jobs"
	}
	return s.render(w, r, http.StatusOK, "jobs", pg)
}

func listAddress(query string, number int) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if number > 1 {
		v.Set("page", strconv.Itoa(number))
	}
	if len(v) == 0 {
		return "/jobs"
	}
	return "/jobs?" + v.Encode()
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// jobPage is the page of a job.
type jobPage struct {
	board.Listing

	Description template.HTML
	// Posting is the job as schema.org's JobPosting.
	Posting map[string]any
	// Form is nil for a job that is applied for elsewhere: at Forward, which counts and sends on.
	Form    *pages.Form
	Forward string
}

func jobPath(id int64) string { return "/jobs/" + strconv.FormatInt(id, 10) }

// jobURL is the public address of a job's page, as feed and markup name it.
func (s *Site) jobURL(id int64) string { return s.PublicURL + jobPath(id) }

// listing reads the job of the path. Errors: not_found; those of board.Job.OpenFor, with the job beside them.
func (s *Site) listing(r *http.Request) (board.Listing, error) {
	text := r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text { // one job has one address
		return board.Listing{}, errNoPage
	}
	l, err := s.Jobs.PublicJob(r.Context(), id)
	if err != nil {
		return board.Listing{}, err
	}
	return l, l.Job.OpenFor(s.Now())
}

func (s *Site) showJobPage(w http.ResponseWriter, r *http.Request) error {
	l, err := s.listing(r)
	if err != nil {
		if l.Job.Status == board.JobExpired || l.Job.Status == board.JobActive || l.Job.Status == board.JobDeactivated {
			return s.showGone(w, r, l)
		}
		return err
	}
	if isView(r) {
		s.Jobs.CountView(l.Job.ID, session.CallerAddress(r), r.UserAgent())
	}
	return s.showJob(w, r, http.StatusOK, l, intake.ApplyForm(l.Job))
}

// showJob shows a job with its apply form, which may be one that was sent and has something wrong in it.
func (s *Site) showJob(w http.ResponseWriter, r *http.Request, status int, l board.Listing, form *pages.Form) error {
	main := jobPage{Listing: l, Posting: publication.JobPosting(l.Job, l.Employer, s.jobURL(l.Job.ID)), Form: form}
	pg := page{Title: l.Job.Title + " – " + l.Employer, Canonical: s.jobURL(l.Job.ID), Failed: form != nil && form.Failed()}
	if form == nil {
		main.Forward = jobPath(l.Job.ID) + "/apply"
	}
	if d := l.Job.Description; d != nil {
		main.Description = template.HTML(*d) //nolint:gosec // it is kept as SanitizeDescription made it
		pg.Description = cut(strings.ReplaceAll(board.PlainText(*d), "\n", " "), 160)
	}
	pg.Main = main
	return s.render(w, r, status, "job", pg)
}

// showGone tells that a job was here. Search engines take it off their lists for the status.
func (s *Site) showGone(w http.ResponseWriter, r *http.Request, l board.Listing) error {
	return s.render(w, r, http.StatusGone, "gone", page{Title: "This job is no longer open", Failed: true, Main: l})
}
