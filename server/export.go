package server

import (
	"context"
	"net/http"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/erase"
)

// ExportCandidate answers everything that the database has about a candidate of the pipeline.
func (h *handlers) ExportCandidate(ctx context.Context, r apiv1.ExportCandidateRequestObject) (apiv1.ExportCandidateResponseObject, error) {
	export, err := h.server.store.Erasure.ExportCandidate(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	body, err := toAPIExport(export)
	if err != nil {
		return nil, err
	}
	undated := body
	undated.ExportedAt = time.Time{}
	tag, err := answer.WeakTag(undated)
	if err != nil {
		return nil, err
	}
	return exportAnswer{body, tag}, nil
}

// exportAnswer is an apiv1.ExportCandidate200JSONResponse with a tag of what is kept of the person: the moment of the export, which is in
// the body, too, is another one each time.
type exportAnswer struct {
	body apiv1.CandidateExport
	etag string
}

// VisitExportCandidateResponse writes the answer.
func (a exportAnswer) VisitExportCandidateResponse(w http.ResponseWriter) error {
	w.Header().Set(answer.HeaderETag, a.etag)
	return writeJSON(w, a.body)
}

func toAPIExport(e erase.Export) (apiv1.CandidateExport, error) {
	out := apiv1.CandidateExport{
		CandidateID: e.Candidate.ID, ExportedAt: e.ExportedAt, Candidate: toAPICandidate(e.Candidate),
		History: make([]apiv1.CandidateHistoryEntry, len(e.History)), Applications: make([]apiv1.ApplicationDetail, len(e.Applications)),
		Interviews: make([]apiv1.Interview, len(e.Interviews)), AiCalls: make([]apiv1.AiCallDetail, len(e.AICalls)),
		Files: make([]apiv1.ExportedFile, len(e.Files)), Traces: []apiv1.ExportedTrace{}, Matches: toAPIMatches(e.Matches),
		Messages: make([]apiv1.ExportedMessage, len(e.Messages)), Events: make([]apiv1.ExportedEvent, len(e.Events)),
	}
	for i, entry := range e.History {
		actor, err := toAPIActor(entry.Actor)
		if err != nil {
			return out, err
		}
		out.History[i] = apiv1.CandidateHistoryEntry{
			FromStatus: (*apiv1.CandidateStatus)(entry.From), ToStatus: apiv1.CandidateStatus(entry.To), Reason: orNil(entry.Reason),
			Actor: actor, Automatic: entry.Automatic, At: entry.At,
		}
	}
	for i, a := range e.Applications {
		detail, err := toAPIApplicationDetail(a.Application, a.History)
		if err != nil {
			return out, err
		}
		out.Applications[i] = detail
		for _, n := range a.Notes {
			out.Notes = append(out.Notes, apiv1.ExportedNote{ApplicationID: n.ApplicationID, UserID: n.UserID, Text: n.Text, CreatedAt: n.At})
		}
		if a.Rating != 0 {
			out.Ratings = append(out.Ratings, apiv1.ExportedRating{ApplicationID: a.ID, Rating: a.Rating})
		}
		if a.Trace != (board.Trace{}) {
			out.Traces = append(out.Traces, apiv1.ExportedTrace{ApplicationID: a.ID, NetworkAddress: orNil(a.Trace.IP), UserAgent: orNil(a.Trace.UserAgent)})
		}
	}
	for i, interview := range e.Interviews {
		out.Interviews[i] = toAPIInterview(interview)
	}
	for i, call := range e.AICalls {
		out.AiCalls[i] = toAPICallDetail(call)
	}
	for i, f := range e.Files {
		cv := toAPICV(f.File)
		out.Files[i] = apiv1.ExportedFile{
			ApplicationID: f.ApplicationID, Name: cv.Name, MediaType: cv.MediaType, Size: cv.Size, Sha256: cv.Sha256, TextProblem: cv.TextProblem,
			TextPending: cv.TextPending, CreatedAt: f.CreatedAt,
		}
	}
	for i, m := range e.Messages {
		out.Messages[i] = apiv1.ExportedMessage{ID: m.ID, To: m.To, Subject: m.Subject, CreatedAt: m.CreatedAt}
	}
	for i, event := range e.Events {
		out.Events[i] = apiv1.ExportedEvent{ID: event.ID, Type: apiv1.EventType(event.Type), CreatedAt: event.CreatedAt}
	}
	return out, nil
}
