package delivery_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
)

func TestReplayRequest(t *testing.T) {
	t.Parallel()
	n := func(v int64) *int64 { return &v }
	at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	later := at.Add(time.Second)
	for name, tc := range map[string]struct {
		request delivery.ReplayRequest
		want    map[string]string
	}{
		"by ids":             {delivery.ReplayRequest{EventIDs: []int64{2, 1}}, nil},
		"by range":           {delivery.ReplayRequest{FromSequence: n(1), ToSequence: n(1), PerSecond: 1000}, nil},
		"since":              {delivery.ReplayRequest{Since: &at}, nil},
		"since until":        {delivery.ReplayRequest{Since: &at, Until: &later, Types: []event.Type{event.JobCreated}}, nil},
		"nothing":            {delivery.ReplayRequest{}, map[string]string{"eventIds": "required"}},
		"three ways":         {delivery.ReplayRequest{EventIDs: []int64{1}, FromSequence: n(1), ToSequence: n(2), Since: &at}, map[string]string{"fromSequence": "conflict", "since": "conflict"}},
		"no ids":             {delivery.ReplayRequest{EventIDs: []int64{}}, map[string]string{"eventIds": "out_of_range"}},
		"too many ids":       {delivery.ReplayRequest{EventIDs: distinct(1001)}, map[string]string{"eventIds": "out_of_range"}},
		"an id twice":        {delivery.ReplayRequest{EventIDs: []int64{4, 5, 4}}, map[string]string{"eventIds[2]": "duplicate"}},
		"no end":             {delivery.ReplayRequest{FromSequence: n(1)}, map[string]string{"toSequence": "required"}},
		"no beginning":       {delivery.ReplayRequest{Since: &at, ToSequence: n(1)}, map[string]string{"toSequence": "conflict"}},
		"backwards":          {delivery.ReplayRequest{FromSequence: n(2), ToSequence: n(1)}, map[string]string{"toSequence": "out_of_range"}},
		"until alone":        {delivery.ReplayRequest{EventIDs: []int64{1}, Until: &at}, map[string]string{"until": "conflict"}},
		"until before since": {delivery.ReplayRequest{Since: &later, Until: &at}, map[string]string{"until": "out_of_range"}},
		"types":              {delivery.ReplayRequest{Since: &at, Types: []event.Type{"job.lost", event.JobCreated, event.JobCreated}}, map[string]string{"types[0]": "not_allowed", "types[2]": "duplicate"}},
		"no types":           {delivery.ReplayRequest{Since: &at, Types: []event.Type{}}, map[string]string{"types": "required"}},
		"rates":              {delivery.ReplayRequest{Since: &at, PerSecond: 1001}, map[string]string{"perSecond": "out_of_range"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.request.Normalize()
			if diff := cmp.Diff(tc.want, codesByField(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err == nil && got.PerSecond == 0 {
				t.Error("the rate was not filled in")
			}
		})
	}
}

func distinct(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	return ids
}

func TestAReplayWantsWhatBothName(t *testing.T) {
	t.Parallel()
	hook := []event.Type{event.JobPublished, event.JobCreated}
	if diff := cmp.Diff(hook, delivery.ReplayRequest{}.Wants(hook)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	asked := delivery.ReplayRequest{Types: []event.Type{event.JobCreated, event.JobExpired}}
	if diff := cmp.Diff([]event.Type{event.JobCreated}, asked.Wants(hook)); diff != "" {
		t.Errorf("some (-want +got):\n%s", diff)
	}
}

func codesByField(err error) map[string]string {
	bad, ok := errors.AsType[*board.Error](err)
	if !ok {
		return nil
	}
	codes := map[string]string{}
	for _, f := range bad.Fields {
		codes[f.Field] = f.Code
	}
	return codes
}
