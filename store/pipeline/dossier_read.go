package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
)

// Erased tells of each event whether it is about a person who was erased. It is part of outbox.People.
func (s *Store) Erased(ctx context.Context, tx *pg.Tx, t board.Tenant, events []event.Event) ([]bool, error) {
	subjects, err := subjectsOf(events)
	if err != nil {
		return nil, err
	}
	erased := make([]bool, len(events))
	var candidates, applications pq.Int64Array
	for _, about := range subjects {
		candidates, applications = appendID(candidates, about.CandidateID), appendID(applications, about.ApplicationID)
	}
	if len(candidates)+len(applications) == 0 {
		return erased, nil
	}
	var rows []struct {
		CandidateID   int64 `db:"candidate_id"`
		ApplicationID int64 `db:"application_id"`
	}
	err = tx.List(ctx, &rows, `
SELECT id AS candidate_id, 0 AS application_id FROM candidates WHERE id = ANY ($1) AND employer_id = $3 AND mode = $4 AND erased_at IS NOT NULL
 UNION ALL
SELECT 0, id FROM applications WHERE id = ANY ($2) AND employer_id = $3 AND mode = $4 AND erased_at IS NOT NULL`,
		candidates, applications, t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("look for the erased: %w", err)
	}
	gone := make(map[event.Subjects]bool, len(rows))
	for _, r := range rows {
		gone[event.Subjects{CandidateID: r.CandidateID, ApplicationID: r.ApplicationID}] = true
	}
	for i, about := range subjects {
		erased[i] = gone[event.Subjects{CandidateID: about.CandidateID}] && about.CandidateID != 0 ||
			gone[event.Subjects{ApplicationID: about.ApplicationID}] && about.ApplicationID != 0
	}
	return erased, nil
}

func subjectsOf(events []event.Event) ([]event.Subjects, error) {
	subjects := make([]event.Subjects, len(events))
	for i, e := range events {
		var err error
		if subjects[i], err = e.Subjects(); err != nil {
			return nil, err
		}
	}
	return subjects, nil
}

func appendID(ids pq.Int64Array, id int64) pq.Int64Array {
	if id == 0 {
		return ids
	}
	return append(ids, id)
}

// Dossiers describes what each event is about, the job, the employer, the application and the candidate, as far as the
// event names them. Of a candidate who was erased there is nothing. It is part of outbox.People.
func (s *Store) Dossiers(ctx context.Context, tx *pg.Tx, t board.Tenant, events []event.Event) ([]json.RawMessage, error) {
	subjects, err := subjectsOf(events)
	if err != nil {
		return nil, err
	}
	r := dossierReader{tx: tx, tenant: t}
	if err := r.read(ctx, subjects); err != nil {
		return nil, err
	}
	dossiers := make([]json.RawMessage, len(events))
	for i, about := range subjects {
		if dossiers[i], err = json.Marshal(r.dossier(about)); err != nil {
			return nil, fmt.Errorf("encode the dossier of %s: %w", events[i].Type, err)
		}
	}
	return dossiers, nil
}

// dossierReader has all that is needed for the dossiers of some events of one tenant.
type dossierReader struct {
	tx     *pg.Tx
	tenant board.Tenant

	employer     dossierEmployer
	applications map[int64]dossierApplicationRow // those that events name
	candidates   map[int64]dossierCandidateRow
	ofCandidate  map[int64][]dossierApplicationRow
	history      map[int64][]dossierMove
	jobs         map[int64]board.Job
	cvs          map[int64]*dossierCV
}

type dossierApplicationRow struct {
	ID          int64                   `db:"id"`
	JobID       int64                   `db:"job_id"`
	CandidateID int64                   `db:"candidate_id"`
	Status      board.ApplicationStatus `db:"status"`
	Type        board.ApplicationType   `db:"application_type"`
	CoverLetter *string                 `db:"cover_letter"`
	FileID      *int64                  `db:"cv_file_id"`
	AppliedAt   time.Time               `db:"applied_at"`
	UpdatedAt   time.Time               `db:"updated_at"`
}

const dossierApplicationColumns = `id, job_id, candidate_id, status, application_type, cover_letter, cv_file_id, applied_at, updated_at`

