package developers

import (
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

// certifyTab is where the receiver of a test webhook is checked.
type certifyTab struct {
	Action  *pages.Action
	Summary *pages.Notice
	Table   pages.Table
	Live    bool
}

func (p *Pages) showCertify(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if s.Mode != board.ModeTest {
		return board.ErrTestModeOnly
	}
	c, found, err := p.Store.Outbox.LastCertification(r.Context(), s.Tenant, s.ID)
	if err != nil {
		return err
	}
	main := certifyTab{Live: found && c.FinishedAt == nil, Table: pages.Table{Caption: "Checks", Columns: []pages.Column{
		{Name: "Check"}, {Name: "Outcome"}, {Name: "Answer"}, {Name: "Took", Number: true},
	}}}
	if u.Role.May(board.RightEditWebhooks) && s.Status == board.SubscriptionActive && !main.Live {
		main.Action = &pages.Action{Label: "Check my receiver", Icon: "shield", Look: "primary", Post: webhookPath(s.ID) + "/certify"}
	}
	switch {
	case main.Live:
		main.Summary = &pages.Notice{Text: "The check has begun " + pages.Relative(c.CreatedAt, p.Now()) + " and takes up to a minute. The report comes here."}
	case found:
		main.Summary = certifySummary(c)
		main.Table.Rows = checkRows(c.Checks)
	}
	return p.showWebhook(w, r, u, s, "webhook-certify", false, main)
}

func certifySummary(c outbox.Certification) *pages.Notice {
	failed := 0
	for _, check := range c.Checks {
		if !check.Passed {
			failed++
		}
	}
	of := strconv.Itoa(len(c.Checks))
	switch {
	case len(c.Checks) == 0:
		return &pages.Notice{Tone: pages.Warn, Text: "The last check ended without a report. Begin another."}
	case failed == 0:
		return &pages.Notice{Tone: pages.Good, Text: "Your receiver has passed all " + of + " checks."}
	}
	return &pages.Notice{Tone: pages.Warn, Text: strconv.Itoa(failed) + " of " + of + " checks have failed. Each says what to do."}
}

func checkRows(checks []board.ReceiverCheck) []pages.Row {
	rows := make([]pages.Row, 0, len(checks))
	for _, c := range checks {
		outcome, answer := pages.Tag{Text: "Passed", Tone: pages.Good}, c.Problem
		if !c.Passed {
			outcome = pages.Tag{Text: "Failed", Tone: pages.Bad}
		}
		if c.Status > 0 {
			answer = strconv.Itoa(c.Status)
		}
		rows = append(rows, pages.Row{Cells: []pages.Cell{{Text: checkText(c.Name), Strong: true, Sub: c.Finding()}, {Tags: []pages.Tag{outcome}}, {Text: answer}, {Text: tookText(c.Took)}}})
	}
	return rows
}

// checkText is what a check looks at, for people.
func checkText(n board.ReceiverCheckName) string {
	switch n {
	case board.CheckGoodSignature:
		return "Takes a delivery"
	case board.CheckNoRedirect:
		return "Answers without a redirect"
	case board.CheckInTime:
		return "Answers in time"
	case board.CheckDuplicate:
		return "Takes the same delivery again"
	case board.CheckNoSignature:
		return "Refuses a request without a signature"
	case board.CheckForged:
		return "Refuses a forged signature"
	case board.CheckTampered:
		return "Refuses a changed body"
	case board.CheckOld:
		return "Refuses an old timestamp"
	case board.CheckUnknownEvent:
		return "Takes an event of an unknown type"
	case board.CheckUnknownField:
		return "Takes an unknown field"
	case board.CheckRawBody:
		return "Verifies the bytes as they came"
	case board.CheckMethod:
		return "Refuses other methods than POST"
	}
	return string(n)
}

func (p *Pages) certify(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if err := p.checkPeople(u, s); err != nil {
		return err
	}
	_, err = p.Store.Outbox.CreateCertification(r.Context(), s.Tenant, s.ID)
	return p.unlessRefused(w, r, err, "The check has begun.", webhookPath(s.ID)+"/certify")
}
