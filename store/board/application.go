package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ApplicationStatus is where an application stands. Only CheckMove decides what may follow what:
//
//	New ► Screened ► Interviewed ► Offered ► Hired    stages may be skipped, and one step back is allowed
//	any ► Rejected, Withdrawn                         the exits
//
// Leaving Hired, Rejected or Withdrawn needs a reason.
type ApplicationStatus string

// The states, as stored and as published (0.33).
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

// ended tells whether an application leaves s for a reason only.
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

// ApplicationSource is the door that an application came in by.
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

// TypeOf is the type of an application from the source to a job with the apply method. An email is an EmailApply
// however the job is applied for otherwise.
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

// PushStatus is what became of an application that is posted to the employer's endpoint.
type PushStatus string

// The states of a push, as stored and as published (R19).
const (
	PushPending  PushStatus = "Pending"  // an attempt is due now or later
	PushAccepted PushStatus = "Accepted" // the endpoint answered 200
	PushRefused  PushStatus = "Refused"  // it answered 403, 409, 410 or 451: it wants it neither now nor later
	PushEmailed  PushStatus = "Emailed"  // given up after the last attempt; the application went by email instead
)

// AllPushStatuses lists every PushStatus.
func AllPushStatuses() []PushStatus {
	return []PushStatus{PushPending, PushAccepted, PushRefused, PushEmailed}
}

// ActorKind is who changed an application.
type ActorKind string

// The kinds of actors, as stored and as published.
const (
	ActorKey       ActorKind = "key"       // a partner's API key; its number beside it
	ActorUser      ActorKind = "user"      // somebody in the portal; the number beside it
	ActorCandidate ActorKind = "candidate" // the applicant
	ActorSystem    ActorKind = "system"
)

// The errors of applying, for callers that must tell them apart: Careerjet is answered otherwise than a person (S1).
var (
	ErrAlreadyApplied    = Errorf(CodeConflict, "You have applied for this job already, with the same email address. We keep your first application; there is nothing more to do.")
	ErrJobClosed         = Errorf(CodeConflict, "This job is closed and takes no more applications.")
	ErrJobExpired        = Errorf(CodeGone, "This job has expired and takes no more applications.")
	ErrSourceReused      = Errorf(CodeConflict, "An application with this uuid, but with other content, was received before.")
	ErrRegionNotAccepted = Errorf(CodeInvalidState, "This job takes no applications from this region.")
)

// OpenFor tells whether the job takes applications at now. A draft is nobody's business.
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
	reason = cleanText(reason)
	if n := utf8.RuneCountInString(reason); n > MaxReason {
		return "", Invalid(tooLong("reason", n, MaxReason))
	}
	return reason, nil
}

// CheckMove decides whether an application at current may become next; the same status is no change. from is what the
// caller took the current one for, nil when that does not matter.
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
		e := Errorf(CodeInvalidState, "%s that is %s cannot become %s. It can become: %s.", withArticle(what), current, next, names(allowed))
		return false, e
	}
	if current.ended() && strings.TrimSpace(reason) == "" {
		return false, Invalid(FieldError{"reason", FieldRequired, fmt.Sprintf("is needed to leave %s", current)})
	}
	return true, nil
}

// withArticle begins a sentence with a noun of ours.
func withArticle(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "An " + noun
	}
	return "A " + noun
}

// Follows lists what an application at current may become.
func Follows(current ApplicationStatus) []ApplicationStatus {
	at := slices.Index(pipeline, current)
	var next []ApplicationStatus
	for i, s := range pipeline {
		// From an exit (at is -1) back to any stage; in the pipeline forward, or one step back.
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
