package server_test

import (
	"net/http"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
)

// An answer that told of a person goes with the erasure of their data; the request is still not done again.
func TestAnAnswerAboutAnErasedPersonIsGone(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, board.ScopeJobPosting, board.ScopeCvSearch)
	id := applied(t, api, openJob(t, api, tenant), "ada.lovelace@example.com", "Ada Lovelace\nKubernetes")
	q := servertest.Request{
		Method: http.MethodPost, Path: "/api/v1/ai-calls", Key: key, Body: map[string]any{"candidateId": id, "purpose": "Screening"},
		Header: map[string]string{"Idempotency-Key": "call-1"},
	}
	first := api.Want(t, 201, q)
	again := api.Want(t, 201, q)
	if string(again.Body) != string(first.Body) || again.Header.Get("Location") != first.Header.Get("Location") || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %v %s\nwant %v %s", again.Header, again.Body, first.Header, first.Body)
	}
	api.Want(t, 200, servertest.Request{Method: http.MethodDelete, Path: candidatePath(id), Key: key})
	gone := api.Want(t, 410, q)
	const want = `{"code":"gone","message":"The answer to this request told of a person whose data was erased since."}`
	if string(gone.Body) != want || gone.Header.Get("Content-Type") != "application/json" || gone.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("after the erasure: %v %s", gone.Header, gone.Body)
	}
}
