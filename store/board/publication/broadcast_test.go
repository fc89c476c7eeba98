package publication_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
)

func TestAJobIsBroadcastWhereItIsLive(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	posted, expiry, push := noon.Add(-time.Hour), noon.Add(time.Hour), "https://ats.example/in"
	method := board.ApplyByHTTPPush
	job := board.Job{ID: 7, Mode: board.ModeLive, Status: board.JobActive, PostedDate: &posted, ExpiryDate: &expiry, ApplyMethod: &method, ApplyPushURL: &push}
	want := []publication.Broadcast{
		{Channel: publication.ChannelSite, URL: "https://jobs.example/jobs/7", Since: posted},
		{Channel: publication.ChannelFeed, URL: "https://jobs.example/feeds/jobs.xml", Since: posted},
		{Channel: publication.ChannelPush, URL: push, Since: posted},
	}
	if diff := cmp.Diff(want, publication.Broadcasts(job, "https://jobs.example/", noon)); diff != "" {
		t.Errorf("broadcasts (-want +got):\n%s", diff)
	}
	for name, change := range map[string]func(*board.Job){
		"draft": func(j *board.Job) { j.Status, j.PostedDate, j.ExpiryDate = board.JobDraft, nil, nil }, "test": func(j *board.Job) { j.Mode = board.ModeTest },
		"over": func(j *board.Job) { j.ExpiryDate = &posted }, "closed": func(j *board.Job) { j.Status = board.JobDeactivated },
	} {
		other := job
		change(&other)
		if got := publication.Broadcasts(other, "https://jobs.example", noon); got == nil || len(got) != 0 {
			t.Errorf("%s: %+v, want an empty list", name, got)
		}
	}
}
