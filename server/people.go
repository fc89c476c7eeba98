package server

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// Page is what a browser is told where a program gets JSON.
type Page struct {
	Status         int
	Title, Message string
	// Problems are what was wrong with the form of the job JobID, and Values what was typed into it; the file is not
	// among them.
	Problems []board.FieldError
	Values   map[string]string
	// JobID is 0 where no job is at hand.
	JobID int64
	// Token makes the page ask whether to withdraw an application, and send it along; empty to ask nothing.
	Token string
}

//go:embed templates/page.html
var pageFile embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFile, "templates/page.html"))

// wantsPage tells whether the caller is a browser: one that names HTML, and does not ask for JSON.
func wantsPage(r *http.Request) bool {
	return accepts(r, echo.MIMETextHTML) && !accepts(r, echo.MIMEApplicationJSON)
}

// accepts tells whether the caller names a media type.
func accepts(r *http.Request, mediaType string) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values(echo.HeaderAccept), ",")), mediaType)
}

const (
	pageKey    = "page"
	pagePolicy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// forPeople turns the errors of an operation into pages when a browser asks. What the handler has noted of the page
// stays on it.
func (s *Server) forPeople(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set(echo.HeaderVary, echo.HeaderAccept)
		h.Set(echo.HeaderCacheControl, "no-store")
		// The address of a page can hold a token.
		h.Set("Referrer-Policy", "no-referrer")
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		err := next(c)
		if err == nil || c.Response().Committed || !wantsPage(c.Request()) {
			return err
		}
		e := toError(err)
		code := status(e.Code)
		if code >= http.StatusInternalServerError {
			if c.Request().Context().Err() != nil {
				return err // nobody reads it
			}
			noteFault(c, err)
		}
		page, _ := c.Get(pageKey).(Page)
		page.Status, page.Title, page.Message, page.Problems = code, errorTitle(e.Code), e.Message, e.Fields
		if code >= http.StatusInternalServerError {
			page.Message += " The requestId is " + requestIDOf(c) + "."
		}
		return s.showPage(c, page)
	}
}

func errorTitle(code board.Code) string {
	switch code { //nolint:exhaustive // the rest has no better title
	case board.CodeNotFound:
		return "Not found"
	case board.CodeGone:
		return "No longer there"
	case board.CodeRateLimited:
		return "Try again later"
	case board.CodeInternal, board.CodeUnavailable:
		return "Something went wrong"
	}
	return "There is a problem"
}

func (s *Server) showPage(c echo.Context, p Page) error {
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, pagePolicy)
	if s.showPageTo != nil {
		return s.showPageTo(c.Response(), c.Request(), p)
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return fmt.Errorf("render a page: %w", err)
	}
	return c.HTMLBlob(p.Status, out.Bytes())
}

// answerPerson answers JSON to a program and a page to a browser.
func (s *Server) answerPerson(c echo.Context, body any, p Page) error {
	if wantsPage(c.Request()) {
		return s.showPage(c, p)
	}
	return c.JSON(p.Status, body)
}

// publicJobID is the job of a public path. The validator lets nothing pass but a number.
func publicJobID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != c.Param("id") {
		return 0, board.Errorf(board.CodeNotFound, "There is no such job.")
	}
	return id, nil
}

// readToken takes the token of a form. Errors: invalid_request; payload_too_large.
func readToken(c echo.Context) (string, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return "", formFault(err)
	}
	token := r.PostForm.Get("token")
	if token == "" {
		return "", board.Invalid(board.FieldError{Field: "token", Code: board.FieldRequired, Message: "is needed"})
	}
	return token, nil
}

// showWithdrawal shows what a link is for, and asks. It changes nothing: programs that look after mail follow links.
func (s *Server) showWithdrawal(c echo.Context) error {
	token := c.QueryParam("token")
	a, err := s.store.Pipeline.ApplicationByWithdrawToken(c.Request().Context(), token)
	if err != nil {
		return err
	}
	body := apiv1.Withdrawal{Status: apiv1.ApplicationStatus(a.Status), JobTitle: a.JobTitle}
	if a.Status == board.ApplicationWithdrawn {
		return s.answerPerson(c, body, withdrawnPage(a.JobTitle))
	}
	return s.answerPerson(c, body, Page{
		Status: http.StatusOK, Title: "Withdraw your application?", Token: token,
		Message: fmt.Sprintf("You have applied for the job “%s”. The employer will see that you no longer want it.", a.JobTitle),
	})
}

// withdrawApplication withdraws the application of a link.
func (s *Server) withdrawApplication(c echo.Context) error {
	token, err := readToken(c)
	if err != nil {
		return err
	}
	a, err := s.store.Pipeline.WithdrawApplication(c.Request().Context(), token)
	if err != nil {
		return err
	}
	return s.answerPerson(c, apiv1.Withdrawal{Status: apiv1.ApplicationStatus(a.Status), JobTitle: a.JobTitle}, withdrawnPage(a.JobTitle))
}

func withdrawnPage(jobTitle string) Page {
	return Page{Status: http.StatusOK, Title: "Your application is withdrawn", Message: fmt.Sprintf("You are no longer an applicant for the job “%s”.", jobTitle)}
}
