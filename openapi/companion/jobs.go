package companion

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"text/tabwriter"

	"github.com/oapi-codegen/nullable"

	"itmanagerjobs/gen/client"
)

type jobsCmd struct {
	List    jobsListCmd    `cmd:"" help:"List jobs, the newest first."`
	Create  jobsCreateCmd  `cmd:"" help:"Create a job, with everything that it takes to publish it."`
	Publish jobsPublishCmd `cmd:"" help:"Publish a job. With a live key it takes one credit."`
}

type jobsListCmd struct {
	connection

	Status string `default:""                         enum:",Draft,Active,Expired,Deactivated" help:"Only jobs of this status: Draft, Active, Expired or Deactivated."`
	Search string `help:"Only jobs with these words." placeholder:"WORDS"`
	Limit  int    `default:"20"                       help:"How many, 1 to 200."`
}

// Run lists the jobs.
func (c jobsListCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	params := &client.ListJobsParams{PageSize: &c.Limit, Sort: new(client.JobSortQuery("-createdAt"))}
	if c.Status != "" {
		params.Status = client.JobStatusQuery{client.JobStatus(c.Status)}
	}
	if c.Search != "" {
		params.Q = &c.Search
	}
	res, err := s.api.ListJobs(ctx, params)
	list, err := read[client.JobList](s, res, err)
	if err != nil {
		return err
	}
	if s.json {
		for _, job := range list.Items {
			if err := printJSON(s.Out, job); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list.Items) == 0 {
		s.note("No jobs. Make one: itmanagerjobs jobs create --title \"Platform Lead\" --publish")
		return nil
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATUS\tREFERENCE\tTITLE")
	for _, job := range list.Items {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", job.ID, job.Status, orDash(job.Reference), job.Title)
	}
	return w.Flush()
}

// orDash is a text that may be null, for a table.
func orDash(v nullable.Nullable[string]) string {
	text, err := v.Get()
	if err != nil {
		return "-"
	}
	return cmp.Or(text, "-")
}

type jobsCreateCmd struct {
	connection

	Title          string `help:"Headline of the job."                                                  required:""`
	Description    string `help:"Text of the advertisement, as HTML. Without it the title says it all." placeholder:"HTML"`
	Reference      string `help:"Your own identifier of the job."                                       placeholder:"TEXT"`
	City           string `default:"London"                                                             help:"City."`
	Country        string `default:"United Kingdom"                                                     help:"Country."`
	EmploymentType string `default:"FullTime"                                                           help:"Kind of contract."`
	RemoteType     string `default:"OnSite"                                                             help:"OnSite, HybridRemote or FullyRemote."`
	ApplyMethod    string `default:"DirectApply"                                                        help:"How people apply: DirectApply, EmailApply or UrlApply."`
	ApplyEmail     string `help:"Where applications go, with EmailApply."                               placeholder:"ADDRESS"`
	ApplyURL       string `help:"Where people apply, with UrlApply."                                    name:"apply-url"                                              placeholder:"URL"`
	Publish        bool   `help:"Publish it at once. With a live key it takes one credit."`
}

// Run creates the job.
func (c jobsCreateCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	job, err := s.createJob(ctx, c.body())
	if err == nil && c.Publish {
		job, err = s.publishJob(ctx, job.ID)
	}
	if err != nil {
		return err
	}
	return s.printJob(job)
}

func (c jobsCreateCmd) body() client.JobCreate {
	job := client.JobCreate{
		Title:          c.Title,
		Description:    nullable.NewNullableWithValue(cmp.Or(c.Description, "<p>"+html.EscapeString(c.Title)+"</p>")),
		City:           nullable.NewNullableWithValue(c.City),
		Country:        nullable.NewNullableWithValue(c.Country),
		EmploymentType: nullable.NewNullableWithValue(c.EmploymentType),
		RemoteType:     nullable.NewNullableWithValue(client.NullableRemoteType(c.RemoteType)),
		ApplyMethod:    nullable.NewNullableWithValue(c.ApplyMethod),
	}
	for _, optional := range []struct {
		to    *nullable.Nullable[string]
		value string
	}{{&job.Reference, c.Reference}, {&job.ApplyEmailAddress, c.ApplyEmail}, {&job.ApplyURL, c.ApplyURL}} {
		if optional.value != "" {
			optional.to.Set(optional.value)
		}
	}
	return job
}

type jobsPublishCmd struct {
	connection

	ID int64 `arg:"" help:"Number of the job."`
}

// Run publishes the job.
func (c jobsPublishCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	job, err := s.publishJob(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.printJob(job)
}

func (s *session) createJob(ctx context.Context, body client.JobCreate) (client.Job, error) {
	res, err := s.api.CreateJob(ctx, &client.CreateJobParams{}, body)
	return read[client.Job](s, res, err)
}

func (s *session) publishJob(ctx context.Context, id int64) (client.Job, error) {
	res, err := s.api.PublishJob(ctx, id, &client.PublishJobParams{}, client.JobPublish{})
	if err == nil && res.StatusCode == http.StatusAccepted { // the key only proposes
		waiting, err := read[client.Proposal](s, res, nil)
		if err != nil {
			return client.Job{}, err
		}
		return client.Job{}, fmt.Errorf("nothing is published yet: the key only proposes. Somebody approves or refuses it at %s until %s", waiting.URL, waiting.ExpiresAt.UTC().Format("2 January 2006, 15:04 UTC"))
	}
	return read[client.Job](s, res, err)
}

func (s *session) printJob(job client.Job) error {
	return s.print(job, func(w io.Writer) {
		fmt.Fprintf(w, "Job %d, %q, is %s.\n", job.ID, job.Title, job.Status)
		switch job.Status {
		default:
		case client.JobStatusActive:
			fmt.Fprintf(w, "Applicants see it at %s/jobs/%d, unless the key is a test key.\n", s.server, job.ID)
		case client.JobStatusDraft:
			fmt.Fprintf(w, "Publish it: itmanagerjobs jobs publish %d\n", job.ID)
		}
	})
}
