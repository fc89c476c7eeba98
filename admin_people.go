package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/erase"
)

// importGCPercent is more than the default, as serveGCPercent is: collections cost a tenth of an import, too.
const importGCPercent = 400

type importCandidatesCmd struct {
	File string `help:"NDJSON file, one candidate per line; - reads standard input." placeholder:"FILE" required:""`
	Mode string `default:"live"                                                      enum:"live,test"   help:"Population to add to: live, or the fictitious one that test keys see."`
}

// Help tells what a line holds.
func (importCandidatesCmd) Help() string {
	return `Each line is a JSON object in UTF-8. Needed: firstName, lastName, email (tells who is who), title. Optional: externalId, phone,
summary, skills, languages (lists of texts), experience (list of title, employer, from, to, description; from and to such
as 2019-04), yearsExperience (0 to ` + strconv.Itoa(board.MaxYears) + `), seniority (` + listed(board.AllSeniorities()) + `), city, country, latitude with
longitude, remoteType (` + listed(board.AllRemoteTypes()) + `), availability (` + listed(board.AllAvailabilities()) + `),
salaryExpectation (min, max, currency, period: ` + listed(board.AllSalaryPeriods()) + `), cvText, visibility (` + listed(board.AllVisibilities()) + `),
consents (list of purpose, givenAt), updatedAt (when the person was last heard of; an older line changes nothing).
docs/import.md has the bounds and an example. The exit status is 1 when no line is good.`
}

func listed[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// Run imports the file. A line that cannot be taken is reported on standard error, and the others go in.
func (c importCandidatesCmd) Run(ctx context.Context, a *app) error {
	in := io.ReadCloser(os.Stdin)
	if c.File != "-" {
		var err error
		if in, err = os.Open(c.File); err != nil {
			return fmt.Errorf("--file: %w", err)
		}
	}
	defer in.Close()
	setGCPercent(importGCPercent)
	var done cv.NDJSONResult
	err := a.administer(ctx, "import-candidates", func(s *store.Store) (any, error) {
		var err error
		done, err = s.CV.ImportNDJSON(ctx, in, cv.NDJSONOptions{
			Mode: board.Mode(c.Mode), Now: a.now(),
			Skipped: func(line int, why error) { fmt.Fprintf(a.stderr, "line %d: %s\n", line, inWords(why)) },
			Progress: func(r cv.NDJSONResult) {
				fmt.Fprintf(a.stderr, "%d candidates imported, %d lines skipped\n", r.Imported, r.Skipped)
			},
		})
		return struct {
			Imported  int `json:"imported"`
			New       int `json:"new"`
			Changed   int `json:"changed"`
			Unchanged int `json:"unchanged"`
			Skipped   int `json:"skipped"`
		}{done.Imported, done.New, done.Changed, done.Imported - done.New - done.Changed, done.Skipped}, err
	})
	if err == nil && done.Valid == 0 && done.Skipped > 0 {
		err = errors.New("no line is a candidate")
	}
	return err
}

type exportCandidateCmd struct {
	ID int64 `help:"Number of the person in the CV database." placeholder:"ID" required:""`
}

// Run prints all that is kept of the person.
func (c exportCandidateCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "export-candidate", func(s *store.Store) (any, error) { return s.CV.Export(ctx, c.ID) })
}

type eraseCandidateCmd struct {
	ID int64 `help:"Number of the person in the CV database." placeholder:"ID" required:""`
}

// Run erases the person.
func (c eraseCandidateCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "erase-candidate", func(s *store.Store) (any, error) { return s.Erasure.EraseCV(ctx, c.ID) })
}

type setVisibilityCmd struct {
	ID         int64  `help:"Number of the person in the CV database." placeholder:"ID"                               required:""`
	Visibility string `enum:"Visible,Hidden"                           help:"Visible, or Hidden from every employer." placeholder:"Visible|Hidden" required:""`
}

// Run hides the person, or shows them again.
func (c setVisibilityCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "set-visibility", func(s *store.Store) (any, error) {
		v := board.Visibility(c.Visibility)
		return struct {
			ID         int64            `json:"id"`
			Visibility board.Visibility `json:"visibility"`
		}{c.ID, v}, s.CV.SetVisibility(ctx, c.ID, v)
	})
}

type refundUnlockCmd struct {
	Employer  int64 `help:"Number of the employer."                              placeholder:"ID" required:""`
	Candidate int64 `help:"Number of the person whom the employer has unlocked." placeholder:"ID" required:""`
}

// Run gives the credit back.
func (c refundUnlockCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "refund-unlock", func(s *store.Store) (any, error) {
		balance, err := s.CV.RefundUnlock(ctx, c.Employer, c.Candidate)
		return struct {
			JobPosting int64 `json:"jobPosting"`
			CVSearch   int64 `json:"cvSearch"`
		}{balance.JobPosting, balance.CVSearch}, err
	})
}

type closeEmployerCmd struct {
	Employer int64  `help:"Number of the employer."                                                              placeholder:"ID"   required:""`
	Name     string `help:"Its name, exactly as admin list-employers prints it, so that no other one is closed." placeholder:"NAME" required:""`
}

// Help tells what is lost, and what stays.
func (closeEmployerCmd) Help() string {
	return `At once nobody of the employer can sign in, and its keys fail. Then its webhooks are deleted, open orders cancelled, jobs deactivated,
test data cleared away, and everybody in its pipeline is erased, each with a receipt. That can't be undone. The ledger of credits, invoices and
the audit log stay. Progress goes to standard error; a run that was interrupted is finished by the same command.`
}

// Run closes the account.
func (c closeEmployerCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "close-employer", func(s *store.Store) (any, error) {
		return s.CloseEmployer(ctx, c.Employer, c.Name, func(done store.Closure) {
			fmt.Fprintf(a.stderr, "%d jobs deactivated, %d people erased\n", done.Jobs, done.Candidates)
		})
	})
}

type scrubCmd struct{}

// Run rewrites the tables.
func (scrubCmd) Run(ctx context.Context, a *app) error {
	return a.administer(ctx, "scrub", func(s *store.Store) (any, error) {
		done, err := s.Erasure.Vacuum(ctx)
		return struct {
			Tables        []string       `json:"tables"`
			WriteAheadLog erase.LogState `json:"writeAheadLog"`
			OldSegments   []string       `json:"oldSegments,omitempty"`
		}{done.Tables, done.WriteAheadLog, done.OldSegments}, err
	})
}
