package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// An answer that told of a person goes with the erasure of their data; the request is still not done again.
func TestAnAnswerAboutAnErasedPersonIsGone(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	id := applied(t, api, api.OpenJob(t, tenant), "ada.lovelace@example.com", "Ada Lovelace\nKubernetes")
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
	gone := api.Want(t, http.StatusGone, q)
	var e struct{ Code, Message, RequestID string }
	if err := json.Unmarshal(gone.Body, &e); err != nil || e.Code != "gone" || e.Message == "" || e.RequestID == "" || e.RequestID != gone.Header.Get("X-Request-ID") {
		t.Errorf("after the erasure: %v %s", gone.Header, gone.Body)
	}
	if gone.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("after the erasure: %v", gone.Header)
	}
}

// Two integrations of one employer that count their requests 1, 2, 3 never meet.
func TestAnIdempotencyKeyBelongsToOneAPIKey(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, first := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	second := modeKey(t, api, tenant, board.ModeLive, false)
	id := people(t, api, board.ModeLive, grace)[0]
	grant(t, api, tenant, 1)
	for _, key := range []string{first, second} {
		res := api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: candidatePath(id) + "/unlock", Key: key, Header: map[string]string{"Idempotency-Key": "1"}})
		if res.Header.Get("Idempotency-Replayed") != "" {
			t.Error("one key got the other's answer")
		}
	}
	call := func(key string) servertest.Request {
		return servertest.Request{
			Method: http.MethodPost, Path: "/api/v1/candidates/999/unlock", Key: key, Header: map[string]string{"Idempotency-Key": "1"},
		}
	}
	api.Want(t, 422, call(first))
	api.Want(t, 422, call(second))
	// The erasure finds both answers.
	receipt, err := api.Store.Erasure.EraseCV(t.Context(), id)
	if err != nil || receipt.Replies != 2 || receipt.Unlocks != 1 {
		t.Errorf("erased %+v, %v; want the answers of both keys", receipt, err)
	}
}

// outsideContract sends a request with a JSON body, whose answer the contract does not list for the operation.
func outsideContract(t *testing.T, api *servertest.API, q servertest.Request) (status int, header http.Header, body string) {
	t.Helper()
	sent, err := json.Marshal(q.Body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), q.Method, api.URL+q.Path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+q.Key)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range q.Header {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(read)
}
