package portal

import (
	"cmp"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	auditPage = 100
	// auditCSV is how many entries a file has at most; a longer time is asked for in parts.
	auditCSV = 100_000
)

// auditLog is the main part of the page "Audit log".
type auditLog struct {
	Head pages.Head
	// Problem is what is wrong with the filter.
	Problem string
	Filters pages.Filters
	Table   pages.Table
	Pager   *pages.Pager
}

// auditFilter is what was asked for, as it stands in the address.
type auditFilter struct{ Who, Action, Since, Until string }

func (p *Portal) showAudit(w http.ResponseWriter, r *http.Request, u account.User) error {
	var f auditFilter
	q, problem := readAuditFilter(r, u, &f)
	filters, err := p.auditFilters(r, u, f)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	query.Del("before")
	main := auditLog{Problem: problem, Filters: filters, Head: pages.Head{
		Title: "Audit log", About: "Who changed what in this account, by hand or with an API key. Entries are never changed or removed.",
		Actions: []pages.Action{{Label: "Download as CSV", Path: "/employer/audit.csv?" + query.Encode()}},
	}}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	} else {
		q.Limit, q.Newest = auditPage, true
		entries, more, err := p.Store.Accounts.Audit(r.Context(), q)
		if err != nil {
			return err
		}
		main.Table = p.auditTable(entries)
		if more {
			query.Set("before", strconv.FormatInt(entries[len(entries)-1].Number, 10))
			main.Pager = &pages.Pager{Shown: pages.Count(len(entries), "entry"), Next: "/employer/audit?" + query.Encode()}
		}
	}
	return p.Show(w, r, status, "audit", member.Page{Title: "Audit log", Section: "audit", User: &u, Failed: problem != "", Main: main})
}

// auditFilters offers whose entries and which ones may be looked for.
func (p *Portal) auditFilters(r *http.Request, u account.User, f auditFilter) (pages.Filters, error) {
	users, err := p.Store.Accounts.Users(r.Context(), u.EmployerID)
	if err != nil {
		return pages.Filters{}, err
	}
	keys, err := p.Store.Accounts.Keys(r.Context(), u.EmployerID)
	if err != nil {
		return pages.Filters{}, err
	}
	actions, err := p.Store.Accounts.AuditActions(r.Context(), u.EmployerID)
	if err != nil {
		return pages.Filters{}, err
	}
	who := &field{ID: "who", Label: "Who", Kind: "select", Options: []option{{Label: "Everybody"}}}
	for _, user := range users {
		who.Options = append(who.Options, option{Value: fmt.Sprintf("%s/%d", board.AuditUser, user.ID), Label: user.Called()})
	}
	for _, key := range keys {
		who.Options = append(who.Options, option{Value: fmt.Sprintf("%s/%d", board.AuditKey, key.ID), Label: "Key “" + key.Name + "”"})
	}
	what := &field{ID: "action", Label: "What", Kind: "select", Options: []option{{Label: "Everything"}}}
	for _, action := range actions {
		what.Options = append(what.Options, option{Value: action, Label: pages.Capital(auditWords(action))})
	}
	choose(who, f.Who)
	choose(what, f.Action)
	filters := pages.Filters{Action: "/employer/audit", Fields: []*field{
		who, what, {ID: "since", Label: "From (UTC)", Kind: "date", Value: f.Since}, {ID: "until", Label: "To (UTC)", Kind: "date", Value: f.Until},
	}}
	if f != (auditFilter{}) {
		filters.Clear = "/employer/audit"
	}
	return filters, nil
}

// choose marks the option with a value.
func choose(f *field, value string) {
	for i := range f.Options {
		f.Options[i].Checked = f.Options[i].Value == value
	}
}

func (p *Portal) auditTable(entries []account.AuditEntry) pages.Table {
	t := pages.Table{
		Caption: "Audit log", Columns: []pages.Column{{Name: "What"}, {Name: "About"}, {Name: "Who"}, {Name: "From"}, {Name: "When"}},
		Empty: &pages.Empty{Title: "There is no entry like that", Text: "Look for somebody else, for something else, or for another time."},
	}
	for _, e := range entries {
		what := pages.Cell{Text: pages.Capital(auditWords(e.Action)), Strong: true}
		if e.Mode == board.ModeTest {
			what.Tags = []pages.Tag{{Text: "Test", Tone: pages.Warn}}
		}
		who := e.ActorName
		switch e.Actor {
		case board.AuditKey:
			who = "Key “" + e.ActorName + "”"
		case board.AuditOperator:
			who = "The platform"
		case board.AuditUser:
		}
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			what, {Text: objectWords(e.Objects)}, {Text: who}, {Text: e.Address}, {When: new(pages.MomentOf(e.At, p.Now()))},
		}})
	}
	return t
}

