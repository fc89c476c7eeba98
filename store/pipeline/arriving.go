package pipeline

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// arrivals bounds the transactions that take several applications for one job at once, for the reason that package job has for jobs:
// transactions of their own would stand in line for the heads of events. Most is lower, because each application may bring a file.
var arrivals = batch.Options{Patience: 10 * time.Second, AtOnce: 2, Most: 20, Within: 30 * time.Second, Company: 20 * time.Millisecond}

// sharedCV is how large a CV may be whose application shares a transaction, in bytes: others do not wait while a large file is written.
const sharedCV = 1 << 20

// arrival is what became of an application that came in with others: err when it was refused. alone means that nothing was written, and
// that it has to have a transaction of its own.
type arrival struct {
	Application

	err   error
	alone bool
}

// together reports whether an application may share a transaction with others. It may not when it belongs to a transaction or an audit
// entry already, when its source may send it twice, or when its CV is large or still to be read.
func (s *Store) together(ctx context.Context, in incoming) bool {
	if act, other := account.ActOf(ctx); act != nil || other || s.db.Joined(ctx) != nil {
		return false
	}
	return in.UUID == "" && (in.cv == nil || !in.cv.pending() && len(in.cv.bytes) <= sharedCV)
}

// applyTogether takes applications for one job in one transaction. It fails only when nothing of it is kept.
func (s *Store) applyTogether(ctx context.Context, of job.Target, all []incoming) ([]arrival, error) {
	if len(all) == 1 {
		a, err := s.applyAlone(ctx, all[0])
		return []arrival{{Application: a, err: err}}, nil
	}
	failed := func(err error) arrival { return arrival{err: err} }
	return pg.Together(ctx, s.db, len(all), failed, func(ctx context.Context, tx *pg.Tx) ([]arrival, error) {
		j, company, err := job.HoldToApplyFor(ctx, tx, of)
		if err == nil {
			err = j.OpenFor(tx.Now)
		}
		if refused, ok := errors.AsType[*board.Error](err); ok {
			return slices.Repeat([]arrival{{err: refused}}, len(all)), nil
		}
		if err != nil {
			return nil, err
		}
		results := slices.Repeat([]arrival{{alone: true}}, len(all))
		// A push needs a lane, for which the employer may have to be locked.
		if j.ApplyMethod != nil && *j.ApplyMethod == board.ApplyByHTTPPush {
			return results, nil
		}
		if err := refuseRegions(ctx, tx, j.ID, all, results); err != nil {
			return nil, err
		}
		return results, s.applyNew(ctx, tx, j, company, all, results)
	})
}

// refuseRegions refuses applications that come from where a job takes none.
func refuseRegions(ctx context.Context, tx *pg.Tx, jobID int64, all []incoming, results []arrival) error {
	answers := map[string]error{}
	for i, in := range all {
		answer, known := answers[in.Country]
		if !known {
			answer = job.AcceptsRegion(ctx, tx, jobID, in.Country)
			if answer != nil && !errors.Is(answer, board.ErrRegionNotAccepted) {
				return answer
			}
			answers[in.Country] = answer
		}
		if answer != nil {
			results[i] = arrival{err: answer}
		}
	}
	return nil
}

// newcomer is an application of a person whom the employer did not know, as two statements write it.
type newcomer struct {
	person

	CandidateID int64                 `json:"candidate_id"`
	Type        board.ApplicationType `json:"application_type"`
	CoverLetter string                `json:"cover_letter"`
	Unread      *string               `json:"unread_files"`
	FileID      *int64                `json:"cv_file_id"`
	ContentHash string                `json:"content_hash"`
	TraceIP     string                `json:"trace_ip"`
	UserAgent   string                `json:"trace_user_agent"`

	in incoming
	// place is where its result goes.
	place int
}

