package delivery

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
)

func TestASubscriptionPatchNamesEveryBadField(t *testing.T) {
	t.Parallel()
	types := func(names ...event.Type) board.Change[[]event.Type] { return board.Set(names) }
	for name, tt := range map[string]struct {
		patch SubscriptionPatch
		want  map[string]string // field: code
	}{
		"nothing":           {SubscriptionPatch{}, nil},
		"all":               {SubscriptionPatch{URL: board.Set("https://ats.example/hook"), Events: types(event.JobExpired), Description: board.Set("ATS")}, nil},
		"cleared":           {SubscriptionPatch{URL: board.Clear[string](), Events: board.Clear[[]event.Type](), Description: board.Clear[string]()}, map[string]string{"url": board.FieldRequired, "events": board.FieldRequired}},
		"no events":         {SubscriptionPatch{Events: types()}, map[string]string{"events": board.FieldRequired}},
		"no URL":            {SubscriptionPatch{URL: board.Set("ats.example/hook")}, map[string]string{"url": board.FieldInvalidFormat}},
		"long URL":          {SubscriptionPatch{URL: board.Set("https://ats.example/" + strings.Repeat("a", board.MaxURL))}, map[string]string{"url": board.FieldTooLong}},
		"unknown, repeated": {SubscriptionPatch{Events: types(event.JobCreated, "job.sold", event.JobCreated)}, map[string]string{"events[1]": board.FieldNotAllowed, "events[2]": board.FieldDuplicate}},
		"test event":        {SubscriptionPatch{Events: types(event.WebhookTest)}, map[string]string{"events[0]": board.FieldNotAllowed}},
		"long description":  {SubscriptionPatch{Description: board.Set(strings.Repeat("x", MaxSubscriptionDescription+1))}, map[string]string{"description": board.FieldTooLong}},
	} {
		_, err := tt.patch.Normalize()
		var got map[string]string
		if e, ok := errors.AsType[*board.Error](err); ok {
			got = map[string]string{}
			for _, f := range e.Fields {
				got[f.Field] = f.Code
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if p, err := (SubscriptionPatch{Description: board.Set("  ")}).Normalize(); err != nil || p.Description.Value != nil || !p.Description.Set {
		t.Errorf("a blank description: %+v, %v; want it cleared", p.Description, err)
	}
}
