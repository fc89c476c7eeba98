package pages

import (
	"maps"
	"slices"
)

// The view models of the components that the templates in templates/components.html and table.html render. They are plain
// values: a page fills them in and hands them to {{template "table" .Table}} and the like.

// Tone is what a colour says: nothing, or one of the constants.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Good    Tone = "good"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
	Accent  Tone = "accent"
)

// Link leads to a page.
type Link struct{ Text, Path string }

// Tag is a word or two with a colour. The colour alone must not carry the meaning.
type Tag struct {
	Text string
	Tone Tone
}

// Action is what can be done: a link that looks like a button, a form of one button, or a button that opens a dialog.
type Action struct {
	Label string
	// Of completes the label for screen readers, where several actions have the same: "Revoke", "the key Bullhorn".
	Of string
	// Icon is a name out of Icons; empty for none.
	Icon string
	// Path is where a link leads. Post is where a form is sent. Opens is the id of a Dialog. One of them is set.
	Path, Post, Opens string
	// Values are sent with the form.
	Values map[string]string
	// Look is "primary", "danger", "quiet" or empty.
	Look string
	// Little is for rows of tables.
	Little bool
}

// Head is the head of a page: its title, and what can be done there.
type Head struct {
	Title string
	// Back is the page above; nil for none.
	Back    *Link
	About   string
	Tags    []Tag
	Actions []Action
}

// Stat is a figure in a card.
type Stat struct {
	Name   string
	Figure string
	// Words makes a figure that is no number smaller.
	Words bool
	Tone  Tone
	More  string
	// Link follows More; nil for none.
	Link      *Link
	Sparkline *Sparkline
}

// Sparkline is a row of bars, oldest first. Label says in words what they show.
type Sparkline struct {
	Label string
	Bars  []Bar
}

// Bar is one of a Sparkline. Value is in any unit, not negative.
type Bar struct {
	Value float64
	Tone  Tone
}

// Drawn gives each bar its place in a box of 100 by 40.
func (s Sparkline) Drawn() []DrawnBar {
	most := 0.0
	for _, b := range s.Bars {
		most = max(most, b.Value)
	}
	width := 100 / float64(max(1, len(s.Bars)))
	drawn := make([]DrawnBar, len(s.Bars))
	for i, b := range s.Bars {
		height, class := 1.0, "none"
		if b.Value > 0 {
			height, class = max(2, 40*b.Value/most), string(b.Tone)
		}
		drawn[i] = DrawnBar{X: float64(i) * width, Y: 40 - height, Width: width * .82, Height: height, Class: class}
	}
	return drawn
}

// DrawnBar is a rectangle in the box, and its class.
type DrawnBar struct {
	X, Y, Width, Height float64
	Class               string
}

// Notice is a sentence about what has happened or must be known, with a way on.
type Notice struct {
	Tone Tone
	Text string
	Link *Link
}

// Plain returns actions that do not stand out, for where the same ones stand out above.
func Plain(actions []Action) []Action {
	plain := slices.Clone(actions)
	for i := range plain {
		plain[i].Look = ""
	}
	return plain
}

// Empty stands where a list has nothing in it, and says what to do.
type Empty struct {
	Title   string
	Text    string
	Actions []Action
}

// Code is a text to be copied. Copy is the label of the button; empty for "Copy".
type Code struct {
	Title string
	Text  string
	Copy  string
	// Command keeps its lines whole: a command that is broken within a word can't be read.
	Command bool
}

// Dialog asks before something is done. An Action with its ID in Opens opens it, without a script. It has a Form, or
// else one button that is sent to Post.
type Dialog struct {
	ID    string
	Title string
	Text  string
	Form  *Form
	Post  string
	Label string // of the button
	// Danger marks what can't be undone.
	Danger bool
	// Values are sent with the button.
	Values map[string]string
}

// Tabs are pages beside one another.
type Tabs struct {
	Label string
	Tabs  []Tab
}

// Tab is one of Tabs. Count is shown beside its name, unless it is empty.
type Tab struct {
	Text, Path string
	Count      string
	Current    bool
}

// Pager leads through the pages of a list. Newer and Older are addresses, empty where there is none.
type Pager struct {
	// Shown tells what is shown: "1–25 of 312 jobs".
	Shown          string
	Previous, Next string
}

// Filters is a form of method GET above a list.
type Filters struct {
	Action string
	Fields []*Field
	// Hidden are values that the form keeps.
	Hidden map[string]string
	// Clear is where no filter is set; empty when none is set now.
	Clear string
}

// Timeline is what happened, newest first.
type Timeline []TimelineEntry

// TimelineEntry is something that happened. Detail may be empty.
type TimelineEntry struct {
	Text   string
	Detail string
	When   *Moment
	Tone   Tone
	// Actions are what can be done with it.
	Actions []Action
}

// Panel is beside a list, and shows one of its rows. It has a page of its own, which is what narrow screens show.
type Panel struct {
	ID    string
	Title string
	// Close is the page with the list alone.
	Close string
}

// Step is one of a list of things to do.
type Step struct {
	Text string
	Path string // where to do it; empty for none
	Note string
	Done bool
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
