package server_test

import (
	"net/http"
	"sync"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest/fixture"
)

// TestASearchThatWouldComeTooLateIsRefused keeps all searches waiting: those that run wait for a lock, the others for those.
func TestASearchThatWouldComeTooLateIsRefused(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeCVSearch)
	people(t, api, board.ModeLive, plain("Ann"))
	api.Want(t, 200, get(search, key))
	tx, err := fixture.Raw(t, api.DatabaseURL).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `LOCK TABLE cv_slots`); err != nil {
		t.Fatal(err)
	}
	const more = 25 // than run and wait
	answers := make(chan servertest.Response, more)
	var sending sync.WaitGroup
	for range more {
		sending.Go(func() { answers <- api.Do(t, get(search, key)) }) // checked against the contract
	}
	if first := <-answers; first.Status != http.StatusServiceUnavailable || first.Header.Get("Retry-After") == "" {
		t.Errorf("while searches wait: %d %v %s", first.Status, first.Header, first.Body)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	sending.Wait()
	close(answers)
	answered := 0
	for res := range answers {
		switch res.Status {
		case http.StatusOK:
			answered++
		case http.StatusServiceUnavailable:
		default:
			t.Errorf("%d %s", res.Status, res.Body)
		}
	}
	if answered < 2 {
		t.Errorf("%d searches were answered after the wait", answered)
	}
	api.Want(t, 200, get(search, key))
}
