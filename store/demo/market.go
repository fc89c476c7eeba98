package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvsample"
)

// What the demo has beside its employer: other employers with their jobs, and the people of the CV database.
const (
	marketPeople = 2000
	peopleSeed   = 20_002
	marketJobs   = 220
	marketSeed   = 20_003
)

// fillMarket makes the other employers, each with its jobs in one transaction.
func (d *demo) fillMarket(ctx context.Context) error {
	var names []string
	jobs := map[string][]posting{}
	for j := range cvsample.Jobs(marketSeed, marketJobs) {
		if jobs[j.Employer] == nil {
			names = append(names, j.Employer)
		}
		jobs[j.Employer] = append(jobs[j.Employer], marketJob(j))
	}
	// The last one is there when all are.
	_, err := d.store.Accounts.UserByEmail(ctx, "jobs@"+marketDomain(names[len(names)-1]))
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*board.Error](err); !ok || e.Code != board.CodeNotFound {
		return err
	}
	for i, name := range names {
		d.clock = d.started.Add(-time.Duration(i*7%25)*day - time.Duration(i%9)*53*time.Minute)
		err := d.fillEmployer(ctx, name, jobs[name])
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
			continue // made before an interruption
		}
		if err != nil {
			return fmt.Errorf("make the jobs of %s: %w", name, err)
		}
	}
	return nil
}

func (d *demo) fillEmployer(ctx context.Context, name string, jobs []posting) error {
	return d.store.WithTx(ctx, func(ctx context.Context) error {
		id, _, err := d.store.Accounts.CreateEmployer(ctx, account.NewEmployer{Name: name, Email: "jobs@" + marketDomain(name)})
		if err != nil {
			return err
		}
		if _, err := d.store.Accounts.UpdateEmployer(ctx, id, profileOf(name)); err != nil {
			return err
		}
		t := board.Tenant{EmployerID: id, Mode: board.ModeLive}
		if _, err := d.store.Accounts.GrantCredits(ctx, t, account.Credits{JobPosting: int64(len(jobs))}); err != nil {
			return err
		}
		patches := make([]board.JobPatch, len(jobs))
		for i, j := range jobs {
			patches[i] = j.patch()
		}
		made, err := d.store.Jobs.CreateJobs(ctx, t, patches, make([]error, len(jobs)))
		if err != nil {
			return err
		}
		for _, m := range made {
			if m.Err != nil {
				return m.Err
			}
			//house:wait inside a transaction it publishes in that transaction, and waits for no batch
			if _, err := d.store.Jobs.Publish(ctx, account.Principal{Tenant: t}, m.Job.ID, nil, board.Precondition{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// marketDomain is a domain that nobody can have.
func marketDomain(employer string) string {
	return strings.ToLower(strings.ReplaceAll(employer, " ", "-")) + ".example"
}

func marketJob(j cvsample.Job) posting {
	domain := marketDomain(j.Employer)
	out := posting{
		mode: board.ModeLive, state: board.JobActive,
		reference: j.Reference, title: j.Title, city: j.City, country: j.Country, description: j.Description,
		seniority: board.Seniority(j.Seniority), employment: board.EmploymentType(j.EmploymentType), remote: board.RemoteType(j.RemoteType),
		required: j.RequiredSkills, optional: j.OptionalSkills, apply: board.ApplyDirect,
	}
	switch len(j.Title) % 3 { // some of each kind
	case 1:
		out.apply, out.target = board.ApplyByEmail, "jobs@"+domain
	case 2:
		out.apply, out.target = board.ApplyByURL, "https://"+domain+"/jobs/"+j.Reference
	}
	if s := j.Salary; s != nil {
		out.min, out.max, out.currency, out.period = s.Min, s.Min+s.Min/10, s.Currency, board.SalaryPeriod(s.Period)
		if s.Max != nil {
			out.max = *s.Max
		}
	}
	return out
}

// fillPeople makes the people of the CV database.
func (d *demo) fillPeople(ctx context.Context) error {
	d.clock = d.started
	_, err := d.store.CV.Fill(ctx, board.ModeLive, func() ([]board.CVCandidate, error) {
		return madeUp(peopleSeed, marketPeople, d.started)
	})
	if err != nil {
		return fmt.Errorf("make the demo people: %w", err)
	}
	return nil
}
