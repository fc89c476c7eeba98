package doctor_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/doctor"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// well is a database without a fault.
func well() doctor.Database {
	return doctor.Database{
		Vitals:   pg.Vitals{Version: 150004, Connections: 10, MaxConnections: 100, Reserved: 3, Encoding: "UTF8"},
		Queue:    outbox.Health{Workers: 1, Partitions: []pg.PartitionSummary{{Table: "events", Last: "events_20260304"}}},
		PoolSize: 8, Now: now,
	}
}

// found is the finding of a check in another state than OK; there must be one at most.
func found(t *testing.T, findings []doctor.Finding) (f doctor.Finding) {
	t.Helper()
	for _, g := range findings {
		switch {
		case g.State == doctor.OK:
		case f.Check != "":
			t.Errorf("more than one: %+v, %+v", f, g)
		default:
			f = g
		}
		if (g.State == doctor.OK) != (g.Do == "") || g.Saw == "" {
			t.Errorf("%+v does not say what it saw, or what to do", g)
		}
	}
	return f
}

func TestEveryFaultOfADatabaseIsFound(t *testing.T) {
	t.Parallel()
	if f := found(t, doctor.LookAtDatabase(well())); f.Check != "" {
		t.Fatalf("a database without a fault: %+v", f)
	}
	due := now.Add(-time.Hour)
	for name, c := range map[string]struct {
		harm  func(*doctor.Database)
		check string
		state doctor.State
		saw   string
	}{
		"old server":       {func(d *doctor.Database) { d.Vitals.Version = 130002 }, "database", doctor.Wrong, "version 13"},
		"no writes":        {func(d *doctor.Database) { d.NotReady = "The database takes no writes." }, "database", doctor.Wrong, "takes no writes. Requests are answered 503"},
		"fsync":            {func(d *doctor.Database) { d.Vitals.Unsafe = []string{"fsync=off"} }, "database", doctor.Wrong, "fsync=off"},
		"encoding":         {func(d *doctor.Database) { d.Vitals.Encoding = "LATIN1" }, "database", doctor.Wrong, "LATIN1"},
		"transaction ids":  {func(d *doctor.Database) { d.Vitals.TransactionIDs = 1_500_000_000 }, "database", doctor.Wrong, "1500000000"},
		"connections":      {func(d *doctor.Database) { d.Vitals.Connections = 90 }, "connections", doctor.Warning, "90 of 100"},
		"long transaction": {func(d *doctor.Database) { d.Vitals.OldestTransaction = 3600 }, "bloat", doctor.Warning, "1h0m0s"},
		"dead rows":        {func(d *doctor.Database) { d.Vitals.Bloated = []string{"jobs"} }, "bloat", doctor.Warning, "jobs"},
		"idle slot":        {func(d *doctor.Database) { d.Vitals.IdleSlots = []string{"standby"} }, "bloat", doctor.Warning, "standby"},
		"clock ahead":      {func(d *doctor.Database) { d.ClockAhead = time.Minute }, "clock", doctor.Wrong, "1m0s"},
		"clock behind":     {func(d *doctor.Database) { d.ClockAhead = -time.Minute }, "clock", doctor.Wrong, "behind that of this machine by 1m0s"},
		"no partition":     {func(d *doctor.Database) { d.Queue.Partitions[0].Last = "events_20260301" }, "partitions", doctor.Wrong, "events"},
		"nobody delivers": {func(d *doctor.Database) { d.Queue.Workers, d.Queue.Due, d.Queue.OldestDue = 0, 7, &due }, "queue", doctor.Wrong,
			"7 deliveries wait, the oldest for 1h0m0s, and no copy delivers"},
		"late deliveries": {func(d *doctor.Database) { d.Queue.Due, d.Queue.OldestDue = 7, &due }, "queue", doctor.Wrong, "the oldest since 1h0m0s"},
		"given up":        {func(d *doctor.Database) { d.Queue.GivenUp = 3 }, "queue", doctor.Warning, "3 deliveries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := well()
			c.harm(&d)
			findings := doctor.LookAtDatabase(d)
			f := found(t, findings)
			if f.Check != c.check || f.State != c.state || !strings.Contains(f.Saw, c.saw) {
				t.Errorf("found %+v", f)
			}
			if doctor.Sick(findings) != (c.state == doctor.Wrong) {
				t.Errorf("sick: %t", doctor.Sick(findings))
			}
		})
	}
}

