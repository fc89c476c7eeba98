package account

// WaitingAdmissions is how many requests wait for the next batch of admissions.
func (s *Store) WaitingAdmissions() int { return s.admissions.Waiting() }
