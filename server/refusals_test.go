package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/pace"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

func TestARefusalComesLateToACallerWhoGoesOn(t *testing.T) {
	t.Parallel()
	const late = time.Second
	for name, refusal := range map[string]struct {
		status  int
		request func(key string) servertest.Request
	}{
		"limit is reached": {http.StatusTooManyRequests, func(key string) servertest.Request {
			return servertest.Request{Method: http.MethodGet, Path: "/api/v1/jobs", Key: key}
		}},
		"scope is missing": {http.StatusForbidden, func(key string) servertest.Request {
			return servertest.Request{Method: http.MethodGet, Path: "/api/v1/candidates", Key: key}
		}},
		"key is unknown": {http.StatusUnauthorized, func(key string) servertest.Request {
			return servertest.Request{Method: http.MethodGet, Path: "/api/v1/jobs", Key: key[:len(key)-4] + "0000"}
		}},
		"no key": {http.StatusUnauthorized, func(string) servertest.Request {
			return servertest.Request{Method: http.MethodGet, Path: "/api/v1/jobs"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := servertest.New(t)
			api.Handler.Insist(pace.Options{Free: 2, PerSecond: 1e-6, Most: late, Callers: 10})
			insists, key := api.Employer(t, "Busy", 1, apikey.ScopeJobPosting)
			if err := api.Store.Accounts.SetLimit(t.Context(), insists.EmployerID, board.FamilyJobs, 1); err != nil {
				t.Fatal(err)
			}
			admitted := servertest.Request{Method: http.MethodGet, Path: "/api/v1/me", Key: key}
			api.Want(t, http.StatusOK, admitted)
			for range 2 {
				api.Want(t, refusal.status, refusal.request(key))
			}
			began := time.Now()
			api.Want(t, refusal.status, refusal.request(key))
			if took := time.Since(began); took < late {
				t.Errorf("the third refusal came after %v, want %v", took, late)
			}
			if !strings.Contains(api.Log.String(), `"held_ms":1`) {
				t.Errorf("no line of the log says how long a refusal was held back: %s", api.Log.String())
			}
			// Requests that are not refused never wait, and what another employer is refused does not either.
			other, allowed := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
			if err := api.Store.Accounts.SetLimit(t.Context(), other.EmployerID, board.FamilyJobs, 1); err != nil {
				t.Fatal(err)
			}
			began = time.Now()
			api.Want(t, http.StatusOK, servertest.Request{Method: http.MethodGet, Path: "/api/v1/me", Key: allowed})
			if refusal.status != http.StatusUnauthorized { // both come from one address
				api.Want(t, refusal.status, refusal.request(allowed))
			}
			if took := time.Since(began); took >= late {
				t.Errorf("another employer waited %v", took)
			}
		})
	}
}

// TestApplicationsThatAreTooManyAreRefusedLater: each of them asks the database, and has no key.
func TestApplicationsThatAreTooManyAreRefusedLater(t *testing.T) {
	t.Parallel()
	const late = time.Second
	api := servertest.New(t)
	api.Handler.Insist(pace.Options{Free: 2, PerSecond: 1e-6, Most: late, Callers: 10})
	for range board.DefaultApplyLimit {
		if _, err := api.Store.Pipeline.CountApplication(t.Context(), "127.0.0.1", board.DefaultApplyLimit); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		api.Want(t, http.StatusTooManyRequests, servertest.Applying(t, 1))
	}
	began := time.Now()
	api.Want(t, http.StatusTooManyRequests, servertest.Applying(t, 1))
	if took := time.Since(began); took < late {
		t.Errorf("the third refusal came after %v, want %v", took, late)
	}
	began = time.Now()
	api.Want(t, http.StatusNotFound, servertest.Request{Method: http.MethodGet, Path: "/jobs/1/apply", Header: map[string]string{"Accept": "application/json"}})
	if took := time.Since(began); took >= late {
		t.Errorf("the form, which is not refused, came after %v", took)
	}
}