func TestStepsThatAreMissing(t *testing.T) {
	t.Parallel()
	if f := found(t, doctor.LookAtMigrations([]pg.Migration{{Version: 1, AppliedAt: &now}, {Version: 2}})); f.State != doctor.Wrong || !strings.Contains(f.Saw, "1 of 2") {
		t.Errorf("found %+v", f)
	}
	if f := found(t, doctor.LookAtMigrations([]pg.Migration{{Version: 1, AppliedAt: &now}})); f.Check != "" {
		t.Errorf("found %+v", f)
	}
}

func TestSettingsThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	public := doctor.Settings{ListenAddr: "0.0.0.0:8080", PublicURL: "https://jobs.example.com", Mails: true, Proxies: true, Metrics: true, SellerAddress: "Leeds"}
	for name, c := range map[string]struct {
		change func(*doctor.Settings)
		state  doctor.State
		saw    string
	}{
		"public":            {func(*doctor.Settings) {}, "", ""},
		"on this machine":   {func(s *doctor.Settings) { *s = doctor.Settings{ListenAddr: "127.0.0.1:8080", Embedded: true} }, "", ""},
		"no address":        {func(s *doctor.Settings) { s.PublicURL = "" }, doctor.Wrong, "PUBLIC_URL is empty"},
		"plain":             {func(s *doctor.Settings) { s.PublicURL = "http://jobs.example.com" }, doctor.Warning, "http://"},
		"insecure webhooks": {func(s *doctor.Settings) { s.InsecureWebhooks = true }, doctor.Wrong, "WEBHOOK_ALLOW_INSECURE"},
		"no proxy":          {func(s *doctor.Settings) { s.Proxies = false }, doctor.Warning, "TRUSTED_PROXIES"},
		"no mail":           {func(s *doctor.Settings) { s.Mails = false }, doctor.Wrong, "SMTP_URL"},
		"embedded":          {func(s *doctor.Settings) { s.Embedded = true }, doctor.Warning, "embedded"},
		"no metrics":        {func(s *doctor.Settings) { s.Metrics = false }, doctor.Warning, "METRICS_ADDR"},
		"no seller":         {func(s *doctor.Settings) { s.SellerAddress = "" }, doctor.Warning, "SELLER_ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := public
			c.change(&s)
			if f := found(t, doctor.LookAtSettings(s)); f.State != c.state || !strings.Contains(f.Saw, c.saw) {
				t.Errorf("found %+v", f)
			}
		})
	}
}

// names knows one host and one mail exchanger.
type names struct{ host, mail string }

func (n names) LookupHost(_ context.Context, host string) ([]string, error) {
	if host != n.host {
		return nil, &net.DNSError{Err: "no such host", Name: host, Server: "192.0.2.53"}
	}
	return []string{"192.0.2.1"}, nil
}

func (n names) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	if domain != n.mail {
		return nil, nil
	}
	return []*net.MX{{Host: n.host}}, nil
}

func TestNamesAndMail(t *testing.T) {
	t.Parallel()
	n := names{"jobs.example.com", "apply.example.com"}
	for name, c := range map[string]struct{ url, domain, saw string }{
		"both":           {"https://jobs.example.com", "apply.example.com", ""},
		"no mail":        {"https://jobs.example.com", "", ""},
		"an address":     {"http://192.0.2.1:8080", "", ""},
		"nothing public": {"", "", ""},
		"no host":        {"https://typo.example.com", "apply.example.com", "no such host (typo.example.com)"},
		"no exchanger":   {"https://jobs.example.com", "typo.example.com", "no mail exchanger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := found(t, doctor.LookAtNames(t.Context(), n, c.url, c.domain))
			if !strings.Contains(f.Saw, c.saw) || (f.State == doctor.Wrong) != (c.saw != "") || strings.Contains(f.Saw, "192.0.2.53") {
				t.Errorf("found %+v", f)
			}
		})
	}
	if f := found(t, doctor.LookAtMail(t.Context(), nil)); f.Check != "" {
		t.Errorf("without a mail server: %+v", f)
	}
	if f := found(t, doctor.LookAtMail(t.Context(), func(context.Context) error { return nil })); f.Check != "" {
		t.Errorf("with one that answers: %+v", f)
	}
	if f := found(t, doctor.LookAtMail(t.Context(), func(context.Context) error { return errors.New("connection refused") })); f.State != doctor.Wrong || !strings.Contains(f.Saw, "connection refused") {
		t.Errorf("with one that is away: %+v", f)
	}
}
