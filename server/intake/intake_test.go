package intake_test

import (
	"fmt"
	"net/http"
	"testing"

	"itmanagerjobs/server/inbound"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/careerjet"
)

const applications = "/api/v1/applications"

// applicationAnswer is what these tests look at of an application that the API shows to its employer.
type applicationAnswer struct {
	Status          string
	JobID           int64
	ApplicationType string
	Applicant       *struct{ FirstName string }
	CV              *struct {
		Name, MediaType string
		Size            int64
	}
	History []struct {
		Actor struct{ Type string }
	}
}

type applicationListAnswer struct {
	Total int
	Items []applicationAnswer
}

func application(t *testing.T, api *servertest.API, key string, id int64) (a applicationAnswer) {
	t.Helper()
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("%s/%d", applications, id), Key: key}).JSON(t, &a)
	return a
}

// What the contract says of the size of a body is what is read of it.
func TestTheContractNamesTheSizeOfBodies(t *testing.T) {
	t.Parallel()
	var contract struct {
		Paths map[string]map[string]struct {
			MaxBody int64 `json:"x-max-body-bytes"`
		}
	}
	api := servertest.New(t)
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: "/swagger/intake/swagger.json"}).JSON(t, &contract)
	for path, want := range map[string]int64{"/apply/careerjet": careerjet.MaxBody, "/apply/inbound": inbound.MaxMessage, "/jobs/{id}/apply": board.MaxCV + 2<<20} {
		if got := contract.Paths[path]["post"].MaxBody; got != want {
			t.Errorf("%s: %d bytes, want %d", path, got, want)
		}
	}
}