// person is a candidate whom an application makes, with what its CV tells.
type person struct {
	FirstName  string                  `json:"first_name"`
	LastName   string                  `json:"last_name"`
	Email      string                  `json:"email"`
	Phone      string                  `json:"phone"`
	Source     board.ApplicationSource `json:"source"`
	Title      string                  `json:"title"`
	Seniority  board.Seniority         `json:"seniority"`
	Skills     []string                `json:"skills"`
	City       string                  `json:"city"`
	Country    string                  `json:"country"`
	Latitude   *float64                `json:"latitude"`
	Longitude  *float64                `json:"longitude"`
	Experience *int                    `json:"years_experience"`
}

func personOf(in incoming) person {
	a := in.Applicant
	p := person{FirstName: a.FirstName, LastName: a.LastName, Email: a.Email, Phone: a.Phone, Source: in.Source, Skills: []string{}}
	if in.cv == nil || strings.TrimSpace(in.cv.text()) == "" {
		return p
	}
	of := in.cv.profile
	p.Title, p.Seniority, p.City, p.Country, p.Latitude, p.Longitude, p.Experience = of.Title, of.Seniority, of.City, of.Country, of.Latitude, of.Longitude, of.YearsExperience
	p.Skills = append(p.Skills, of.Skills...)
	return p
}

// applyNew stores the applications of people whom the employer did not know, and writes their results. For people whom the employer knows
// it writes nothing and locks nobody: moves lock candidates in the order of their ids, and a new candidate has no id yet.
func (s *Store) applyNew(ctx context.Context, tx *pg.Tx, j board.Job, company string, all []incoming, results []arrival) error {
	t := board.Tenant{EmployerID: j.EmployerID, Mode: j.Mode}
	var wanted []newcomer
	seen := map[string]bool{}
	for i, in := range all {
		// A second application of the same person waits for what becomes of the first.
		if email := strings.ToLower(in.Applicant.Email); results[i].alone && !seen[email] {
			seen[email] = true
			wanted = append(wanted, newcomer{person: personOf(in), in: in, place: i})
		}
	}
	made, err := insertPeople(ctx, tx, t, wanted)
	if err != nil || len(made) == 0 {
		return err
	}
	applications, err := insertArrivals(ctx, tx, t, j, made)
	if err != nil {
		return err
	}
	var mails []outbox.Email
	var tokens []string
	for i, n := range made {
		a := applications[i]
		results[n.place] = arrival{Application: a}
		emitEntered(tx, a, n.in.Source)
		outbox.Emit(tx, t, event.NewApplicationSubmitted(a.ID, j, a.CandidateID, a.AppliedAt, a.Type))
		if j.Mode == board.ModeLive {
			mails = append(mails, s.mailsOf(n.in, j, company, a)...)
		}
		tokens = append(tokens, n.in.KeptToken)
	}
	if err := match.Enqueue(ctx, tx, match.OfCandidate, pg.Column[[]int64](made, func(n newcomer) int64 { return n.CandidateID })...); err != nil {
		return err
	}
	if err := outbox.QueueMails(ctx, tx, mails...); err != nil {
		return err
	}
	return forgetKeptCVs(ctx, tx, tokens...)
}

