package styleguide

import (
	"time"

	"itmanagerjobs/server/pages"
)

// samples are the components with invented contents.
type samples struct {
	Colours  []string
	Head     pages.Head
	Actions  []pages.Action
	Tags     []pages.Tag
	Notices  []pages.Notice
	Stats    []pages.Stat
	Tabs     pages.Tabs
	Filters  pages.Filters
	Table    pages.Table
	None     pages.Table
	Pager    pages.Pager
	Panel    pages.Panel
	Board    *pages.Board
	Timeline pages.Timeline
	Steps    []pages.Step
	Code     pages.Code
	Dialogs  []pages.Dialog
	Form     *pages.Form
	Wrong    *pages.Form
}

func sampleAll(now time.Time) samples {
	return samples{
		Colours: []string{
			"ground", "surface", "raised", "ink", "soft", "line", "control", "accent", "accent-hover", "on-accent", "tint", "tint-ink",
			"good", "good-ground", "warn", "warn-ground", "bad", "bad-ground", "plain", "plain-ground", "code-ground", "code-ink",
		},
		Head: pages.Head{
			Title: "Head of IT", Back: &pages.Link{Text: "Jobs", Path: "#tables"}, About: "London, United Kingdom · reference NW-104",
			Tags: []pages.Tag{{Text: "Published", Tone: pages.Good}},
			Actions: []pages.Action{
				{Label: "Preview", Icon: "eye", Path: "#stats"}, {Label: "Close the job", Opens: "close-job", Look: "danger"},
				{Label: "Edit", Icon: "edit", Path: "#forms", Look: "primary"},
			},
		},
		Actions: []pages.Action{
			{Label: "Post a job", Icon: "plus", Path: "#forms", Look: "primary"}, {Label: "Search CVs", Path: "#tables"},
			{Label: "Revoke", Of: "the key Bullhorn", Look: "danger", Opens: "close-job"}, {Label: "Show all", Look: "quiet", Path: "#tables"},
			{Label: "Resend", Post: "/styleguide", Little: true}, {Label: "Duplicate", Icon: "copy", Post: "/styleguide", Little: true},
		},
		Tags: []pages.Tag{{Text: "Draft"}, {Text: "Published", Tone: pages.Good}, {Text: "Expires in 3 days", Tone: pages.Warn}, {Text: "503", Tone: pages.Bad}, {Text: "You", Tone: pages.Accent}},
		Notices: []pages.Notice{
			{Text: "Applications are kept for two years.", Link: &pages.Link{Text: "Read why", Path: "#notices"}},
			{Tone: pages.Good, Text: "The team has a new member."},
			{Tone: pages.Warn, Text: "You have 2 job credits left.", Link: &pages.Link{Text: "Buy more", Path: "#notices"}},
			{Tone: pages.Bad, Text: "The webhook to ats.example.com failed 6 times in a row."},
		},
		Board: &pages.Board{Label: "Applications by stage", Columns: []pages.BoardColumn{
			{Name: "New", Value: "New", Count: "600+", More: &pages.Link{Text: "All 600+", Path: "#board"}, Cards: []pages.BoardCard{
				{
					ID: "card-1", Title: "Grace Hopper", Path: "#board", Sub: "Head of IT", When: new(pages.MomentOf(now.Add(-3*time.Hour), now)), Tags: []pages.Tag{{Text: "4 of 5", Tone: pages.Accent}},
					Move: &pages.BoardMove{Post: "/styleguide", Options: []pages.Option{{Value: "Screened", Label: "Screened"}, {Value: "Hired", Label: "Hired"}}},
				},
				{ID: "card-2", Title: "Ada Lovelace", Path: "#board", Sub: "Somebody who only looks sees no form", When: new(pages.MomentOf(now.Add(-30*time.Hour), now))},
			}},
			{Name: "Screened", Value: "Screened", Count: "0"}, {Name: "Hired", Value: "Hired", Count: "0"},
		}},
		Stats: []pages.Stat{
			{Name: "Live jobs", Figure: "9", More: "2 expire this week"},
			{Name: "Failed, 24 h", Figure: "6", Tone: pages.Bad, More: "of 412 deliveries"},
			{Name: "Job credits", Figure: "15", More: "6 used in 30 days ·", Link: &pages.Link{Text: "Buy more", Path: "#stats"}},
			{Name: "Contract", Figure: "Unlimited until 31 March", Words: true},
			{Name: "Webhook success, 24 h", Figure: "98.6%", Sparkline: &pages.Sparkline{Label: "Deliveries by hour: most between 9 and 11, six failures at 10", Bars: []pages.Bar{
				{Value: 31}, {Value: 36}, {Value: 27}, {Value: 15, Tone: pages.Bad}, {Value: 40}, {Value: 0}, {Value: 39},
			}}},
		},
		Tabs: pages.Tabs{Label: "States of jobs", Tabs: []pages.Tab{
			{Text: "Published", Path: "#tabs", Count: "9", Current: true}, {Text: "Drafts", Path: "#tabs", Count: "3"}, {Text: "Expired", Path: "#tabs", Count: "41"}, {Text: "All", Path: "#tabs"},
		}},
		Filters: pages.Filters{Action: "/styleguide", Clear: "/styleguide", Fields: []*pages.Field{
			{ID: "find", Label: "Title, reference or place", Kind: "search", Value: "IT manager", MaxLength: 200},
			{ID: "order", Label: "Order", Kind: "select", Options: []pages.Option{{Value: "new", Label: "Newest first"}, {Value: "old", Label: "Oldest first", Checked: true}}},
			{ID: "since", Label: "Changed since", Kind: "date"},
		}},
		Table: jobTable(now),
		None:  pages.Table{Empty: &pages.Empty{Title: "No job is published", Text: "A published job is on the public pages for 30 days.", Actions: []pages.Action{{Label: "Post a job", Icon: "plus", Path: "#forms", Look: "primary"}}}},
		Pager: pages.Pager{Shown: "26–50 of 312 jobs", Previous: "#tables", Next: "#tables"},
		Panel: pages.Panel{ID: "panel-title", Title: "Delivery 88001", Close: "#tables"},
		Timeline: pages.Timeline{
			{Text: "Moved to Interviewed", Detail: "by dana@northwind.example: “Strong on budgets”", When: new(pages.MomentOf(now.Add(-3*time.Hour), now)), Tone: pages.Good},
			{Text: "The answer was 503", Detail: "attempt 3 of 8, next in 12 minutes", When: new(pages.MomentOf(now.Add(-26*time.Hour), now)), Tone: pages.Bad},
			{Text: "Applied", When: new(pages.MomentOf(now.AddDate(0, 0, -4), now))},
		},
		Steps: []pages.Step{
			{Text: "Create an account", Done: true}, {Text: "Make the first call with a test key", Done: true, Note: "3 minutes after sign-up"},
			{Text: "Receive your first webhook", Path: "#code"}, {Text: "Invite a teammate", Path: "#dialogs"},
		},
		Code: pages.Code{Title: "First call, with your test key", Text: "curl https://api.example.com/api/v1/jobs \\\n  -H \"Authorization: Bearer pk_test_…x4vr\"", Copy: "Copy the call"},
		Dialogs: []pages.Dialog{
			{ID: "close-job", Title: "Close this job?", Text: "Candidates can't apply any more. Its 14 applications stay. A closed job can't be opened again.", Post: "/styleguide", Label: "Close the job", Danger: true},
			{ID: "move", Title: "Move to Rejected", Form: &pages.Form{Action: "/styleguide", Submit: "Move", Fields: []*pages.Field{
				{ID: "reason", Label: "Reason", Kind: "textarea", Rows: 3, Hint: "The team sees it, the candidate does not.", Optional: true},
			}}},
		},
		Form: sampleForm("", ""), Wrong: wrongForm(),
	}
}

