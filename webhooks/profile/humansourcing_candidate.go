package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"itmanagerjobs/store/board"
)

// humanCandidate has the keys of the format's documentation in its order, at every level. Identifiers of
// actions and of their parts are texts, those of people and of files are numbers.
type humanCandidate struct {
	ID           int64         `json:"id"`
	Company      string        `json:"id_company"`
	FirstName    string        `json:"first_name"`
	LastName     string        `json:"last_name"`
	Email        string        `json:"email"`
	TelLandline  *string       `json:"tel_landline"`
	TelMobile    *string       `json:"tel_mobile"`
	Tags         []string      `json:"tags"`
	Action       []humanAction `json:"action"`
	LatestAction string        `json:"latest_action"`
}

// humanAction is a step in the recruitment of a candidate.
type humanAction struct {
	ID          string            `json:"id"`
	Type        string            `json:"type"`
	DefaultType string            `json:"default_type"`
	Media       *string           `json:"media"`
	Rating      any               `json:"rating"` // 0, or "-1" for an application
	Pastille    *string           `json:"pastille"`
	Code        string            `json:"code"`
	Emailing    bool              `json:"emailing"`
	Date        string            `json:"date"`
	Consultant  humanConsultant   `json:"consultant"`
	Poste       humanPoste        `json:"poste"`
	Attachment  []humanAttachment `json:"attachment,omitempty"`
	Form        *humanForm        `json:"form,omitempty"`

	at          time.Time
	application int64
	move        int // index in the application's history; -1 for the application itself
}

type humanOffice struct {
	ID     string `json:"id"`
	Office string `json:"office"`
}

type humanConsultant struct {
	humanOffice

	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

type humanPoste struct {
	ID         string      `json:"id"`
	Title      string      `json:"title"`
	Status     string      `json:"status"`
	Pastille   *string     `json:"pastille"`
	Customer   string      `json:"customer"`
	Consultant humanOffice `json:"consultant"`
}

type humanAttachment struct {
	ID         int64   `json:"id"`
	Type       int64   `json:"type"`
	MimeType   string  `json:"mimetype"`
	Text       string  `json:"text"`
	Filename   string  `json:"filename"`
	UniqueName *string `json:"uniqfilename"`
}

type humanForm struct {
	ID    string       `json:"id"`
	Image string       `json:"image"`
	Input []humanInput `json:"input"`
}

type humanInput struct {
	FormAnswer      string  `json:"id_form_answer"`
	QuestionID      string  `json:"id_question"`
	Question        string  `json:"question"`
	FormAnswerValue *string `json:"id_form_answer_value"`
	Answer          string  `json:"answer"`
}

// noOffice is the documented value for no office: the platform has no consultants.
var noOffice = humanOffice{"0", "0"}

func humanCandidateOf(e Event, f eventData, d Dossier) humanCandidate {
	c := DossierCandidate{ID: f.CandidateID}
	if d.Candidate != nil {
		c = *d.Candidate
	}
	out := humanCandidate{
		ID: c.ID, Company: humanID(e.EmployerID),
		FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, TelMobile: c.Phone,
		Tags: append([]string{}, c.Skills...), Action: []humanAction{},
	}
	for _, a := range c.Applications {
		out.Action = append(out.Action, humanActionsOf(c, a)...)
	}
	// The newest comes first. Some times have whole seconds: within a second the identifiers tell the order.
	slices.SortStableFunc(out.Action, func(a, b humanAction) int {
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.application, a.application), cmp.Compare(b.move, a.move))
	})
	if len(out.Action) > 0 {
		out.LatestAction = out.Action[0].Date
	}
	return out
}

// humanActionsOf returns the actions of an application, the newest first: its moves, and last the
// application itself.
func humanActionsOf(c DossierCandidate, a DossierApplication) []humanAction {
	poste := humanPoste{ID: humanID(a.Job.ID), Title: a.Job.Title, Status: "0", Customer: "0", Consultant: noOffice}
	action := func(id, kind, defaultType, code string, rating any, at *time.Time, move int) humanAction {
		out := humanAction{
			ID: id, Type: kind, DefaultType: defaultType, Rating: rating, Code: code, Date: humanCandidateDate(at),
			Consultant: humanConsultant{humanOffice: noOffice}, Poste: poste,
			application: a.ID, move: move,
		}
		if at != nil {
			out.at = at.Truncate(time.Second)
		}
		return out
	}
	var actions []humanAction
	for i, move := range slices.Backward(a.History) {
		if move.From == "" {
			continue // its creation, which is the application itself
		}
		kind, defaultType, code := humanMove(move.To)
		actions = append(actions, action(humanActionID(a.ID, i+1), kind, defaultType, code, 0, move.At, i))
	}
	applied := action(humanActionID(a.ID, 0), "11668", "4", "CAND", "-1", a.AppliedAt, -1)
	applied.Attachment = humanAttachmentsOf(a)
	applied.Form = humanFormOf(c, a)
	return append(actions, applied)
}

// humanActionID gives an action an identifier of digits, unique over the applications and over what happened to each: the
// application's, and the number of the step in four digits.
func humanActionID(application int64, step int) string {
	return fmt.Sprintf("%d%04d", application, step)
}

// humanMove returns the codes of a move. The documentation has numbers for a closure only; other moves
// have a word as code.
func humanMove(to string) (kind, defaultType, code string) {
	switch board.ApplicationStatus(to) {
	case board.ApplicationRejected:
		return "11730", "56", "CLO"
	case board.ApplicationScreened:
		return "0", "0", "SCREENED"
	case board.ApplicationInterviewed:
		return "0", "0", "INTERVIEWED"
	case board.ApplicationOffered:
		return "0", "0", "OFFERED"
	case board.ApplicationHired:
		return "0", "0", "HIRED"
	case board.ApplicationWithdrawn:
		return "0", "0", "WITHDRAWN"
	default:
		return "0", "0", "NEW"
	}
}

func humanAttachmentsOf(a DossierApplication) []humanAttachment {
	if a.CV == nil {
		return nil
	}
	unique := "applications/" + humanID(a.ID) + "/cv"
	return []humanAttachment{{a.CV.ID, 10, a.CV.MediaType, a.CV.Text, a.CV.Name, &unique}}
}

// humanFormOf returns the answers of the application form. Questions are numbered.
func humanFormOf(c DossierCandidate, a DossierApplication) *humanForm {
	form := &humanForm{ID: humanID(a.ID), Input: []humanInput{}}
	for i, q := range []struct{ question, answer string }{
		{"First name", c.FirstName},
		{"Last name", c.LastName},
		{"E-mail", c.Email},
		{"Phone", orEmpty(c.Phone)},
		{"Cover letter", a.CoverLetter},
	} {
		number := strconv.Itoa(i + 1)
		form.Input = append(form.Input, humanInput{FormAnswer: number, QuestionID: number, Question: q.question, Answer: q.answer})
	}
	return form
}