// insertPeople inserts candidates in the order of their emails, as every transaction does that inserts several, and returns the new ones.
func insertPeople(ctx context.Context, tx *pg.Tx, t board.Tenant, wanted []newcomer) ([]newcomer, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	doc, err := json.Marshal(pg.Column[[]person](wanted, func(n newcomer) person { return n.person }))
	if err != nil {
		return nil, fmt.Errorf("encode candidates: %w", err)
	}
	var rows []struct {
		ID    int64  `db:"id"`
		Email string `db:"email"`
	}
	err = tx.List(ctx, &rows, `
INSERT INTO candidates (employer_id, mode, status, version, first_name, last_name, email, phone, source, title, seniority, skills, city, country,
       latitude, longitude, years_experience, created_at, updated_at)
SELECT $2, $3, $4, 1, g.first_name, g.last_name, g.email, nullif(g.phone, ''), g.source, nullif(g.title, ''), nullif(g.seniority, ''), g.skills,
       nullif(g.city, ''), nullif(g.country, ''), g.latitude, g.longitude, g.years_experience, $5, $5
  FROM json_to_recordset($1::json) AS g (first_name text, last_name text, email text, phone text, source text, title text, seniority text, skills text[],
       city text, country text, latitude double precision, longitude double precision, years_experience integer)
 ORDER BY lower(g.email)
ON CONFLICT (employer_id, mode, lower(email)) WHERE erased_at IS NULL DO NOTHING
RETURNING id, email`, string(doc), t.EmployerID, t.Mode, board.ApplicationNew, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("insert candidates: %w", err)
	}
	ids := make(map[string]int64, len(rows))
	for _, r := range rows {
		ids[r.Email] = r.ID
		outbox.Tells(tx, r.ID)
	}
	var made []newcomer
	for _, n := range wanted {
		if n.CandidateID = ids[n.Email]; n.CandidateID != 0 {
			made = append(made, n)
		}
	}
	return made, nil
}

// insertArrivals writes the applications of new candidates with their CVs and the first entries of both histories.
func insertArrivals(ctx context.Context, tx *pg.Tx, t board.Tenant, j board.Job, made []newcomer) ([]Application, error) {
	var method board.ApplyMethod
	if j.ApplyMethod != nil {
		method = *j.ApplyMethod
	}
	for i := range made {
		n := &made[i]
		if n.in.cv != nil {
			id, err := insertFile(ctx, tx, t, *n.in.cv)
			if err != nil {
				return nil, err
			}
			n.FileID = &id
		}
		var err error
		if n.Unread, err = n.in.unread(); err != nil {
			return nil, err
		}
		n.Type, n.CoverLetter, n.TraceIP, n.UserAgent = board.TypeOf(n.in.Source, method), n.in.Applicant.CoverLetter, n.in.Trace.IP, n.in.Trace.UserAgent
		n.ContentHash = hex.EncodeToString(n.in.Applicant.ContentHash(j.ID, n.in.cvSHA256()))
	}
	doc, err := json.Marshal(made)
	if err != nil {
		return nil, fmt.Errorf("encode applications: %w", err)
	}
	var rows []ApplicationRow
	err = tx.List(ctx, &rows, `
WITH made AS (
INSERT INTO applications (employer_id, mode, job_id, candidate_id, application_type, status, version, first_name, last_name, email, phone,
       cover_letter, unread_files, cv_file_id, content_hash, trace_ip, trace_user_agent, applied_at, updated_at)
SELECT $2, $3, $4, g.candidate_id, g.application_type, $5, 1, g.first_name, g.last_name, g.email, nullif(g.phone, ''), nullif(g.cover_letter, ''),
       g.unread_files::jsonb, g.cv_file_id, decode(g.content_hash, 'hex'), nullif(g.trace_ip, ''), nullif(g.trace_user_agent, ''), $6::timestamptz, $6
  FROM json_to_recordset($1::json) AS g (candidate_id bigint, application_type text, first_name text, last_name text, email text, phone text,
       cover_letter text, unread_files text, cv_file_id bigint, content_hash text, trace_ip text, trace_user_agent text)
RETURNING `+applicationColumns+`
), noted AS (
INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, actor_id, created_at)
SELECT id, NULL, status, '', 'candidate', NULL, $6 FROM made
), candidates_noted AS (
INSERT INTO candidate_history (candidate_id, from_status, to_status, reason, automatic, actor_kind, actor_id, created_at)
SELECT candidate_id, NULL, status, '', true, 'candidate', NULL, $6 FROM made
)`+ApplicationSQL(`made`), string(doc), t.EmployerID, t.Mode, j.ID, board.ApplicationNew, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("insert applications: %w", err)
	}
	of := make(map[int64]Application, len(rows))
	for _, r := range rows {
		of[r.CandidateID] = r.Application()
	}
	return pg.Column[[]Application](made, func(n newcomer) Application { return of[n.CandidateID] }), nil
}
