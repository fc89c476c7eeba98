package server

import (
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/pace"
)

// LargeWaiting is how many requests with large bodies wait for their turn.
func (s *Server) LargeWaiting() int { return s.large.Waiting() }

// Insist says when a caller waits that is refused again and again. It comes before the first request.
func (s *Server) Insist(o pace.Options) {
	*s.gate = *admission.New(s.store.Accounts, s.company, o)
}

// UnderWayWaiting is how many requests wait because others of their employer are under way.
func (s *Server) UnderWayWaiting() int { return s.company.Waiting() }
