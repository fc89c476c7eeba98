package intake_test

import (
	"fmt"
	"net/http"
	"testing"

	"itmanagerjobs/server/servertest"
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
