package server

import (
	"strings"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// audited makes every transaction of a request that writes leave an entry in the audit log. It stands behind idempotent, so
// that neither a repeated request nor a refused one leaves any.
func (s *Server) audited(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			p := admission.Principal(r.Context())
			action := op.ID
			if p.ProposeOnly && op.Proposed {
				action = "propose" + strings.ToUpper(op.ID[:1]) + op.ID[1:] // such as proposePublishJob: it was not done yet
			}
			c.SetRequest(r.WithContext(account.Acting(r.Context(), board.Act{
				EmployerID: p.EmployerID, Mode: p.Mode, Actor: board.AuditKey, ActorID: p.KeyID, Action: action,
				Objects: objectsOf(op.Path, r.URL.EscapedPath()), Address: c.RealIP(),
			})))
			defer c.SetRequest(r)
			return next(c)
		}
	}
}

// objectsOf is what the path of a request names: jobs/12 for /api/v1/jobs/12/publish. The numbers of webhooks are the same in
// both APIs.
func objectsOf(template, path string) []string {
	templates, parts := strings.Split(template, "/"), strings.Split(path, "/")
	end := 0
	for i, t := range templates {
		if strings.HasPrefix(t, "{") && i < len(parts) {
			end = i + 1
		}
	}
	if end == 0 {
		return nil
	}
	object := strings.Join(parts[:end], "/")
	for _, prefix := range []string{"/api/v1/", "/v1/"} {
		object = strings.TrimPrefix(object, prefix)
	}
	object = strings.TrimPrefix(object, "test/") // a simulation is about the job or the application
	return []string{strings.Replace(object, "/"+endpointPrefix, "/", 1)}
}
