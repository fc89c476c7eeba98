package pages

import (
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// Shell is the frame of pages for people who are signed in: a side bar with the company, the navigation in groups, and the
// person. The template "shell" shows it around "main"; the data of both is a struct that has the fields Title, Failed,
// Notice, Caution, Theme, Shell and Main.
type Shell struct {
	// Name of the place, beside the brand: "for employers".
	Name string
	// Home is where the brand leads.
	Home string
	// Company is whose data this is. Modes is nil where there is no test data.
	Company string
	Modes   *ModeSwitch
	Groups  []NavGroup
	// Person is who is signed in. Account is that person's own page, nil for none. SignOut is where the form is sent.
	Person  string
	Account *Link
	SignOut string
}

// ModeSwitch turns from live data to test data and back.
type ModeSwitch struct {
	Test   bool
	Action string
	// Next is the page to come back to.
	Next string
	// Opened is for whom the page was opened.
	Opened Opened
}

// NavGroup is a group of the navigation; the first has no name.
type NavGroup struct {
	Name  string
	Items []NavItem
}

// NavItem is a page of the navigation. Count is shown at its end, unless it is empty; Bad makes it a warning.
type NavItem struct {
	Text, Path, Icon string
	Count            string
	Bad              bool
	Current          bool
}

// Theme is what a visitor has chosen: "light", "dark", or empty for what the system has. It is kept in a cookie, so that
// it works without a script and for visitors who are not signed in.
type Theme struct {
	Choice string
	// Action is where the form is sent.
	Action string
	// Next is the page to come back to.
	Next string
}

// themeCookie has no prefix and no other attribute than its life: it is not a secret, and changes colours alone.
const themeCookie = "theme"

// ThemeOf reads the choice of a visitor. action is the address of SetTheme.
func ThemeOf(r *http.Request, action string) Theme {
	t := Theme{Action: action, Next: r.URL.RequestURI()}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		t.Next = "" // where a form was sent to is no page to come back to
	}
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		t.Choice = c.Value
	}
	return t
}

// SetTheme keeps the choice that was sent. Another value than "light" or "dark" forgets it.
func SetTheme(w http.ResponseWriter, r *http.Request, secure bool) {
	c := &http.Cookie{ //nolint:gosec // secure where the site is served over https; it is no secret
		Name: themeCookie, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	switch choice := r.PostFormValue("theme"); choice {
	case "light", "dark":
		c.Value = choice
	default:
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// LocalTarget is a page of ours to go to: target when it is the page root or one below it, with its query, and root
// otherwise; an empty root is above all pages. Another site must not be able to send people through us to a page of its own.
func LocalTarget(target, root string) string {
	u, err := url.Parse(target)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Path != path.Clean(u.Path) || u.Path != root && !strings.HasPrefix(u.Path, root+"/") {
		return root
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).RequestURI()
}

// Notices are the addresses of what the people who run the platform publish elsewhere; empty for what they do not.
type Notices struct{ Privacy, Terms, Status string }

// Funcs are the functions of templates that lead to the notices.
func (n Notices) Funcs() template.FuncMap {
	return template.FuncMap{"footer": n.footer, "notices": func() Notices { return n }}
}

// footer has the links at the bottom of every public page. This is the one place that has their addresses.
func (n Notices) footer() []Link {
	links := []Link{
		{"Jobs", "/jobs"}, {"For employers", "/employer"}, {"Pricing", "/pricing"}, {"Contact", "/contact"},
		{"Docs", "/docs"}, {"API reference", "/docs/reference"}, {"Changelog", "/docs/changelog"}, {"Support", "/docs/support"}, {"Security", "/docs/security"},
		{"API contract", "/swagger/v1/swagger.json"}, {"Postman collection", "/swagger/v1/postman.json"},
	}
	for _, notice := range []Link{{"Status", n.Status}, {"Privacy", n.Privacy}, {"Terms", n.Terms}} {
		if notice.Path != "" {
			links = append(links, notice)
		}
	}
	return links
}