// objectNames are the objects of the log in words.
var objectNames = map[string]string{
	"jobs": "job", "applications": "application", "candidates": "person", "interviews": "interview", "keys": "API key", "users": "team member",
	"webhooks": "webhook", "orders": "order", "employers": "the company", "searches": "saved search", "mail-templates": "email template", "proposals": "proposal",
	"inboxes": "inbox", "ai-calls": "AI call", "contact-requests": "message",
}

// objectWords names what an entry is about: "Team member 56, API key 3". An object without a name stays as it is.
func objectWords(objects []string) string {
	words := make([]string, len(objects))
	for i, object := range objects {
		words[i] = object
		kind, id, _ := strings.Cut(object, "/")
		if name, ok := objectNames[kind]; ok && kind == "employers" {
			words[i] = name // it is the reader's own
		} else if ok {
			words[i] = name + " " + id
		}
	}
	return pages.Capital(strings.Join(words, ", "))
}

// readAuditFilter reads the parameters of the address. problem says what is wrong with them.
func readAuditFilter(r *http.Request, u account.User, f *auditFilter) (q account.AuditQuery, problem string) {
	query := r.URL.Query()
	*f = auditFilter{query.Get("who"), query.Get("action"), query.Get("since"), query.Get("until")}
	q = account.AuditQuery{EmployerID: u.EmployerID, Action: f.Action}
	if kind, id, found := strings.Cut(f.Who, "/"); found {
		q.Actor = board.AuditActor(kind)
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || !q.Actor.Valid() {
			return q, "There is nobody like that to look for. Choose somebody from the list."
		}
		q.ActorID = n
	}
	for _, day := range []struct {
		text string
		to   *time.Time
		plus int
	}{{f.Since, &q.Since, 0}, {f.Until, &q.Until, 1}} {
		if day.text == "" {
			continue
		}
		date, err := time.Parse(time.DateOnly, day.text)
		if err != nil {
			return q, "A date must be written such as 2027-01-31."
		}
		*day.to = date.AddDate(0, 0, day.plus)
	}
	if before := query.Get("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil || n < 1 {
			return q, "There is no such page. Look for the newest entries."
		}
		q.Before = n
	}
	return q, ""
}

// downloadAudit gives the entries of a filter as a file, the oldest first.
func (p *Portal) downloadAudit(w http.ResponseWriter, r *http.Request, u account.User) error {
	q, problem := readAuditFilter(r, u, &auditFilter{})
	if problem != "" {
		return board.Errorf(board.CodeInvalidRequest, "%s", problem)
	}
	q.Limit, q.Before = auditCSV, 0
	entries, more, err := p.Store.Accounts.Audit(r.Context(), q)
	if err != nil {
		return err
	}
	if more {
		return board.Errorf(board.CodeInvalidRequest, "A file holds up to %d entries. Choose a shorter time.", auditCSV)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="audit.csv"`)
	out := csv.NewWriter(w)
	rows := [][]string{{"number", "at", "actor", "actorId", "actorName", "action", "mode", "objects", "address", "hash"}}
	for _, e := range entries {
		rows = append(rows, []string{
			strconv.FormatInt(e.Number, 10), e.At.Format(time.RFC3339Nano), string(e.Actor), strconv.FormatInt(e.ActorID, 10), pages.SpreadsheetText(e.ActorName),
			e.Action, string(e.Mode), pages.SpreadsheetText(strings.Join(e.Objects, " ")), e.Address, hex.EncodeToString(e.Hash),
		})
	}
	return out.WriteAll(rows)
}

// auditWords is an action in words: "createKey" is "create key".
func auditWords(action string) string {
	var b strings.Builder
	for _, c := range action {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	words := strings.Fields(b.String())
	for i, word := range words {
		words[i] = cmp.Or(auditWord[word], word)
	}
	return strings.Join(words, " ")
}

// auditWord has what people say, for the words of operations that only programmers say.
var auditWord = map[string]string{"patch": "change", "upsert": "save", "mint": "issue", "ai": "AI", "cv": "CV"}
