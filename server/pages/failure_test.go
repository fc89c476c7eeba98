package pages_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
)

// TestEveryErrorHasAPage takes every code: what only the API answers with, and what is no *board.Error, are faults whose cause the log
// alone has; any other page tells the visitor the message.
func TestEveryErrorHasAPage(t *testing.T) {
	t.Parallel()
	statuses := map[board.Code]int{
		board.CodeInvalidRequest: 400, board.CodeInvalidQuery: 400, board.CodeInvalidState: 400, board.CodeNoCredits: 400, board.CodeUnlockRequired: 400,
		board.CodeInsufficientScope: 403, board.CodeAddressNotAllowed: 403, board.CodeTestModeOnly: 403, board.CodeNotFound: 404, board.CodeConflict: 409,
		board.CodePreconditionFailed: 409, board.CodeGone: 410, board.CodePayloadTooLarge: 413, board.CodeRateLimited: 429, board.CodeUnavailable: 503,
	}
	for _, code := range board.AllCodes() {
		f := pages.FailureOf(fmt.Errorf("read the job: %w", board.Errorf(code, "What is wrong.")), "The number.")
		want, known := statuses[code]
		if !known {
			want = http.StatusInternalServerError
		}
		if f.Status != want || f.Title == "" || f.Message == "" || f.Logged != (want >= 500) || (f.Again > 0) != (want == 503 || want == 429) {
			t.Errorf("%s has the page %+v, not of status %d", code, f, want)
		}
		if known && code != board.CodeTestModeOnly && f.Message != "What is wrong." || !known && f.Message != "The number." {
			t.Errorf("%s says %q", code, f.Message)
		}
	}
	if f := pages.FailureOf(errors.New("the cause"), "The number."); f.Status != http.StatusInternalServerError || f.Message != "The number." || !f.Logged {
		t.Errorf("an unknown error has the page %+v", f)
	}
	if f := pages.FailureOf(context.Canceled, "The number."); f.Logged {
		t.Error("the log has the error of a visitor who left")
	}
}

func TestAFailureSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err         *board.Error
		status      int
		again, says string
	}{
		{board.Errorf(board.CodeUnavailable, "The database is away."), http.StatusServiceUnavailable, "5", "Try again in a moment: The database is away."},
		{board.ErrorAfter(61*time.Second, board.CodeUnavailable, "Many files wait."), http.StatusServiceUnavailable, "61", "Try again in a moment: Many files wait."},
		{board.ErrorAfter(90500*time.Millisecond, board.CodeRateLimited, "Slowly."), http.StatusTooManyRequests, "91", "Too many attempts: Slowly."},
		{board.Errorf(board.CodeRateLimited, "Slowly."), http.StatusTooManyRequests, "5", "Too many attempts: Slowly."},
		{board.Errorf(board.CodeNotFound, "Nothing."), http.StatusNotFound, "", "Not found: Nothing."},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		pages.FailureOf(tt.err, "").Answer(w, r, tt.err, func(w http.ResponseWriter, _ *http.Request, status int, title, message string) {
			w.WriteHeader(status)
			fmt.Fprint(w, title+": "+message)
		})
		if got := w.Result(); got.StatusCode != tt.status || got.Header.Get("Retry-After") != tt.again || w.Body.String() != tt.says {
			t.Errorf("%v: %d, %v: %s", tt.err, got.StatusCode, got.Header, w.Body)
		}
	}
}
