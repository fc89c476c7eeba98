package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ApplicationStatus is the state of an application. CheckMove decides which state may follow:
//
//	New ► Screened ► Interviewed ► Offered ► Hired    stages may be skipped, and one step back is allowed
//	any ► Rejected, Withdrawn                         the exits
//
// Leaving Hired, Rejected or Withdrawn needs a reason.
type ApplicationStatus string

// The states, as stored and as published.
const (
	ApplicationNew         ApplicationStatus = "New"
	ApplicationScreened    ApplicationStatus = "Screened"
	ApplicationInterviewed ApplicationStatus = "Interviewed"
	ApplicationOffered     ApplicationStatus = "Offered"
	ApplicationHired       ApplicationStatus = "Hired"
	ApplicationRejected    ApplicationStatus = "Rejected"  // by the employer
	ApplicationWithdrawn   ApplicationStatus = "Withdrawn" // by the candidate, or by the employer on the candidate's behalf
)

// pipeline is the order of the stages.
var pipeline = []ApplicationStatus{
	ApplicationNew, ApplicationScreened, ApplicationInterviewed, ApplicationOffered, ApplicationHired,
}

// AllApplicationStatuses lists every ApplicationStatus, the stages in their order first.
func AllApplicationStatuses() []ApplicationStatus {
	return append(slices.Clone(pipeline), ApplicationRejected, ApplicationWithdrawn)
}

// Valid reports whether s is one of AllApplicationStatuses.
func (s ApplicationStatus) Valid() bool { return slices.Contains(AllApplicationStatuses(), s) }

// ended reports whether a move away from s needs a reason.
func (s ApplicationStatus) ended() bool {
	return s == ApplicationHired || s == ApplicationRejected || s == ApplicationWithdrawn
}

// ApplicationType is how an application arrived.
type ApplicationType string

// The types, as stored and as published. The first four are the apply methods of jobs.
const (
	TypeEmailApply    ApplicationType = "EmailApply"
	TypeURLApply      ApplicationType = "UrlApply"
	TypeDirectApply   ApplicationType = "DirectApply"
	TypeHTTPPushApply ApplicationType = "HttpPushApply"
	TypeCareerjetPush ApplicationType = "CareerjetPush"
)

// AllApplicationTypes lists every ApplicationType.
func AllApplicationTypes() []ApplicationType {
	return []ApplicationType{TypeEmailApply, TypeURLApply, TypeDirectApply, TypeHTTPPushApply, TypeCareerjetPush}
}

// Valid reports whether t is one of AllApplicationTypes.
func (t ApplicationType) Valid() bool { return slices.Contains(AllApplicationTypes(), t) }

// ApplicationSource is the channel through which an application came in.
type ApplicationSource string

// The sources, as stored.
const (
	SourceForm      ApplicationSource = "Form"      // our apply form, or a partner's test
	SourceCareerjet ApplicationSource = "Careerjet" // pushed by Careerjet
	SourceEmail     ApplicationSource = "Email"     // an email to apply+{reference}@…
)

// Valid reports whether s is one of the sources.
func (s ApplicationSource) Valid() bool {
	return s == SourceForm || s == SourceCareerjet || s == SourceEmail
}

// TypeOf returns the type of an application from a source for a job with an apply method. An application by email is an
// EmailApply whatever the method is.
func TypeOf(source ApplicationSource, method ApplyMethod) ApplicationType {
	switch source {
	case SourceCareerjet:
		return TypeCareerjetPush
	case SourceEmail:
		return TypeEmailApply
	case SourceForm:
	}
	return ApplicationType(method)
}

// ActorKind is who changed an application.
type ActorKind string

// The kinds of actors, as stored and as published.
const (
	ActorKey       ActorKind = "key"       // a partner's API key, with its id
	ActorUser      ActorKind = "user"      // a user of the portal, with the id
	ActorCandidate ActorKind = "candidate" // the applicant
	ActorSystem    ActorKind = "system"
)

// The errors of applying. Callers tell them apart, because Careerjet gets other answers than a person.
var (
	ErrCVNotKept         = Invalid(FieldError{"cv", FieldInvalid, "was kept for an hour only, which is over. Choose the file again"})
	ErrAlreadyApplied    = Errorf(CodeConflict, "You have applied for this job already, with the same email address. We keep your first application, and an email tells how to send other documents.")
	ErrJobClosed         = Errorf(CodeGone, "This job is closed and takes no more applications.")
	ErrJobExpired        = Errorf(CodeGone, "This job has expired and takes no more applications.")
	ErrSourceReused      = Errorf(CodeConflict, "An application with this uuid, but with other content, was received before.")
	ErrRegionNotAccepted = Errorf(CodeInvalidState, "This job takes no applications from this region.")
)