type dossierCandidateRow struct {
	ID        int64                   `db:"id"`
	Status    board.ApplicationStatus `db:"status"`
	FirstName string                  `db:"first_name"`
	LastName  string                  `db:"last_name"`
	Email     string                  `db:"email"`
	Phone     *string                 `db:"phone"`
	Title     *string                 `db:"title"`
	City      *string                 `db:"city"`
	Country   *string                 `db:"country"`
	Skills    pq.StringArray          `db:"skills"`
	CreatedAt time.Time               `db:"created_at"`
	UpdatedAt time.Time               `db:"updated_at"`
}

// dossierApplications is how many applications of a candidate are in a dossier, the last ones.
const dossierApplications = 50

// read reads everything that the dossiers need, each kind of object in one query.
func (r *dossierReader) read(ctx context.Context, subjects []event.Subjects) error {
	employer, err := account.EmployerOf(ctx, r.tx, r.tenant.EmployerID)
	if err != nil {
		return err
	}
	r.employer = dossierOfEmployer(employer)
	var applicationIDs, candidateIDs, jobIDs pq.Int64Array
	for _, about := range subjects {
		applicationIDs, candidateIDs, jobIDs = appendID(applicationIDs, about.ApplicationID), appendID(candidateIDs, about.CandidateID), appendID(jobIDs, about.JobID)
	}
	if err := r.readApplications(ctx, applicationIDs); err != nil {
		return err
	}
	for _, a := range r.applications {
		candidateIDs, jobIDs = append(candidateIDs, a.CandidateID), append(jobIDs, a.JobID)
	}
	if err := r.readCandidates(ctx, candidateIDs); err != nil {
		return err
	}
	for _, applications := range r.ofCandidate {
		for _, a := range applications {
			jobIDs = append(jobIDs, a.JobID)
		}
	}
	if r.jobs, err = job.ByID(ctx, r.tx, r.tenant, jobIDs); err != nil {
		return err
	}
	return r.readFiles(ctx)
}

func (r *dossierReader) readApplications(ctx context.Context, ids pq.Int64Array) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []dossierApplicationRow
	err := r.tx.List(ctx, &rows, `
SELECT `+dossierApplicationColumns+` FROM applications WHERE id = ANY ($1) AND employer_id = $2 AND mode = $3`, ids, r.tenant.EmployerID, r.tenant.Mode)
	if err != nil {
		return fmt.Errorf("read the applications of dossiers: %w", err)
	}
	r.applications = make(map[int64]dossierApplicationRow, len(rows))
	for _, row := range rows {
		r.applications[row.ID] = row
	}
	return nil
}

