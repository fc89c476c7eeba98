package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"itmanagerjobs/server/certificate"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvtext"
	"itmanagerjobs/store/outbox"
)

func TestDeliveriesThatAreOverdueAreMeasured(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	late := map[outbox.LaneKind]time.Duration{outbox.LaneWebhook: 90 * time.Second}
	chore := overdueChore(func(context.Context) (map[outbox.LaneKind]time.Duration, error) { return late, nil }, registry)
	for _, want := range []float64{90, 0} {
		if err := chore.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil || len(families) != 1 || len(families[0].GetMetric()) != 3 {
			t.Fatalf("%v, %v", families, err)
		}
		for _, m := range families[0].GetMetric() {
			if got := m.GetGauge().GetValue(); m.GetLabel()[0].GetValue() == "webhook" && got != want {
				t.Errorf("webhooks are overdue for %g s, want %g", got, want)
			}
		}
		late = nil // which is forgotten when it is made
	}
}

func TestReadingsOfCVsAreMeasuredByTheirEnd(t *testing.T) {
	t.Parallel()
	at, registry := time.Unix(0, 0), prometheus.NewRegistry()
	a := &app{now: func() time.Time {
		at = at.Add(2 * time.Second)
		return at
	}}
	var ends []board.CVReading
	read := a.measureReadings(func(context.Context, board.CV, time.Duration) board.CVReading { return ends[0] }, registry)
	want := map[string]board.CVReading{
		"read": {Text: "text"}, "unreadable": {Problem: cvtext.ProblemNoText}, "slow": {End: board.ReadingSlow}, "crashed": {End: board.ReadingCrashed},
		"failed": {End: board.ReadingFailed}, "not begun": {End: board.ReadingNotBegun},
	}
	for end, reading := range want {
		ends = []board.CVReading{reading}
		if got := read(t.Context(), board.CV{}, time.Second); got != reading {
			t.Errorf("%s: %+v is handed on", end, got)
		}
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || len(families[0].GetMetric()) != len(want) {
		t.Fatalf("%v, %v", families, err)
	}
	for _, m := range families[0].GetMetric() {
		end := m.GetLabel()[0].GetValue()
		if _, known := want[end]; !known || m.GetHistogram().GetSampleCount() != 1 || m.GetHistogram().GetSampleSum() != 2 {
			t.Errorf("%s: %v", end, m)
		}
	}
}

// writeCertificate makes files of a certificate for this machine that signs itself.
func writeCertificate(t *testing.T, certFile, keyFile string, end time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(end.Unix()), NotBefore: time.Unix(0, 0), NotAfter: end, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARenewedCertificateIsTakenAndItsEndMeasured(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	first, second := time.Unix(4_000_000_000, 0), time.Unix(4_100_000_000, 0)
	writeCertificate(t, certFile, keyFile, first)
	source, err := certificate.Open(certificate.Settings{CertFile: certFile, KeyFile: keyFile}, "")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	a, registry := &app{log: slog.New(slog.NewJSONHandler(&log, nil))}, prometheus.NewRegistry()
	chores := a.certificateChores(source, registry)
	for _, want := range []time.Time{first, second} {
		writeCertificate(t, certFile, keyFile, want)
		if err := chores[0].Do(t.Context()); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var metrics []*dto.Metric
		for _, f := range families {
			metrics = append(metrics, f.GetMetric()...)
		}
		if len(metrics) != 1 || metrics[0].GetGauge().GetValue() != float64(want.Unix()) {
			t.Errorf("%v, want %d", metrics, want.Unix())
		}
	}
	if got := strings.Count(log.String(), "the certificate is renewed"); got != 2 {
		t.Errorf("it is said %d times that the certificate is renewed:\n%s", got, &log)
	}
}
