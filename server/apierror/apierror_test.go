package apierror

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/store/board"
)

// TestFrom: an error of the board and one of the router are worded for the caller, and any other is hidden.
func TestFrom(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		err    error
		status int
		text   string
	}{
		{"of the board", board.ErrJobClosed, http.StatusGone, "closed"},
		{"wrapped", fmt.Errorf("apply: %w", board.ErrJobExpired), http.StatusGone, "expired"},
		{"no route", echo.ErrNotFound, http.StatusNotFound, "/swagger/v1/swagger.json"},
		{"another method", echo.ErrMethodNotAllowed, http.StatusMethodNotAllowed, "Allow"},
		{"a bad parameter", echo.NewHTTPError(http.StatusBadRequest, "pq: x"), http.StatusBadRequest, "can't be read"},
		{"a large body", echo.ErrStatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge, "too large"},
		{"another media type", echo.ErrUnsupportedMediaType, http.StatusUnsupportedMediaType, "application/json"},
		{"another status of the router", echo.ErrTeapot, http.StatusInternalServerError, "requestId"},
		{"of the program", errors.New("pq: relation does not exist"), http.StatusInternalServerError, "requestId"},
	} {
		e := From(tc.err)
		if got := Status(e.Code); got != tc.status || !strings.Contains(e.Message, tc.text) || strings.Contains(e.Message, "pq:") {
			t.Errorf("%s: %d %q, want %d %q", tc.name, got, e.Message, tc.status, tc.text)
		}
	}
}
