package developers

import (
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const requestsOnPage = 50

func requestPath(id int64) string { return "/employer/requests/" + strconv.FormatInt(id, 10) }

// statusClasses are the answers that the log can be narrowed to, by their names in its address.
func statusClasses() []option {
	return []option{
		{Value: "", Label: "All"}, {Value: "failed", Label: "Failed"}, {Value: "2", Label: "2xx, done"}, {Value: "3", Label: "3xx, unchanged"},
		{Value: "4", Label: "4xx, refused"}, {Value: "5", Label: "5xx, our fault"},
	}
}

// requestsAsked is what the address of the log asks for; what makes no sense in it is passed over.
type requestsAsked struct {
	key, status, route, id string
	before                 int64
}

func askedRequests(r *http.Request) requestsAsked {
	given := r.URL.Query()
	short := func(name string, most int) string {
		text := strings.TrimSpace(given.Get(name))
		return text[:min(len(text), most)]
	}
	a := requestsAsked{key: short("key", 20), status: short("status", 10), route: strings.ToValidUTF8(short("route", 200), ""), id: strings.ToValidUTF8(short("id", 128), ""), before: before(r)}
	return a
}

func (a requestsAsked) address(before int64) string {
	values := map[string]string{"key": a.key, "status": a.status, "route": a.route, "id": a.id}
	if before > 0 {
		values["before"] = strconv.FormatInt(before, 10)
	}
	return withQuery("/employer/requests", values)
}

func (a requestsAsked) filter() account.RequestFilter {
	f := account.RequestFilter{RequestID: a.id, Route: a.route, Failed: a.status == "failed", Before: a.before, Limit: requestsOnPage}
	if method, route, both := strings.Cut(a.route, " "); both {
		f.Method, f.Route = strings.ToUpper(method), strings.TrimSpace(route)
	}
	f.KeyID, _ = strconv.ParseInt(a.key, 10, 64)
	if n, err := strconv.Atoi(a.status); err == nil && n >= 2 && n <= 5 {
		f.StatusClass = n
	}
	return f
}

func (p *Pages) showRequests(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t, a := r.Context(), p.Tenant(r.Context(), u), askedRequests(r)
	keys, err := p.Store.Accounts.Keys(ctx, u.EmployerID)
	if err != nil {
		return err
	}
	found, more, err := p.Store.Accounts.Requests(ctx, t, a.filter())
	if err != nil {
		return err
	}
	main := listPage{
		Head:    pages.Head{Title: "Request log", About: "What your keys have asked in the last 7 days, without bodies and values. A request is listed a second or two after its answer."},
		Filters: a.filters(keys, t.Mode), Live: a.before == 0,
		Table: pages.Table{Caption: "Requests", Columns: []pages.Column{
			{Name: "Request"}, {Name: "Answer"}, {Name: "Code"}, {Name: "Took", Number: true}, {Name: "Key"}, {Name: "When"},
		}, Empty: &pages.Empty{Title: "No request yet", Text: "Make the first call with one of your keys: it is listed here.", Actions: []pages.Action{{Label: "Show the keys", Path: "/employer/keys"}}}},
	}
	if t.Mode == board.ModeLive {
		main.Table.Empty.Text = "Make the first call with a live key: it is listed here. What test keys ask is listed in test mode."
	}
	if main.Filters.Clear != "" || a.before > 0 {
		main.Table.Empty = &pages.Empty{Title: "No request is like that", Text: "Choose another key, answer or route. Requests are kept for 7 days, and those without a valid key are not listed."}
	}
	var last int64
	for _, q := range found {
		last = q.ID
		main.Table.Rows = append(main.Table.Rows, pages.Row{Cells: []pages.Cell{
			{Text: q.Method + " " + q.Route, Path: requestPath(q.ID), Opens: true, Sub: q.RequestID}, {Tags: []pages.Tag{requestTag(q.Status)}}, {Text: q.Code},
			{Text: tookText(q.Took)}, {Text: q.KeyName}, {When: new(pages.MomentOf(q.At, p.Now()))},
		}})
	}
	if a.before > 0 || more {
		main.Pager = &pages.Pager{Shown: "The newest requests"}
		if a.before > 0 {
			main.Pager.Shown, main.Pager.Previous = "Older requests", a.address(0)
		}
		if more {
			main.Pager.Next = a.address(last)
		}
	}
	return p.Show(w, r, http.StatusOK, "list", member.Page{Title: "Request log", Section: "requests", User: &u, Main: main})
}

func (a requestsAsked) filters(keys []account.Key, mode board.Mode) *pages.Filters {
	key := &pages.Field{ID: "key", Label: "Key", Kind: "select", Options: []option{{Value: "", Label: "All keys"}}}
	for _, k := range keys {
		if k.Mode == mode {
			value := strconv.FormatInt(k.ID, 10)
			key.Options = append(key.Options, option{Value: value, Label: k.Name + " …" + k.LastFour, Checked: value == a.key})
		}
	}
	status := &pages.Field{ID: "status", Label: "Answer", Kind: "select", Options: statusClasses()}
	status.Choose(a.status)
	f := &pages.Filters{Action: "/employer/requests", Fields: []*pages.Field{
		{ID: "id", Label: "Request id", Kind: "search", Value: a.id, MaxLength: 128}, {ID: "route", Label: "Route, such as GET /api/v1/jobs/:id", Kind: "search", Value: a.route, MaxLength: 200}, key, status,
	}}
	if a != (requestsAsked{before: a.before}) {
		f.Clear = "/employer/requests"
	}
	return f
}

func requestTag(status int) pages.Tag {
	tag := pages.Tag{Text: strconv.Itoa(status), Tone: pages.Good}
	switch {
	case status >= 500:
		tag.Tone = pages.Bad
	case status >= 400:
		tag.Tone = pages.Warn
	case status >= 300:
		tag.Tone = pages.Neutral
	}
	return tag
}

// requestView is the page of one request.
type requestView struct {
	Head  pages.Head
	Stats []pages.Stat
	Facts []member.Fact
	Hint  string
}

func (p *Pages) showRequest(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := numberIn(r, "id")
	if err != nil {
		return err
	}
	q, err := p.Store.Accounts.Request(r.Context(), p.Tenant(r.Context(), u), id)
	if err != nil {
		return err
	}
	v := requestView{
		Head:  pages.Head{Title: q.Method + " " + q.Route, Back: &pages.Link{Text: "Request log", Path: "/employer/requests"}, Tags: []pages.Tag{requestTag(q.Status)}},
		Stats: []pages.Stat{{Name: "Answer", Figure: strconv.Itoa(q.Status), More: q.Code}, {Name: "Took", Figure: tookText(q.Took), Words: true}},
		Facts: []member.Fact{{Name: "Request id", Text: q.RequestID}, {Name: "Key", Text: q.KeyName + " (" + q.PublicKeyID + ")"}, {Name: "Mode", Text: pages.Capital(string(q.Mode))}, {Name: "Time", Text: member.InWords(q.At)}},
	}
	switch {
	case q.Status >= 500:
		v.Hint = "This is our fault. If it stays, tell us the request id: our own log has the cause under it."
	case q.Code == "":
	case q.Status != http.StatusBadRequest:
		v.Hint = "The answer itself said why, in message. It is not kept: send the request again to see it."
	default:
		v.Hint = "The answer itself named every field that was wrong, in errors. It is not kept: send the request again to see it."
	}
	return p.Show(w, r, http.StatusOK, "request", member.Page{Title: v.Head.Title, Section: "requests", User: &u, Main: v})
}
