// Command ogen goes through the story with clients that ogen has generated.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/ogen-go/ogen/http"
	"github.com/ogen-go/ogen/ogenerrors"

	"clients/ogen/intake"
	"clients/ogen/v1"
	"clients/story"
)

// key signs every request in one of the two ways.
type key string

func (k key) BearerAuth(context.Context, v1.OperationName) (v1.BearerAuth, error) {
	return v1.BearerAuth{Token: string(k)}, nil
}

func (key) ApiKeyAuth(context.Context, v1.OperationName) (v1.ApiKeyAuth, error) {
	return v1.ApiKeyAuth{}, ogenerrors.ErrSkipClientSecurity
}

// nobody calls operations that need no key.
type nobody struct{}

func (nobody) BearerAuth(context.Context, intake.OperationName) (intake.BearerAuth, error) {
	return intake.BearerAuth{}, ogenerrors.ErrSkipClientSecurity
}

func (nobody) ApiKeyAuth(context.Context, intake.OperationName) (intake.ApiKeyAuth, error) {
	return intake.ApiKeyAuth{}, ogenerrors.ErrSkipClientSecurity
}

func client(name string) *v1.Client {
	c, err := v1.NewClient(os.Getenv("API_URL"), key(os.Getenv(name)))
	story.Must(err)
	return c
}

// with is an answer that has headers and a body. The types of those are called after the operation that has them first.
type with[T any] interface{ GetResponse() T }

// body is that of an answer of success.
func body[T any](res any, err error) T {
	story.Must(err)
	answer, ok := res.(with[T])
	story.Want(ok, "the answer is %T: %+v", res, res)
	return answer.GetResponse()
}

func draft(title string) *v1.JobCreate {
	return &v1.JobCreate{
		Title:          title,
		Description:    v1.NewOptNilString("<p>Lead the team.</p>"),
		City:           v1.NewOptNilString("London"),
		Country:        v1.NewOptNilString("United Kingdom"),
		EmploymentType: v1.NewOptNilNullableEmploymentType("FullTime"),
		RemoteType:     v1.NewOptNilNullableRemoteType("FullyRemote"),
		ApplyMethod:    v1.NewOptNilNullableApplyMethod("DirectApply"),
	}
}

func main() {
	ctx := context.Background()
	c := client("API_KEY")

	create := func(c *v1.Client, draft *v1.JobCreate) v1.Job {
		res, err := c.CreateJob(ctx, draft, v1.CreateJobParams{})
		return body[v1.Job](res, err)
	}
	job := create(c, draft("Platform Lead"))
	fmt.Println("created", job.Status)

	published, err := c.PublishJob(ctx, v1.OptJobPublish{}, v1.PublishJobParams{ID: job.ID})
	fmt.Println("published", body[v1.Job](published, err).Status)

	create(c, &v1.JobCreate{Title: "Head of IT"})
	create(c, &v1.JobCreate{Title: "IT Manager"})
	walked := 0
	for cursor := (v1.OptString{}); ; {
		res, err := c.ListJobs(ctx, v1.ListJobsParams{PageSize: v1.NewOptInt32(1), Cursor: cursor})
		page := body[v1.JobList](res, err)
		walked += len(page.Items)
		if cursor = page.NextCursor; !cursor.Set {
			break
		}
	}
	fmt.Println("walked", walked, "jobs")

	found, err := c.SearchCandidates(ctx, v1.SearchCandidatesParams{Q: v1.NewOptString("kubernetes")})
	fmt.Println("found", len(body[v1.CandidateSearchResult](found, err).Items), "candidates")

	stranger, err := v1.NewClient(os.Getenv("API_URL"), key("pk_live_wrong"))
	story.Must(err)
	unknown, err := stranger.GetMe(ctx, v1.GetMeParams{})
	story.Must(err)
	if _, ok := unknown.(*v1.Unauthorized); ok {
		fmt.Println("refused", 401)
	}

	poor := client("NO_CREDITS_KEY")
	unpaid := create(poor, draft("Platform Lead"))
	refused, err := poor.PublishJob(ctx, v1.OptJobPublish{}, v1.PublishJobParams{ID: unpaid.ID})
	story.Must(err)
	if noCredits, ok := refused.(*v1.NoCreditsHeaders); ok {
		fmt.Println("refused", 402, noCredits.Response.Code)
	}

	for range 2 {
		res, err := client("LIMITED_KEY").GetMe(ctx, v1.GetMeParams{})
		story.Must(err)
		if limited, ok := res.(*v1.RateLimitedHeaders); ok && limited.RetryAfter > 0 {
			fmt.Println("refused", 429, "and told to wait")
			break
		}
	}

	patch := &v1.JobPatch{}
	patch.City.SetToNull()
	res, err := c.PatchJob(ctx, patch, v1.PatchJobParams{ID: job.ID})
	if cleared := body[v1.Job](res, err); cleared.City.Null && !cleared.Country.Null {
		fmt.Println("cleared city")
	}

	apply(ctx, job.ID)
	applications, err := c.ListJobApplications(ctx, v1.ListJobApplicationsParams{ID: job.ID})
	application := body[v1.ApplicationList](applications, err).Items[0]
	file, err := c.DownloadApplicationCv(ctx, v1.DownloadApplicationCvParams{ID: application.ID})
	content, err := io.ReadAll(body[v1.DownloadApplicationCvOK](file, err))
	story.Must(err)
	if bytes.Equal(content, story.CV()) {
		fmt.Println("downloaded the same file")
	}

	address, err := url.Parse(os.Getenv("HOOK_URL"))
	story.Must(err)
	made, err := c.CreateWebhook(ctx, &v1.WebhookCreate{URL: *address, Events: []v1.WebhookEvent{"job.published"}}, v1.CreateWebhookParams{})
	webhook := body[v1.WebhookWithSecret](made, err)
	fmt.Println("webhook", webhook.Status)
	tested, err := c.TestWebhook(ctx, v1.TestWebhookParams{ID: webhook.ID})
	body[v1.Delivery](tested, err)
	fmt.Println("received", story.Receive(webhook.Secret), "and verified it")
}

func apply(ctx context.Context, job int64) {
	c, err := intake.NewClient(os.Getenv("API_URL"), nobody{})
	story.Must(err)
	res, err := c.ApplyToJob(ctx, &intake.ApplicationFormMultipart{
		FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com",
		Cv: intake.NewOptMultipartFile(http.MultipartFile{Name: "ada.txt", File: bytes.NewReader(story.CV())}),
	}, intake.ApplyToJobParams{ID: job})
	story.Must(err)
	switch res.(type) {
	case *intake.ApplicationReceivedHeaders, *intake.ApplyToJobCreatedTextHTMLHeaders:
		fmt.Println("applied")
	default:
		story.Want(false, "the answer is %T: %+v", res, res)
	}
}
