package server

// LargeWaiting is how many requests with large bodies wait for their turn.
func (s *Server) LargeWaiting() int { return s.large.Waiting() }
