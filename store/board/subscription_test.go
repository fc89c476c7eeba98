package board

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASubscriptionPatchNamesEveryBadField(t *testing.T) {
	t.Parallel()
	types := func(names ...EventType) Change[[]EventType] { return Set(names) }
	for name, tt := range map[string]struct {
		patch SubscriptionPatch
		want  map[string]string // field: code
	}{
		"nothing":           {SubscriptionPatch{}, nil},
		"all":               {SubscriptionPatch{URL: Set("https://ats.example/hook"), Events: types(EventJobExpired), Description: Set("ATS")}, nil},
		"cleared":           {SubscriptionPatch{URL: Clear[string](), Events: Clear[[]EventType](), Description: Clear[string]()}, map[string]string{"url": FieldRequired, "events": FieldRequired}},
		"no events":         {SubscriptionPatch{Events: types()}, map[string]string{"events": FieldRequired}},
		"no URL":            {SubscriptionPatch{URL: Set("ats.example/hook")}, map[string]string{"url": FieldInvalidFormat}},
		"long URL":          {SubscriptionPatch{URL: Set("https://ats.example/" + strings.Repeat("a", MaxURL))}, map[string]string{"url": FieldTooLong}},
		"unknown, repeated": {SubscriptionPatch{Events: types(EventJobCreated, "job.sold", EventJobCreated)}, map[string]string{"events[1]": FieldNotAllowed, "events[2]": FieldDuplicate}},
		"test event":        {SubscriptionPatch{Events: types(EventWebhookTest)}, map[string]string{"events[0]": FieldNotAllowed}},
		"long description":  {SubscriptionPatch{Description: Set(strings.Repeat("x", MaxSubscriptionDescription+1))}, map[string]string{"description": FieldTooLong}},
	} {
		_, err := tt.patch.Normalize()
		var got map[string]string
		if e, ok := errors.AsType[*Error](err); ok {
			got = map[string]string{}
			for _, f := range e.Fields {
				got[f.Field] = f.Code
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if p, err := (SubscriptionPatch{Description: Set("  ")}).Normalize(); err != nil || p.Description.Value != nil || !p.Description.Set {
		t.Errorf("a blank description: %+v, %v; want it cleared", p.Description, err)
	}
}
