package desk

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/outbox"
)

// lateAfter is how long a delivery may be due until the queue is behind.
const lateAfter = time.Minute

// lag is the figure of how far behind the queue is.
func (d *Desk) lag(h outbox.Health) pages.Stat {
	s := pages.Stat{Name: "Oldest due delivery", Figure: "None", Words: true, Tone: pages.Good, More: "Nothing is late."}
	if h.OldestDue != nil {
		late := d.Now().Sub(*h.OldestDue)
		s.Figure, s.More = lateness(late), fmt.Sprintf("%d due, %d queued.", h.Due, h.Queued)
		if late > lateAfter {
			s.Tone = pages.Bad
		} else {
			s.More = "Nothing is late. " + s.More
		}
	}
	s.Link = &pages.Link{Text: "System", Path: "/platform/system"}
	return s
}

// lateness is how long something has waited, in words.
func lateness(d time.Duration) string {
	switch {
	case d < time.Minute:
		return pages.Count(int(d/time.Second), "second")
	case d < time.Hour:
		return pages.Count(int(d/time.Minute), "minute")
	}
	return pages.Count(int(d/time.Hour), "hour")
}

func (d *Desk) showSystem(w http.ResponseWriter, r *http.Request, u account.User) error {
	queue, err := d.Store.Outbox.Health(r.Context())
	if err != nil {
		return err
	}
	db, err := d.Store.DatabaseHealth(r.Context())
	if err != nil {
		return err
	}
	lag := d.lag(queue)
	lag.Link = nil
	t := &pages.Table{Caption: "Partitions", Columns: []pages.Column{{Name: "Table"}, {Name: "Days", Number: true}, {Name: "From"}, {Name: "To"}, {Name: "Rows, estimated", Number: true}}}
	for _, p := range queue.Partitions {
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{{Text: p.Table, Code: true}, {Text: strconv.Itoa(p.Days)}, {Text: p.First}, {Text: p.Last}, {Text: itoa(p.Rows)}}})
	}
	s := screen{
		Head: pages.Head{Title: "System", About: "As this copy of the program sees it now."},
		Stats: []pages.Stat{
			lag, {Name: "Delivered in 24 hours", Figure: itoa(queue.Delivered)},
			{Name: "Given up in 24 hours", Figure: itoa(queue.GivenUp), Link: &pages.Link{Text: "Dead letters", Path: "/platform/dead-letters"}},
			{Name: "Copies that deliver", Figure: itoa(queue.Workers)},
		},
		Sections: []section{
			{Title: "Database", Facts: []fact{
				{Name: "PostgreSQL", Value: db.Server}, {Name: "Size", Value: fmt.Sprintf("%d MB", db.Size>>20)},
				{Name: "Connections in use", Value: fmt.Sprintf("%d of %d, at most %d", db.InUse, db.Open, db.Max)},
				{Name: "Waits for a connection", Value: itoa(db.Waited)},
			}},
			{Title: "Versions", Facts: []fact{{Name: "Program", Value: d.Version}, {Name: "Schema", Value: itoa(db.Schema)}}},
			{Title: "Partitions", Table: t},
		},
	}
	return d.showScreen(w, r, u, s, nil)
}
