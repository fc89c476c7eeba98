package server

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/oapi-codegen/nullable"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/pipeline"
)

func toAPIApplication(a pipeline.Application) apiv1.Application {
	out := apiv1.Application{
		ID: a.ID, Status: apiv1.ApplicationStatus(a.Status), JobID: a.JobID, JobTitle: a.JobTitle, JobReference: a.JobReference,
		CandidateID: a.CandidateID, ApplicationType: apiv1.ApplicationType(a.Type), AppliedAt: a.AppliedAt, UpdatedAt: a.UpdatedAt,
	}
	if !a.Erased {
		out.Applicant = &apiv1.Applicant{
			FirstName: a.Applicant.FirstName, LastName: a.Applicant.LastName, Email: a.Applicant.Email,
			Phone: orNil(a.Applicant.Phone), CoverLetter: orNil(a.Applicant.CoverLetter),
		}
	}
	if a.CV != nil {
		cv := toAPICV(*a.CV)
		out.CV = &cv
	}
	out.UnreadFiles = make([]apiv1.UnreadFile, len(a.UnreadFiles))
	for i, f := range a.UnreadFiles {
		out.UnreadFiles[i] = apiv1.UnreadFile{Name: f.Name, Reason: f.Reason}
	}
	if a.Push != nil {
		out.Push = &apiv1.ApplicationPush{Status: apiv1.PushStatus(a.Push.Status), Reason: orNil(a.Push.Reason), At: a.Push.At}
	}
	return out
}

func toAPICV(f board.File) apiv1.ApplicationCV {
	return apiv1.ApplicationCV{
		Name: f.Name, MediaType: f.MediaType, Size: f.Size, Sha256: hex.EncodeToString(f.SHA256),
		TextProblem: orNil(f.TextProblem), TextPending: f.TextPending,
	}
}

func toAPIApplicationDetail(a pipeline.Application, history []pipeline.HistoryEntry) (apiv1.ApplicationDetail, error) {
	s := toAPIApplication(a)
	detail := apiv1.ApplicationDetail{
		ID: s.ID, Status: s.Status, JobID: s.JobID, JobTitle: s.JobTitle, JobReference: s.JobReference, CandidateID: s.CandidateID,
		ApplicationType: s.ApplicationType, Applicant: s.Applicant, CV: s.CV, UnreadFiles: s.UnreadFiles, Push: s.Push, AppliedAt: s.AppliedAt, UpdatedAt: s.UpdatedAt,
		History: make([]apiv1.ApplicationHistoryEntry, len(history)),
	}
	for i, e := range history {
		actor, err := toAPIActor(e.Actor)
		if err != nil {
			return apiv1.ApplicationDetail{}, err
		}
		detail.History[i] = apiv1.ApplicationHistoryEntry{
			FromStatus: (*apiv1.ApplicationStatus)(e.From), ToStatus: apiv1.ApplicationStatus(e.To), Reason: orNil(e.Reason), Actor: actor, At: e.At,
		}
	}
	return detail, nil
}

func toAPIActor(a pipeline.Actor) (apiv1.Actor, error) {
	out := apiv1.Actor{ID: orNil(a.ID)}
	switch a.Kind {
	case board.ActorKey:
		out.Type = "Key"
	case board.ActorUser:
		out.Type = "User"
	case board.ActorCandidate:
		out.Type = "Candidate"
	case board.ActorSystem:
		out.Type = "System"
	default:
		return out, fmt.Errorf("the store's actor %q has no name in the contract", a.Kind)
	}
	return out, nil
}

func toAPIReceipt(r erase.Receipt) apiv1.ErasureReceipt {
	return apiv1.ErasureReceipt{
		ID: r.ID, CandidateID: r.CandidateID, Applications: int64(r.Applications), Files: int64(r.Files), Messages: int64(r.Messages),
		Replies: int64(r.Replies), Events: int64(r.Events), ErasedAt: r.ErasedAt,
	}
}

// fromAPIMove is the change of a status, of an application or of a candidate, that a key asks for.
// Errors: invalid_request.
func fromAPIMove[S ~string](
	p account.Principal, to S, from nullable.Nullable[S], reason nullable.Nullable[string], at nullable.Nullable[time.Time], ifMatch *string,
) (pipeline.Move, error) {
	pre, err := answer.Precondition(ifMatch)
	if err != nil {
		return pipeline.Move{}, err
	}
	move := pipeline.Move{To: board.ApplicationStatus(to), Reason: given(reason), At: pointer(at), If: pre, Actor: pipeline.Actor{Kind: board.ActorKey, ID: p.KeyID}}
	if from := pointer(from); from != nil {
		expected := board.ApplicationStatus(*from)
		move.From = &expected
	}
	return move, nil
}