// readCandidates reads candidates who were not erased, with their last applications and the history of these.
func (r *dossierReader) readCandidates(ctx context.Context, ids pq.Int64Array) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []dossierCandidateRow
	err := r.tx.List(ctx, &rows, `
SELECT id, status, first_name, last_name, email, phone, title, city, country, skills, created_at, updated_at FROM candidates
 WHERE id = ANY ($1) AND employer_id = $2 AND mode = $3 AND erased_at IS NULL`, ids, r.tenant.EmployerID, r.tenant.Mode)
	if err != nil {
		return fmt.Errorf("read the candidates of dossiers: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	r.candidates = make(map[int64]dossierCandidateRow, len(rows))
	for _, row := range rows {
		r.candidates[row.ID] = row
	}
	var applications []dossierApplicationRow
	//house:tenant the candidates were read with their tenant
	err = r.tx.List(ctx, &applications, `
SELECT `+dossierApplicationColumns+`
  FROM unnest($1::bigint[]) AS c (of_candidate) CROSS JOIN LATERAL (
       SELECT `+dossierApplicationColumns+` FROM applications WHERE candidate_id = c.of_candidate ORDER BY id DESC LIMIT $2) a
 ORDER BY id`, pg.Column[pq.Int64Array](rows, func(row dossierCandidateRow) int64 { return row.ID }), dossierApplications)
	if err != nil {
		return fmt.Errorf("read the applications of candidates for dossiers: %w", err)
	}
	r.ofCandidate = make(map[int64][]dossierApplicationRow, len(rows))
	for _, a := range applications {
		r.ofCandidate[a.CandidateID] = append(r.ofCandidate[a.CandidateID], a)
	}
	return r.readHistory(ctx, pg.Column[pq.Int64Array](applications, func(a dossierApplicationRow) int64 { return a.ID }))
}

func (r *dossierReader) readHistory(ctx context.Context, applicationIDs pq.Int64Array) error {
	var rows []struct {
		ApplicationID int64     `db:"application_id"`
		From          *string   `db:"from_status"`
		To            string    `db:"to_status"`
		Reason        string    `db:"reason"`
		At            time.Time `db:"created_at"`
	}
	err := r.tx.List(ctx, &rows, `
SELECT application_id, from_status, to_status, reason, created_at FROM application_history WHERE application_id = ANY ($1) ORDER BY id`, applicationIDs)
	if err != nil {
		return fmt.Errorf("read the history of applications for dossiers: %w", err)
	}
	r.history = map[int64][]dossierMove{}
	for _, h := range rows {
		r.history[h.ApplicationID] = append(r.history[h.ApplicationID], dossierMove{From: h.From, To: h.To, Reason: h.Reason, At: dossierTime(h.At)})
	}
	return nil
}

// readFiles reads what is known of the CVs of all applications.
func (r *dossierReader) readFiles(ctx context.Context) error {
	var ids pq.Int64Array
	add := func(a dossierApplicationRow) {
		if a.FileID != nil {
			ids = append(ids, *a.FileID)
		}
	}
	for _, a := range r.applications {
		add(a)
	}
	for _, applications := range r.ofCandidate {
		for _, a := range applications {
			add(a)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var cvs []*dossierCV
	err := r.tx.List(ctx, &cvs, `SELECT id, name, media_type, size, left(text, $2) AS text FROM files WHERE id = ANY ($1)`, ids, maxDossierText)
	if err != nil {
		return fmt.Errorf("read the files of dossiers: %w", err)
	}
	r.cvs = make(map[int64]*dossierCV, len(cvs))
	for _, cv := range cvs {
		r.cvs[cv.ID] = cv
	}
	return nil
}

// dossier puts together what one event is about. The job and the candidate of an application that the event names are
// those of the application, unless the event names others.
func (r *dossierReader) dossier(about event.Subjects) dossier {
	d := dossier{Employer: r.employer}
	if a, found := r.applications[about.ApplicationID]; found {
		application := r.application(a)
		d.Application = &application
		if about.JobID == 0 {
			about.JobID = a.JobID
		}
		if about.CandidateID == 0 {
			about.CandidateID = a.CandidateID
		}
	}
	if j, found := r.jobs[about.JobID]; found {
		d.Job = dossierOfJob(j)
	}
	if c, found := r.candidates[about.CandidateID]; found {
		d.Candidate = r.candidate(c)
	}
	return d
}

func (r *dossierReader) application(a dossierApplicationRow) dossierApplication {
	d := dossierApplication{
		ID: a.ID, Status: a.Status, Type: a.Type, AppliedAt: dossierTime(a.AppliedAt), UpdatedAt: dossierTime(a.UpdatedAt), CoverLetter: a.CoverLetter,
	}
	if a.FileID != nil {
		d.CV = r.cvs[*a.FileID]
	}
	return d
}

func (r *dossierReader) candidate(c dossierCandidateRow) *dossierCandidate {
	d := &dossierCandidate{
		ID: c.ID, Status: c.Status, FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone,
		Title: c.Title, City: c.City, Country: c.Country, Skills: c.Skills,
		CreatedAt: dossierTime(c.CreatedAt), UpdatedAt: dossierTime(c.UpdatedAt), Applications: []dossierApplication{},
	}
	for _, a := range r.ofCandidate[c.ID] {
		application, history := r.application(a), r.history[a.ID]
		if history == nil {
			history = []dossierMove{}
		}
		application.History = &history
		if j, found := r.jobs[a.JobID]; found {
			application.Job = &dossierJobRef{ID: j.ID, Title: j.Title, Reference: j.Reference}
		}
		d.Applications = append(d.Applications, application)
	}
	return d
}
