package server

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/answer"
)

// jobAnswer is an apiv1.GetJob200JSONResponse and jobsAnswer an apiv1.ListJobs200JSONResponse, for the two operations that are called
// most. They are encoded into the recorder, which keeps its room from answer to answer; those that are generated make room of
// their own first, and copy.
type (
	jobAnswer  apiv1.GetJob200JSONResponse
	jobsAnswer apiv1.ListJobs200JSONResponse
)

// VisitGetJobResponse writes the answer.
func (a jobAnswer) VisitGetJobResponse(w http.ResponseWriter) error {
	w.Header().Set(answer.HeaderETag, a.Headers.ETag)
	return writeJSON(w, a.Body)
}

// VisitListJobsResponse writes the answer.
func (a jobsAnswer) VisitListJobsResponse(w http.ResponseWriter) error {
	if a.Headers.Link != nil {
		w.Header().Set("Link", *a.Headers.Link)
	}
	return writeJSON(w, a.Body)
}

// writeJSON writes a body to a recorder. On an error nobody sends what was recorded.
func writeJSON(w http.ResponseWriter, body any) error {
	w.Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	return json.NewEncoder(w).Encode(body)
}
