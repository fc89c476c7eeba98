package server

import (
	"context"
	"encoding/hex"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// ListAudit answers the entries of the audit log after a number, as ListEvents does the events. A test key sees what was done to
// test data alone.
func (h *handlers) ListAudit(ctx context.Context, r apiv1.ListAuditRequestObject) (apiv1.ListAuditResponseObject, error) {
	p := admission.Principal(ctx)
	q := account.AuditQuery{EmployerID: p.EmployerID, Modes: []board.Mode{p.Mode}, Limit: paging.SizeOf(r.Params.PageSize)}
	if p.Mode == board.ModeLive {
		q.Modes = append(q.Modes, "") // the account itself
	}
	if r.Params.After != nil {
		q.After = *r.Params.After
	}
	if r.Params.Action != nil {
		q.Action = *r.Params.Action
	}
	entries, more, err := h.server.store.Accounts.Audit(ctx, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.ListAudit200JSONResponse{PageSize: q.Limit, Items: converted(entries, toAPIAuditEntry), NextAfter: q.After, HasMore: more}
	if len(entries) > 0 {
		body.NextAfter = entries[len(entries)-1].Number
	}
	return body, nil
}

func toAPIAuditEntry(e account.AuditEntry) apiv1.AuditEntry {
	out := apiv1.AuditEntry{
		Number: e.Number, At: e.At, Action: e.Action, Objects: e.Objects, Hash: hex.EncodeToString(e.Hash), Address: orNil(e.Address),
		Actor: apiv1.AuditActor{Type: apiv1.AuditActorType(e.Actor), Name: e.ActorName},
	}
	if e.ActorID != 0 {
		out.Actor.ID = &e.ActorID
	}
	return out
}
