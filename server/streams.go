package server

import (
	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/admission"
	"itmanagerjobs/store/board"
)

// registerStreams adds the operations that the generated code has no words for: files, forms and messages. The
// handlers of package intake take what strangers send.
func (s *Server) registerStreams(chains map[string][]echo.MiddlewareFunc) {
	s.echo.GET("/api/v1/applications/:id/cv", s.downloadCV, chains["downloadApplicationCv"]...)
	s.echo.GET("/api/v1/candidates/:id/cv", s.downloadCandidateCV, chains["downloadCandidateCv"]...)
	people := func(id string) []echo.MiddlewareFunc {
		return append([]echo.MiddlewareFunc{s.intake.PagesForBrowsers}, chains[id]...)
	}
	s.echo.GET("/jobs/:id/apply", s.intake.OpenForm, people("openApplyForm")...)
	s.echo.POST("/jobs/:id/apply", s.intake.Apply, people("applyToJob")...)
	s.echo.GET(board.WithdrawPath, s.intake.ShowWithdrawal, people("showWithdrawal")...)
	s.echo.POST(board.WithdrawPath, s.intake.Withdraw, people("withdrawApplication")...)
	// Without the chain of its operation: its errors are worded as its protocol asks, not as the contract's envelope.
	s.echo.POST("/apply/careerjet", s.intake.ReceiveCareerjet)
	s.echo.POST("/apply/inbound", func(c echo.Context) error {
		return s.intake.ReceiveEmail(c, admission.Principal(c.Request().Context()).Tenant)
	}, chains["receiveInboundEmail"]...)
}
