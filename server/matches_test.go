package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

type matchAnswer struct {
	ID, JobID, CandidateID int64
	Population             string
	Score, ScoreVersion    int
	Components             []struct {
		Name       string
		Score, Max int
		Evidence   []string
	}
}

// matched computes all matches that are due.
func matched(t testing.TB, api *servertest.API) {
	t.Helper()
	for {
		n, err := api.Store.Matches.Compute(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestMatchesAreRankedAndExplained(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, jobKey := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	key := modeKey(t, api, tenant, board.ModeLive, false)
	job := api.OpenJob(t, tenant, func(p *board.JobPatch) {
		p.Title, p.City = board.Set("Senior Site Reliability Engineer"), board.Set("Leeds")
		p.Seniority, p.RemoteType = board.Set(board.Senior), board.Set(board.HybridRemote)
		p.RequiredSkills, p.OptionalSkills = board.Set([]string{"Kubernetes", "Terraform"}), board.Set([]string{"Go"})
	})
	known := people(t, api, board.ModeLive, grace, plain("Ann"))[0]
	own := applied(t, api, job, "ada.lovelace@example.com", "Site Reliability Engineer\nKubernetes")
	matched(t, api)

	var l struct {
		Total int
		Items []matchAnswer
	}
	api.Want(t, 200, get("/api/v1/matches", key)).JSON(t, &l)
	if len(l.Items) == 0 || l.Items[0].CandidateID != known || l.Items[0].Population != "CvDatabase" {
		t.Fatalf("matches %+v", l)
	}
	for i, m := range l.Items {
		sum := 0
		for _, c := range m.Components {
			sum += c.Score
			if c.Score > 0 && len(c.Evidence) == 0 || c.Score > c.Max {
				t.Errorf("match %d: %+v", m.ID, c)
			}
		}
		if sum != m.Score || len(m.Components) != 7 || i > 0 && l.Items[i-1].Score < m.Score {
			t.Errorf("match %d: a score of %d of components that add up to %d", m.ID, m.Score, sum)
		}
	}
	for query, want := range map[string]int{
		fmt.Sprintf("?jobId=%d", job.ID): l.Total, "?jobId=99": 0, fmt.Sprintf("?candidateId=%d", known): 1, "?minScore=100": 0, "?candidateId=99999": 0,
	} {
		var filtered candidateListAnswer
		api.Want(t, 200, get("/api/v1/matches"+query, key)).JSON(t, &filtered)
		if filtered.Total != want {
			t.Errorf("%s: %d, want %d", query, filtered.Total, want)
		}
	}
	var walked []int64
	for cursor := ""; ; {
		var page candidateListAnswer
		api.Want(t, 200, get("/api/v1/matches?pageSize=1"+cursor, key)).JSON(t, &page)
		walked = append(walked, ids(page.Items)...)
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
	}
	var want []int64
	for _, m := range l.Items {
		want = append(want, m.ID)
	}
	if diff := cmp.Diff(want, walked); diff != "" {
		t.Errorf("by cursor (-want +got):\n%s", diff)
	}
	var c candidateAnswer
	api.Want(t, 200, get(candidatePath(own), key)).JSON(t, &c)
	for _, m := range c.Matches {
		if m.JobID != job.ID || m.CandidateID != own {
			t.Errorf("a candidate is shown with %+v", m)
		}
	}

	// A key that may see candidates gets them with the job, whose tag changes with them.
	path := fmt.Sprintf("/api/v1/jobs/%d", job.ID)
	var detail struct {
		Broadcasts []struct{ Channel, URL string }
		Matches    *[]matchAnswer
	}
	res := api.Want(t, 200, get(path, jobKey))
	res.JSON(t, &detail)
	if detail.Matches != nil || len(detail.Broadcasts) != 2 || detail.Broadcasts[0].URL != fmt.Sprintf("%s/jobs/%d", servertest.PublicURL, job.ID) {
		t.Errorf("without CvSearch: %s", res.Body)
	}
	plainTag := res.Header.Get("ETag")
	res = api.Want(t, 200, get(path, key))
	res.JSON(t, &detail)
	tag := res.Header.Get("ETag")
	if detail.Matches == nil || len(*detail.Matches) != l.Total || tag == plainTag {
		t.Errorf("with CvSearch: %s, %s", tag, res.Body)
	}
	if err := api.Store.CV.SetVisibility(t.Context(), known, board.VisibilityHidden); err != nil {
		t.Fatal(err)
	}
	res = api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: path, Key: key, Header: map[string]string{"If-None-Match": tag}})
	api.Want(t, 304, servertest.Request{Method: http.MethodGet, Path: path, Key: key, Header: map[string]string{"If-None-Match": res.Header.Get("ETag")}})
	api.Want(t, 200, servertest.Request{Method: http.MethodPatch, Path: path, Key: key, Body: map[string]any{"city": "York"}, Header: map[string]string{"If-Match": tag}})
	api.Want(t, 412, servertest.Request{Method: http.MethodPatch, Path: path, Key: key, Body: map[string]any{"city": "Hull"}, Header: map[string]string{"If-Match": tag}})
}

func TestWhereAJobIsLive(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant, func(p *board.JobPatch) {
		p.ApplyMethod, p.ApplyPushURL = board.Set(board.ApplyByHTTPPush), board.Set("https://ats.example.com/applications")
	})
	channels := func() (all []string) {
		t.Helper()
		var detail struct{ Broadcasts *[]struct{ Channel string } }
		api.Want(t, 200, get(fmt.Sprintf("/api/v1/jobs/%d", job.ID), key)).JSON(t, &detail)
		for _, b := range *detail.Broadcasts {
			all = append(all, b.Channel)
		}
		return all
	}
	if diff := cmp.Diff([]string{"Site", "Feed", "Push"}, channels()); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
	if _, err := api.Store.Jobs.Deactivate(t.Context(), tenant, job.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if got := channels(); got != nil {
		t.Errorf("closed: %q", got)
	}
}
