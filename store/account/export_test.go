package account

import "time"

// Tests hold a statement up for as long as they need to fill the next batch.
func init() { admissions.Patience = time.Hour }

// WaitingAdmissions is how many requests wait for the next batch of admissions.
func (s *Store) WaitingAdmissions() int { return s.admissions.Waiting() }
