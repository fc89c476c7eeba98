// Package webhooks is the delivery engine. It delivers webhooks to endpoints of subscriptions, pushes
// applications to endpoints of employers, and sends emails. It records every attempt.
//
// Deliveries wait in lanes: one for each subscription, one for the pushes of each employer and mode, and
// a few for emails. Any number of copies of the program share the lanes: each copy runs one Engine, which
// joins as a worker with a lease and owns a part of the lanes. From joining until the end of its lease
// the engine has a session, which consists of:
//
//   - the coordinator (coordinator.go, presence.go) renews the lease, and takes and releases lanes, also
//     those of workers that were killed;
//   - the scheduler (scheduler.go, assignment.go, prefetch.go) has the state of each owned lane
//     (lane.go), and decides by the ready queue (readyqueue.go) what is sent next;
//   - the fetchers (fetch.go) read due deliveries;
//   - attempts (attempt.go) run on goroutines of their own and are made by the kind of the delivery
//     (webhook.go, push.go, email.go), which send by the client (client.go);
//   - the recorder (record.go) writes their results in batches.
//
// Endpoints count as hostile: the Guard checks every connection when it is dialed, every answer is
// limited in time and size, and redirects are not followed.
//
// The package must not import server and has no rules of a job board. The formats of bodies, headers
// and signatures are in webhooks/profile. docs/adr/0005 has the reasons of the design.
package webhooks
