// Command oapi goes through the story with clients that oapi-codegen has generated.
package main

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"

	"github.com/oapi-codegen/nullable"

	"clients/oapi/intake"
	"clients/oapi/v1"
	"clients/story"
)

func client(key string) *v1.ClientWithResponses {
	c, err := v1.NewClientWithResponses(os.Getenv("API_URL"), v1.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	}))
	story.Must(err)
	return c
}

func draft(title string) v1.JobCreate {
	return v1.JobCreate{
		Title:          title,
		Description:    nullable.NewNullableWithValue("<p>Lead the team.</p>"),
		City:           nullable.NewNullableWithValue("London"),
		Country:        nullable.NewNullableWithValue("United Kingdom"),
		EmploymentType: nullable.NewNullableWithValue[v1.NullableEmploymentType]("FullTime"),
		RemoteType:     nullable.NewNullableWithValue[v1.NullableRemoteType]("FullyRemote"),
		ApplyMethod:    nullable.NewNullableWithValue[v1.NullableApplyMethod]("DirectApply"),
	}
}

func main() {
	ctx := context.Background()
	c := client(os.Getenv("API_KEY"))

	created, err := c.CreateJobWithResponse(ctx, &v1.CreateJobParams{}, draft("Platform Lead"))
	story.Must(err)
	story.Want(created.JSON201 != nil, "create: %s %s", created.Status(), created.Body)
	job := created.JSON201
	fmt.Println("created", job.Status)

	published, err := c.PublishJobWithResponse(ctx, job.Id, &v1.PublishJobParams{}, v1.JobPublish{})
	story.Must(err)
	story.Want(published.JSON200 != nil, "publish: %s %s", published.Status(), published.Body)
	fmt.Println("published", published.JSON200.Status)

	for _, title := range []string{"Head of IT", "IT Manager"} {
		more, err := c.CreateJobWithResponse(ctx, &v1.CreateJobParams{}, v1.JobCreate{Title: title})
		story.Must(err)
		story.Want(more.JSON201 != nil, "create: %s", more.Status())
	}
	walked, one := 0, v1.PageSizeQuery(1)
	for cursor := (*string)(nil); ; {
		page, err := c.ListJobsWithResponse(ctx, &v1.ListJobsParams{PageSize: &one, Cursor: cursor})
		story.Must(err)
		story.Want(page.JSON200 != nil, "list: %s", page.Status())
		walked += len(page.JSON200.Items)
		if cursor = page.JSON200.NextCursor; cursor == nil {
			break
		}
	}
	fmt.Println("walked", walked, "jobs")

	q := "kubernetes"
	found, err := c.SearchCandidatesWithResponse(ctx, &v1.SearchCandidatesParams{Q: &q})
	story.Must(err)
	story.Want(found.JSON200 != nil, "search: %s", found.Status())
	fmt.Println("found", len(found.JSON200.Items), "candidates")

	stranger, err := client("pk_live_wrong").GetMeWithResponse(ctx, &v1.GetMeParams{})
	story.Must(err)
	fmt.Println("refused", stranger.StatusCode())

	poor := client(os.Getenv("NO_CREDITS_KEY"))
	unpaid, err := poor.CreateJobWithResponse(ctx, &v1.CreateJobParams{}, draft("Platform Lead"))
	story.Must(err)
	story.Want(unpaid.JSON201 != nil, "create: %s", unpaid.Status())
	refused, err := poor.PublishJobWithResponse(ctx, unpaid.JSON201.Id, &v1.PublishJobParams{}, v1.JobPublish{})
	story.Must(err)
	story.Want(refused.JSON402 != nil, "publish without credits: %s", refused.Status())
	fmt.Println("refused", refused.StatusCode(), refused.JSON402.Code)

	for range 2 {
		limited, err := client(os.Getenv("LIMITED_KEY")).GetMeWithResponse(ctx, &v1.GetMeParams{})
		story.Must(err)
		if limited.JSON429 != nil && limited.HTTPResponse.Header.Get("Retry-After") > "0" {
			fmt.Println("refused", limited.StatusCode(), "and told to wait")
			break
		}
	}

	cleared, err := c.PatchJobWithResponse(ctx, job.Id, &v1.PatchJobParams{}, v1.JobPatch{City: nullable.NewNullNullable[string]()})
	story.Must(err)
	story.Want(cleared.JSON200 != nil, "patch: %s %s", cleared.Status(), cleared.Body)
	if cleared.JSON200.City.IsNull() && !cleared.JSON200.Country.IsNull() {
		fmt.Println("cleared city")
	}

	apply(ctx, job.Id)
	applications, err := c.ListJobApplicationsWithResponse(ctx, job.Id, &v1.ListJobApplicationsParams{})
	story.Must(err)
	story.Want(applications.JSON200 != nil, "applications: %s", applications.Status())
	file, err := c.DownloadApplicationCvWithResponse(ctx, applications.JSON200.Items[0].Id, &v1.DownloadApplicationCvParams{})
	story.Must(err)
	if bytes.Equal(file.Body, story.CV()) {
		fmt.Println("downloaded the same file")
	}

	made, err := c.CreateWebhookWithResponse(ctx, &v1.CreateWebhookParams{}, v1.WebhookCreate{Url: os.Getenv("HOOK_URL"), Events: []v1.WebhookEvent{"job.published"}})
	story.Must(err)
	story.Want(made.JSON201 != nil, "webhook: %s %s", made.Status(), made.Body)
	fmt.Println("webhook", made.JSON201.Status)
	tested, err := c.TestWebhookWithResponse(ctx, made.JSON201.Id, &v1.TestWebhookParams{})
	story.Must(err)
	story.Want(tested.StatusCode() == http.StatusAccepted, "test: %s", tested.Status())
	fmt.Println("received", story.Receive(made.JSON201.Secret), "and verified it")
}

func apply(ctx context.Context, job int64) {
	c, err := intake.NewClientWithResponses(os.Getenv("API_URL"))
	story.Must(err)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"} {
		story.Must(w.WriteField(name, value))
	}
	part, err := w.CreateFormFile("cv", "ada.txt")
	story.Must(err)
	_, err = part.Write(story.CV())
	story.Must(err)
	story.Must(w.Close())
	applied, err := c.ApplyToJobWithBodyWithResponse(ctx, job, w.FormDataContentType(), &form, func(_ context.Context, r *http.Request) error {
		r.Header.Set("Accept", "application/json")
		return nil
	})
	story.Must(err)
	story.Want(applied.JSON201 != nil, "apply: %s %s", applied.Status(), applied.Body)
	fmt.Println("applied")
}