func jobTable(now time.Time) pages.Table {
	row := func(title, sub string, tag pages.Tag, salary, applications string, expires time.Duration) pages.Row {
		return pages.Row{Cells: []pages.Cell{
			{Text: title, Path: "#tables", Opens: true, Sub: sub}, {Tags: []pages.Tag{tag}}, {Text: salary}, {Text: applications},
			{When: new(pages.MomentOf(now.Add(expires), now))}, {Actions: []pages.Action{{Label: "Duplicate", Of: title, Post: "/styleguide", Little: true}}},
		}}
	}
	t := pages.Table{
		Caption: "Jobs", Columns: []pages.Column{{Name: "Job"}, {Name: "Status"}, {Name: "Salary", Number: true}, {Name: "Applications", Number: true}, {Name: "Expires"}, {Unseen: "Actions"}},
		Rows: []pages.Row{
			row("Head of IT", "London · NW-104", pages.Tag{Text: "Published", Tone: pages.Good}, "£95,000 – £115,000", "14", 4*24*time.Hour),
			row("IT Operations Manager", "Canary Wharf", pages.Tag{Text: "Published", Tone: pages.Good}, "£72,000 – £80,000", "1,204", 20*24*time.Hour),
			row("Group IT Manager with a title that goes on for longer than its column is wide", "Reading", pages.Tag{Text: "Draft"}, "£65,000", "0", 29*24*time.Hour),
			row("Infrastructure Manager", "Remote, UK", pages.Tag{Text: "Expired"}, "", "7", -50*24*time.Hour),
		},
	}
	t.Rows[0].Cells[3].Sparkline = &pages.Sparkline{Label: "Applications by day: 3, none, 6, 5", Bars: []pages.Bar{{Value: 3}, {Value: 0}, {Value: 6, Tone: pages.Bad}, {Value: 5}}}
	t.Rows[1].Chosen, t.Rows[3].Faded = true, true
	return t
}
