package server

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const myRequestsPath = "/api/v1/me/requests"

// operations are those of the contract.
type operations []contract.Operation

// byID finds an operation by its name.
func (all operations) byID(id string) (contract.Operation, bool) {
	for _, op := range all {
		if op.ID == id {
			return op, true
		}
	}
	return contract.Operation{}, false
}

// at finds the operation of a method and a path of the contract.
func (all operations) at(method, path string) *string {
	for _, op := range all {
		if op.Method == method && op.Path == path {
			return &op.ID
		}
	}
	return nil
}

// parameter is how routes of the router name what stands in braces in the contract.
var parameter = regexp.MustCompile(`:([A-Za-z]+)`)

// pathOf writes a route of the router as the contract does.
func pathOf(route string) string { return parameter.ReplaceAllString(route, "{$1}") }

// routeOf writes a path of the contract as the router does.
func routeOf(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// ListMyRequests answers what the caller's key has asked.
func (h *handlers) ListMyRequests(ctx context.Context, r apiv1.ListMyRequestsRequestObject) (apiv1.ListMyRequestsResponseObject, error) {
	params, query := r.Params, url.Values{}
	p := admission.Principal(ctx)
	f := account.RequestFilter{KeyID: p.KeyID, Method: string(paging.FilterText(query, "method", params.Method)), Since: paging.FilterTime(query, "since", params.Since)}
	if class := paging.FilterText(query, "status", params.Status); class != "" {
		f.StatusClass = int(class[0] - '0')
	}
	if id := paging.FilterText(query, "operation", params.Operation); id != "" {
		op, ok := h.server.operations.byID(id)
		if !ok {
			return nil, paging.InvalidQuery("operation", board.FieldNotAllowed, "is no operationId of the contract, which is at /swagger/v1/swagger.json")
		}
		if f.Method != "" && f.Method != op.Method {
			return nil, paging.InvalidQuery("method", board.FieldConflict, "is "+op.Method+" for this operation: leave it out")
		}
		f.Method, f.Route = op.Method, routeOf(op.Path)
	}
	l, err := h.server.lists.Open(admission.Principal(ctx).Tenant, paging.List{Path: myRequestsPath, Query: query}, paging.Params{Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	f.Before, f.Limit = l.AfterID(), l.Size
	page, more, err := h.server.store.Accounts.Requests(ctx, p.Tenant, f)
	if err != nil {
		return nil, err
	}
	body := apiv1.RequestLog{PageSize: l.Size, Items: converted(page, h.server.toAPIRequest)}
	body.NextCursor = paging.NextCursor(l, page, more, func(e account.LoggedRequest) paging.Position { return paging.Position{ID: e.ID} })
	return apiv1.ListMyRequests200JSONResponse{Body: body, Headers: apiv1.ListMyRequests200ResponseHeaders{Link: l.NextLink(body.NextCursor)}}, nil
}

func (s *Server) toAPIRequest(e account.LoggedRequest) apiv1.RequestLogEntry {
	path := pathOf(e.Route)
	return apiv1.RequestLogEntry{
		ID: e.ID, RequestID: e.RequestID, Operation: s.operations.at(e.Method, path), Method: e.Method, Path: path, Status: e.Status, Code: orNil(e.Code),
		Milliseconds: e.Took.Milliseconds(), At: e.At,
	}
}

// ListMyDeprecations answers which deprecated operations the caller's key has called.
func (h *handlers) ListMyDeprecations(ctx context.Context, _ apiv1.ListMyDeprecationsRequestObject) (apiv1.ListMyDeprecationsResponseObject, error) {
	p := admission.Principal(ctx)
	uses, err := h.server.store.Accounts.DeprecatedUses(ctx, p.Tenant, p.KeyID)
	if err != nil {
		return nil, err
	}
	body := apiv1.ListMyDeprecations200JSONResponse{Items: []apiv1.DeprecatedUse{}}
	for _, u := range uses {
		if op, ok := h.server.operations.byID(u.Operation); ok && op.Deprecated { // it may have been kept after all
			body.Items = append(body.Items, apiv1.DeprecatedUse{Operation: op.ID, Method: op.Method, Path: op.Path, Calls: u.Calls, LastUsedAt: u.LastAt})
		}
	}
	return body, nil
}
