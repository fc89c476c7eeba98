package profile_test

import (
	"fmt"
	"time"

	"itmanagerjobs/webhooks/profile"
)

// The event of the examples, as the store recorded it.
var published = profile.Event{
	ID: 41, Type: "job.published", CreatedAt: time.Date(2026, time.April, 2, 10, 30, 0, 0, time.UTC), Mode: "live", EmployerID: 7,
	Data: []byte(`{"jobPostId":1234,"jobTitle":"Platform Lead"}`),
}

// An attempt at a delivery: the body depends on the event alone, the headers on the attempt, too.
func ExampleProfile() {
	p, _ := profile.Lookup("native")
	body, err := p.Encode(published)
	if err != nil {
		fmt.Println(err)
		return
	}
	header, err := p.Headers(profile.Attempt{
		DeliveryID: 88001, EventID: published.ID, EventType: published.Type, Number: 1,
		At: time.Unix(1775125800, 0), Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	}, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(body))
	for _, name := range []string{"X-Webhook-Event", "X-Webhook-Delivery-Id", "X-Webhook-Attempt", "X-Webhook-Signature"} {
		fmt.Println(name+":", header.Get(name))
	}
	// Output:
	// {"jobPostId":1234,"jobTitle":"Platform Lead"}
	// X-Webhook-Event: job.published
	// X-Webhook-Delivery-Id: 88001
	// X-Webhook-Attempt: 1
	// X-Webhook-Signature: t=1775125800,v1=01bfe2399dc983ffc93839367f18dbbfad131fde4ac6a958dd0d4cb423bca5cc
}

// The same event in another format.
func ExampleLookup() {
	p, ok := profile.Lookup("cloudevents")
	if !ok {
		return
	}
	body, err := p.Encode(published)
	fmt.Println(string(body), err)
	// Output:
	// {"specversion":"1.0","id":"evt_41","source":"/employers/7","type":"com.itmanagerjobs.job.published","subject":"jobs/1234","time":"2026-04-02T10:30:00Z","datacontenttype":"application/json","data":{"jobPostId":1234,"jobTitle":"Platform Lead"}} <nil>
}

// A format has its own names of events, and may use one name for several events.
func ExampleProfile_Wire() {
	p := profile.HumanSourcing()
	fmt.Println(p.Wire("job.published"))
	fmt.Println(p.Canonical("job.update"))
	_, known := p.Wire("interview.scheduled")
	fmt.Println(known)
	// Output:
	// job.update true
	// [job.updated job.published job.expired] true
	// false
}
