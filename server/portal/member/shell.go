package member

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// sessionMode is the mode that the pages of a session show; live until somebody switches.
const sessionMode = "mode"

// MostCounted is how far new applications are counted.
const MostCounted = 1000

// entry is a page of the navigation, the section that the page names, and the right that opens the page: the
// navigation leads nobody to a page that refuses them.
type entry struct {
	right                            board.Right
	group, section, text, path, icon string
}

// navigation has the pages that people begin at, in its order.
func navigation() []entry {
	return []entry{
		{board.RightOwnAccount, "", "overview", "Home", "/employer", "home"},
		{board.RightSeeWork, "", "jobs", "Jobs", "/employer/jobs", "job"},
		{board.RightSeeWork, "", "applications", "Applications", "/employer/applications", "inbox"},
		{board.RightSearchCV, "", "search", "CV search", "/employer/search", "search"},
		{board.RightSeeWork, "", "interviews", "Interviews", "/employer/interviews", "calendar"},
		{board.RightWork, "", "proposals", "Proposals", "/employer/proposals", "check"},
		{board.RightSeeKeys, "Developers", "keys", "API keys", "/employer/keys", "key"},
		{board.RightSeeWebhooks, "Developers", "webhooks", "Webhooks", "/employer/webhooks", "webhook"},
		{board.RightSeeWebhooks, "Developers", "events", "Events", "/employer/events", "pulse"},
		{board.RightSeeWebhooks, "Developers", "requests", "Request log", "/employer/requests", "log"},
		{board.RightSeeWebhooks, "Developers", "test", "Test mode", "/employer/test", "bolt"},
		{board.RightOwnAccount, "Developers", "", "Guide & reference", "/docs", "book"},
		{board.RightSeeBilling, "Account", "billing", "Billing & credits", "/employer/billing", "card"},
		{board.RightSeeTeam, "Account", "team", "Team", "/employer/team", "people"},
		{board.RightSeeCompany, "Account", "company", "Company page", "/employer/company", "company"},
		{board.RightSeeAudit, "Account", "audit", "Audit log", "/employer/audit", "shield"},
		{board.RightOwnAccount, "Account", "account", "Your account", "/employer/account", "person"},
		{board.RightOwnAccount, "Account", "contact", "Contact us", "/employer/contact", "mail"},
	}
}

// shell is the frame around a page of a section.
func (b *Base) shell(ctx context.Context, u account.User, section string) (*pages.Shell, error) {
	e, err := b.Store.Accounts.Employer(ctx, u.EmployerID)
	if err != nil {
		return nil, err
	}
	s := &pages.Shell{
		Name: "for employers", Home: "/employer", Company: e.Name, Person: u.Email, SignOut: "/employer/sign-out",
		Modes: &pages.ModeSwitch{Test: b.Mode(ctx) == board.ModeTest, Action: "/employer/mode", Next: "/employer", Opened: b.Opened(ctx, u)},
	}
	counts, err := b.navCounts(ctx, b.Tenant(ctx, u))
	if err != nil {
		return nil, err
	}
	for _, n := range navigation() {
		if !u.Role.May(n.right) {
			continue
		}
		if len(s.Groups) == 0 || s.Groups[len(s.Groups)-1].Name != n.group {
			s.Groups = append(s.Groups, pages.NavGroup{Name: n.group})
		}
		group := &s.Groups[len(s.Groups)-1]
		group.Items = append(group.Items, pages.NavItem{
			Text: n.text, Path: n.path, Icon: n.icon, Current: n.section == section && section != "", Count: counts[n.section], Bad: n.section == "webhooks",
		})
		if n.section == section && section != "" {
			s.Modes.Next = n.path // an object of one mode is not there in the other, its list is
		}
	}
	return s, nil
}

// navCounts are the figures beside the entries of the navigation, by section: what is new, and what fails.
func (b *Base) navCounts(ctx context.Context, t board.Tenant) (map[string]string, error) {
	unseen, err := b.Store.Pipeline.CountUnseen(ctx, t, MostCounted)
	if err != nil {
		return nil, err
	}
	failing, err := b.Store.Outbox.FailingSubscriptions(ctx, t)
	if err != nil {
		return nil, err
	}
	proposed, err := b.Store.Accounts.PendingProposals(ctx, t)
	if err != nil {
		return nil, err
	}
	counts := map[string]string{}
	if proposed > 0 {
		counts["proposals"] = strconv.Itoa(proposed) + " waiting"
	}
	if unseen > 0 {
		counts["applications"] = UnseenText(unseen) + " new"
	}
	if len(failing) > 0 {
		counts["webhooks"] = strconv.Itoa(len(failing)) + " failing"
	}
	return counts, nil
}

// UnseenText writes a number that is not counted further than mostCounted.
func UnseenText(n int) string {
	if n >= MostCounted {
		return pages.FormatMoney(MostCounted*100) + "+"
	}
	return strconv.Itoa(n)
}

// Mode is the half of the account that the session looks at.
func (b *Base) Mode(ctx context.Context) board.Mode {
	if m := board.Mode(b.Sessions.GetString(ctx, sessionMode)); m.Valid() {
		return m
	}
	return board.ModeLive
}

// Tenant is whose jobs, applications and webhooks the session sees.
func (b *Base) Tenant(ctx context.Context, u account.User) board.Tenant {
	return board.Tenant{EmployerID: u.EmployerID, Mode: b.Mode(ctx)}
}

// ChooseMode switches between live and test data, for this session alone.
func (b *Base) ChooseMode(w http.ResponseWriter, r *http.Request, _ account.User) error {
	m := board.Mode(r.PostFormValue("mode"))
	if !m.Valid() {
		return board.Errorf(board.CodeInvalidRequest, "Choose live or test.")
	}
	b.Sessions.Put(r.Context(), sessionMode, string(m))
	http.Redirect(w, r, pages.LocalTarget(r.PostFormValue("next"), "/employer"), http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	return nil
}

// ChooseTheme keeps the colours that somebody wants, signed in or not, and leads back.
func (b *Base) ChooseTheme(w http.ResponseWriter, r *http.Request) error {
	pages.SetTheme(w, r, strings.HasPrefix(b.PublicURL, "https://"))
	http.Redirect(w, r, pages.LocalTarget(r.PostFormValue("next"), "/employer"), http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	return nil
}