// OpenFor returns nil when the job accepts applications at now. A draft does not exist for applicants.
// Errors: not_found; ErrJobClosed; ErrJobExpired.
func (j Job) OpenFor(now time.Time) error {
	switch {
	case j.Status == JobDeactivated:
		return ErrJobClosed
	case j.Status == JobExpired, j.Status == JobActive && j.ExpiryDate != nil && !j.ExpiryDate.After(now):
		return ErrJobExpired
	case j.Status == JobActive:
		return nil
	}
	return Errorf(CodeNotFound, "There is no such job.")
}

// MaxReason bounds the reason of a move, in characters.
const MaxReason = 1_000

// NormalizeReason trims the reason of a move. Error: invalid_request.
func NormalizeReason(reason string) (string, error) {
	reason = CleanText(reason)
	if n := utf8.RuneCountInString(reason); n > MaxReason {
		return "", Invalid(TooLong("reason", n, MaxReason))
	}
	return reason, nil
}

// CheckMove decides whether an application may move from current to next. changed is false when both are the same. from is
// the status that the caller expects, nil for any.
// Errors: conflict when from is stale; invalid_state when next does not follow current; invalid_request when a reason is
// needed and there is none.
func CheckMove(current, next ApplicationStatus, from *ApplicationStatus, reason string) (changed bool, err error) {
	return checkMove("application", current, next, from, reason)
}

func checkMove(what string, current, next ApplicationStatus, from *ApplicationStatus, reason string) (changed bool, err error) {
	if from != nil && *from != current {
		e := Errorf(CodeConflict, "The %s is %s by now, not %s. Read it again and decide anew.", what, current, *from)
		e.Fields = []FieldError{{"fromStatus", FieldConflict, fmt.Sprintf("the %s is %s", what, current)}}
		return false, e
	}
	if next == current {
		return false, nil
	}
	if allowed := Follows(current); !slices.Contains(allowed, next) {
		e := Errorf(CodeInvalidState, "%s that is %s cannot become %s. It can become: %s.", withArticle(what), current, next, Names(allowed))
		return false, e
	}
	if current.ended() && strings.TrimSpace(reason) == "" {
		return false, Invalid(FieldError{"reason", FieldRequired, fmt.Sprintf("is needed to leave %s", current)})
	}
	return true, nil
}

// MoveTolerance is how far in the future a move may be said to be, and how long before the arrival of what is moved: the clocks of
// two systems differ.
const MoveTolerance = 5 * time.Minute

// MovedAt returns when a move took place: at the time that the caller says, or now when at is nil. arrived is when what is moved was
// created. A time within MoveTolerance outside of arrived and now becomes the nearer of both. Error: invalid_request.
func MovedAt(at *time.Time, arrived, now time.Time) (time.Time, error) {
	switch {
	case at == nil:
		return now, nil
	case at.After(now.Add(MoveTolerance)):
		return now, Invalid(FieldError{"changedAt", FieldOutOfRange, "must not be in the future; here it is " + now.UTC().Format(time.RFC3339) + ". Leave it out for now"})
	case at.Before(arrived.Add(-MoveTolerance)):
		return now, Invalid(FieldError{"changedAt", FieldOutOfRange, "must not be before the arrival, which was at " + arrived.UTC().Format(time.RFC3339)})
	case at.After(now):
		return now, nil
	case at.Before(arrived):
		return arrived, nil
	}
	return Moment(*at), nil
}

// withArticle returns a noun with its article, for the begin of a sentence.
func withArticle(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "An " + noun
	}
	return "A " + noun
}

// Follows lists the states that may follow current.
func Follows(current ApplicationStatus) []ApplicationStatus {
	at := slices.Index(pipeline, current)
	var next []ApplicationStatus
	for i, s := range pipeline {
		// From an exit (at is -1) any stage may follow; from a stage, any later one and the one before.
		if i != at && i >= at-1 {
			next = append(next, s)
		}
	}
	for _, s := range []ApplicationStatus{ApplicationRejected, ApplicationWithdrawn} {
		if s != current {
			next = append(next, s)
		}
	}
	return next
}

// WithdrawPath is the path of the page that withdraws an application, with the query parameter token; the confirmation email
// links to it. GET only asks, because mail programs follow links by themselves. POST withdraws.
const WithdrawPath = "/applications/withdraw"

// WithdrawLife is how long the link is valid.
const WithdrawLife = 180 * 24 * time.Hour
