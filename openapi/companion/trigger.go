package companion

import (
	"context"
	"errors"
	"fmt"
	"io"

	"itmanagerjobs/gen/client"
)

type triggerCmd struct {
	connection

	Event string `arg:""                                                                                 enum:"job.created,job.published,job.expired,application.submitted,application.status_changed,application.withdrawn" help:"${enum}."`
	Job   int64  `help:"Number of the active test job that it happens to. Without it a new one is made." placeholder:"ID"`
}

// Help explains the command further.
func (triggerCmd) Help() string {
	return `It needs a test key: people and jobs are made up, nothing is charged, and real events go to your webhooks and to listen. What
leads to an event happens too: to submit an application, a job is published first.`
}

// made is what an event happened to.
type made struct {
	Event       string `json:"event"`
	Job         int64  `json:"jobId,omitempty"`
	Application int64  `json:"applicationId,omitempty"`
}

// Run makes the event happen.
func (c triggerCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	if err := s.wantTestKey(ctx); err != nil {
		return err
	}
	m, err := s.trigger(ctx, c.Event, c.Job)
	if err != nil {
		return err
	}
	return s.print(m, func(w io.Writer) {
		fmt.Fprintf(w, "%s: job %d", m.Event, m.Job)
		if m.Application != 0 {
			fmt.Fprintf(w, ", application %d", m.Application)
		}
		fmt.Fprintln(w)
	})
}

// wantTestKey refuses a live key before anything is done with it.
func (s *session) wantTestKey(ctx context.Context) error {
	res, err := s.api.GetMe(ctx, &client.GetMeParams{})
	me, err := read[client.Me](s, res, err)
	if err != nil {
		return err
	}
	if me.Key.Mode != client.ModeTest {
		return errors.New("this is a live key, and what it does costs credits and reaches people: give a test key, pk_test_…, from " + s.server + "/employer/keys")
	}
	return nil
}

// trigger makes the event happen to a job; 0 for a new one.
func (s *session) trigger(ctx context.Context, event string, job int64) (made, error) {
	m := made{Event: event, Job: job}
	if job == 0 {
		created, err := s.createJob(ctx, sampleJob())
		if err == nil && event != "job.created" {
			created, err = s.publishJob(ctx, created.ID)
		}
		if err != nil {
			return m, err
		}
		m.Job = created.ID
	} else if event == "job.created" || event == "job.published" {
		return m, fmt.Errorf("%s happens to a new job: leave --job off", event)
	}
	switch event {
	case "job.expired":
		res, err := s.api.SimulateExpiry(ctx, m.Job, &client.SimulateExpiryParams{})
		_, err = read[client.Job](s, res, err)
		return m, err
	case "application.submitted":
		return m, s.apply(ctx, &m)
	case "application.status_changed":
		return m, s.applyAndMove(ctx, &m, client.ApplicationStatusScreened)
	case "application.withdrawn":
		return m, s.applyAndMove(ctx, &m, client.ApplicationStatusWithdrawn)
	}
	return m, nil
}

// sampleJob is a job that can be published.
func sampleJob() client.JobCreate {
	return jobsCreateCmd{
		Title: "Platform Lead", City: "London", Country: "United Kingdom", EmploymentType: "FullTime", RemoteType: "OnSite", ApplyMethod: "DirectApply",
	}.body()
}

func (s *session) apply(ctx context.Context, m *made) error {
	res, err := s.api.SimulateApplication(ctx, &client.SimulateApplicationParams{}, client.SimulatedApplication{JobID: m.Job})
	application, err := read[client.ApplicationDetail](s, res, err)
	m.Application = application.ID
	return err
}

func (s *session) applyAndMove(ctx context.Context, m *made, to client.ApplicationStatus) error {
	if err := s.apply(ctx, m); err != nil {
		return err
	}
	res, err := s.api.SimulateMove(ctx, m.Application, &client.SimulateMoveParams{}, client.SimulatedMove{Status: to})
	_, err = read[client.ApplicationDetail](s, res, err)
	return err
}
