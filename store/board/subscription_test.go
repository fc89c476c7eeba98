package board

import (
	"errors"
	"strings"
	"testing"
	"time"

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

func TestTheMailOfADisabledSubscriptionSaysWhatToDo(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	m := SubscriptionDisabledMail("admin@northwind.example", "Northwind <Ltd>", ModeLive, 7, "https://ats.example/hook?a=1&b=2", "ten failures", at)
	if m.To != "admin@northwind.example" || m.Subject != "Webhook subscription 7 was disabled" {
		t.Errorf("head: %q, %q", m.To, m.Subject)
	}
	for _, want := range []string{"Northwind <Ltd>", "https://ats.example/hook?a=1&b=2", "ten failures", "/api/v1/webhooks/7/enable", "2026-03-02T09:30:00Z", "30 days"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text lacks %q:\n%s", want, m.Text)
		}
	}
	if strings.Contains(m.HTML, "<Ltd>") || !strings.Contains(m.HTML, "Northwind &lt;Ltd&gt;") {
		t.Errorf("the HTML is not escaped:\n%s", m.HTML)
	}
}
