// Package other makes SQL for others.
package other

// CandidateSQL reads candidates.
func CandidateSQL(from string) string { // want CandidateSQL:"SQL"
	return `SELECT c.id FROM ` + from + ` c JOIN jobs j ON j.id = c.job_id`
}

// Tenant is an employer in a mode.
type Tenant struct {
	EmployerID int64
	Mode       string
}

// Job is read from the database.
type Job struct {
	Tenant

	ID int64
}
