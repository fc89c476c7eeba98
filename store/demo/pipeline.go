package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/pipeline"
)

const (
	applicantSeed = 20_004
	applicants    = 3 // for each job that has any
)

// applications names the jobs that people have applied for, with the titles that those people have.
var applications = []struct {
	reference string
	titles    []string
}{
	{"NT-1004", []string{"Head of IT", "IT Manager", "IT Director"}},
	{"NT-1006", []string{"Information Security Manager", "Security Consultant", "Information Security Officer"}},
	{"NT-1007", []string{"IT Project Manager", "Dynamics Consultant", "ERP Manager"}},
	{"NT-1008", []string{"Chief Technology Officer", "VP of Engineering", "Director of Engineering"}},
}

// fillPipeline has people apply for the demo employer's jobs, and takes some of them further, unless anybody has.
func (d *demo) fillPipeline(ctx context.Context) error {
	t := board.Tenant{EmployerID: d.employerID, Mode: board.ModeLive}
	page, err := d.store.Pipeline.Applications(ctx, t, pipeline.ApplicationQuery{Limit: 1})
	if err != nil || page.Total > 0 {
		return err
	}
	user, err := d.store.Accounts.UserByEmail(ctx, Email)
	if err != nil {
		return err
	}
	for i, a := range applications {
		at := slices.IndexFunc(postings(), func(j posting) bool { return j.reference == a.reference })
		published := d.started.Add(-time.Duration(postings()[at].age) * day)
		for k, p := range applicantsWith(a.titles, d.started) {
			d.clock = published.Add(time.Duration(9+31*k+2*i) * time.Hour)
			if err := d.fillApplication(ctx, t, user.ID, a.reference, p, i+k); err != nil {
				return fmt.Errorf("make an application for %s: %w", a.reference, err)
			}
		}
	}
	return nil
}

// applicantsWith finds one person with each of the titles.
func applicantsWith(titles []string, now time.Time) []cvsample.Person {
	people := make([]cvsample.Person, 0, len(titles))
	for p := range cvsample.Candidates(applicantSeed, marketPeople*applicants, now) {
		if p.Truth.Title != titles[len(people)] {
			continue
		}
		if people = append(people, p); len(people) == len(titles) {
			break
		}
	}
	return people
}

func (d *demo) fillApplication(ctx context.Context, t board.Tenant, userID int64, reference string, p cvsample.Person, n int) error {
	a, err := d.store.Pipeline.Apply(ctx, pipeline.ApplyParams{
		Mode: t.Mode, EmployerID: t.EmployerID, Reference: reference, Source: board.SourceForm,
		Applicant: board.Applicant{FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phone: p.Phone},
		CV:        &board.Upload{Name: p.LastName + ".txt", Bytes: []byte(plainCV(p))},
	})
	if err != nil {
		return err
	}
	steps := [][]board.ApplicationStatus{
		{}, {board.ApplicationScreened}, {board.ApplicationScreened, board.ApplicationInterviewed}, {board.ApplicationRejected},
	}
	for _, to := range steps[n%len(steps)] {
		d.clock = d.clock.Add(20 * time.Hour)
		if d.clock.After(d.started) {
			return nil
		}
		if _, err := d.store.Pipeline.MoveApplication(ctx, t, a.ID, pipeline.Move{To: to, Actor: pipeline.Actor{Kind: board.ActorUser, ID: userID}}); err != nil {
			return err
		}
	}
	return nil
}

// plainCV writes a person down as people do.
func plainCV(p cvsample.Person) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%s\n%s, %s | %s | %s\n\n%s\n%d years of experience.\n\nSkills: %s\n\nExperience\n",
		p.FirstName, p.LastName, p.Title, p.City, p.Country, p.Email, p.Phone, p.Summary, p.YearsExperience, strings.Join(p.Skills, ", "))
	for _, e := range p.Experience {
		to := e.To
		if to == "" {
			to = "today"
		}
		fmt.Fprintf(&b, "\n%s, %s (%s to %s)\n%s\n", e.Title, e.Employer, e.From, to, e.Description)
	}
	fmt.Fprintf(&b, "\nLanguages: %s\n", strings.Join(p.Languages, ", "))
	return b.String()
}
