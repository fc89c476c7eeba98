package developers

import (
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
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
	if u.Role.May(board.RightEditWebhooks) && s.Status == delivery.SubscriptionActive && !main.Live {
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

func checkRows(checks []delivery.ReceiverCheck) []pages.Row {
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
func checkText(n delivery.ReceiverCheckName) string {
	switch n {
	case delivery.CheckGoodSignature:
		return "Takes a delivery"
	case delivery.CheckNoRedirect:
		return "Answers without a redirect"
	case delivery.CheckInTime:
		return "Answers in time"
	case delivery.CheckDuplicate:
		return "Takes the same delivery again"
	case delivery.CheckNoSignature:
		return "Refuses a request without a signature"
	case delivery.CheckForged:
		return "Refuses a forged signature"
	case delivery.CheckTampered:
		return "Refuses a changed body"
	case delivery.CheckOld:
		return "Refuses an old timestamp"
	case delivery.CheckUnknownEvent:
		return "Takes an event of an unknown type"
	case delivery.CheckUnknownField:
		return "Takes an unknown field"
	case delivery.CheckRawBody:
		return "Verifies the bytes as they came"
	case delivery.CheckMethod:
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
