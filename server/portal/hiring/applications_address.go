package hiring

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// applicationsAsked is what the address of the page asks for.
type applicationsAsked struct {
	list   bool
	status board.ApplicationStatus
	jobID  int64
	words  string
	number int
}

func askedApplications(r *http.Request) applicationsAsked {
	given := r.URL.Query()
	a := applicationsAsked{
		list: given.Get("view") == "list", status: board.ApplicationStatus(given.Get("status")), number: 1,
		words: strings.TrimSpace(given.Get("q")),
	}
	if len(a.words) > 200 {
		a.words = strings.ToValidUTF8(a.words[:200], "")
	}
	if !a.status.Valid() || !a.list {
		a.status = ""
	}
	if id, err := strconv.ParseInt(given.Get("job"), 10, 64); err == nil && id > 0 {
		a.jobID = id
	}
	if n, err := strconv.Atoi(given.Get("page")); a.list && err == nil && n > 1 && n <= maxOffset {
		a.number = n
	}
	return a
}

const applicationsPath = "/employer/applications"

func (a applicationsAsked) address() string {
	v := url.Values{}
	if a.list {
		v.Set("view", "list")
	}
	if a.status != "" {
		v.Set("status", string(a.status))
	}
	if a.jobID != 0 {
		v.Set("job", strconv.FormatInt(a.jobID, 10))
	}
	if a.words != "" {
		v.Set("q", a.words)
	}
	if a.number > 1 {
		v.Set("page", strconv.Itoa(a.number))
	}
	if len(v) == 0 {
		return applicationsPath
	}
	return applicationsPath + "?" + v.Encode()
}

func (a applicationsAsked) filter() pipeline.ApplicationFilter {
	words := board.ListWords(a.words)
	f := pipeline.ApplicationFilter{JobID: a.jobID, Words: words[:min(len(words), 10)]}
	if a.status != "" {
		f.Statuses = []board.ApplicationStatus{a.status}
	}
	return f
}
