package intake

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	api "itmanagerjobs/gen/intake"
	"itmanagerjobs/store/board"
)

// ShowWithdrawal shows what a link is for, and asks. It changes nothing, because programs that check mail follow links.
func (h *Handlers) ShowWithdrawal(c echo.Context) error {
	token := c.QueryParam("token")
	a, err := h.Store.Pipeline.ApplicationByWithdrawToken(c.Request().Context(), token)
	if err != nil {
		return err
	}
	body := api.Withdrawal{Status: api.ApplicationStatus(a.Status), JobTitle: a.JobTitle}
	if a.Status == board.ApplicationWithdrawn {
		return h.answer(c, body, withdrawn(a.JobTitle))
	}
	return h.answer(c, body, Outcome{
		Status: http.StatusOK, Title: "Withdraw your application?", Token: token,
		Message: fmt.Sprintf("You have applied for the job “%s”. The employer will see that you no longer want it.", a.JobTitle),
	})
}

// Withdraw withdraws the application of a link.
func (h *Handlers) Withdraw(c echo.Context) error {
	token, err := readToken(c.Request())
	if err != nil {
		return err
	}
	a, err := h.Store.Pipeline.WithdrawApplication(c.Request().Context(), token)
	if err != nil {
		return err
	}
	if wantsPage(c.Request()) {
		// A page that is loaded again must not send the form again. The page of the link says that it is withdrawn.
		return c.Redirect(http.StatusSeeOther, board.WithdrawPath+"?token="+url.QueryEscape(token))
	}
	return c.JSON(http.StatusOK, api.Withdrawal{Status: api.ApplicationStatus(a.Status), JobTitle: a.JobTitle})
}

func withdrawn(jobTitle string) Outcome {
	return Outcome{Status: http.StatusOK, Title: "Your application is withdrawn", Message: fmt.Sprintf("You are no longer an applicant for the job “%s”.", jobTitle)}
}

// readToken reads the token of a form. Errors: invalid_request; payload_too_large.
func readToken(r *http.Request) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", unreadableForm(err)
	}
	token := r.PostForm.Get("token")
	if token == "" {
		return "", board.Invalid(board.FieldError{Field: "token", Code: board.FieldRequired, Message: "is needed"})
	}
	return token, nil
}
