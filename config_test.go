package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

func TestMain(m *testing.M) {
	for field := range reflect.TypeFor[settings]().Fields() { // what the developer works with must not reach the tests
		if err := os.Unsetenv(field.Tag.Get("env")); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestWrongSettingsStopTheStart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		flag, value string
		want        []string // in the one sentence on standard error
	}{
		{"database-url", "mysql://u:hunter2@db/x", []string{"DATABASE_URL", "postgres://"}},
		{"database-url", "postgres://u:hunter2@db:port/x", []string{"DATABASE_URL", "not a URL"}},
		{"database-url", "postgres:///x", []string{"DATABASE_URL", "no host"}},
		{"database-direct-url", "postgres://db/x", []string{"DATABASE_DIRECT_URL", "without DATABASE_URL"}},
		{"database-prepare", "maybe", []string{"DATABASE_PREPARE", "true or false"}},
		{"database-read-url", "postgres://db/x", []string{"DATABASE_READ_URL", "without DATABASE_URL"}},
		{"database-prepare", "false", []string{"DATABASE_PREPARE", "DATABASE_DIRECT_URL"}},
		{"data-dir", "", []string{"DATA_DIR", "empty", ".data"}},
		{"secret-key", "hunter2!", []string{"SECRET_KEY", "not base64", "openssl rand -base64 32"}},
		{"secret-key", "aHVudGVyMg==", []string{"SECRET_KEY", "7 bytes", "32"}},
		{"log-level", "verbose", []string{"LOG_LEVEL", `"verbose"`, "debug, info, warn or error"}},
		{"log-level", "", []string{"LOG_LEVEL", `""`}},
		{"seller-country", "UK", []string{"SELLER_COUNTRY", `"UK"`, "the code of a country"}},
		{"seller-country", "gb", []string{"SELLER_COUNTRY", `"gb"`, "GB"}},
		{"oidc-issuer", "login.example.com", []string{"OIDC_ISSUER", "absolute https URL", "https://login.example.com"}},
		{"oidc-issuer", "http://login.example.com", []string{"OIDC_ISSUER", "absolute https URL"}},
		{"oidc-issuer", "https://u:hunter2@login.example.com", []string{"OIDC_ISSUER", "no password"}},
		{"oidc-issuer", "https://login.example.com", []string{"OIDC_CLIENT_ID", "required with OIDC_ISSUER"}},
		{"oidc-client-id", "jobs", []string{"OIDC_CLIENT_ID", "OIDC_ISSUER is not"}},
		{"oidc-client-secret", "hunter2", []string{"OIDC_CLIENT_SECRET", "OIDC_ISSUER is not"}},
		{"oidc-name", "Login", []string{"OIDC_ISSUER", "OIDC_NAME is set"}},
		{"listen-addr", "8080", []string{"LISTEN_ADDR", `"8080"`, "missing port", "127.0.0.1:8080"}},
		{"listen-addr", "localhost:http", []string{"LISTEN_ADDR", "not a number"}},
		{"listen-addr", "127.0.0.1:65536", []string{"LISTEN_ADDR", "65535"}},
		{"listen-addr", "::1:8080", []string{"LISTEN_ADDR", "too many colons"}},
		{"listen-addr", "", []string{"LISTEN_ADDR", "missing port"}},
		{"listen-addr", "203.0.113.1:8080", []string{"LISTEN_ADDR", "cannot be listened on"}},
		{"public-url", "jobs.example.com", []string{"PUBLIC_URL", "absolute http or https", "https://jobs.example.com"}},
		{"public-url", "/jobs", []string{"PUBLIC_URL", "absolute"}},
		{"public-url", "ftp://jobs.example.com", []string{"PUBLIC_URL", "absolute http or https"}},
		{"public-url", "https://", []string{"PUBLIC_URL", "absolute"}},
		{"public-url", "https://jobs.example.com/?a=1", []string{"PUBLIC_URL", "query"}},
		{"public-url", "https://me:hunter2@jobs.example.com", []string{"PUBLIC_URL", "password"}},
		{"privacy-url", "example.com/privacy", []string{"PRIVACY_URL", "absolute http or https", "https://www.example.com/privacy"}},
		{"terms-url", "javascript:alert(1)", []string{"TERMS_URL", "absolute http or https"}},
		{"status-url", "https://me:hunter2@status.example.com", []string{"STATUS_URL", "without a password"}},
		{"tls-cert-file", "no-such.crt", []string{"TLS_KEY_FILE", "TLS_CERT_FILE is set"}},
		{"tls-key-file", "no-such.key", []string{"TLS_CERT_FILE", "TLS_KEY_FILE is set"}},
		{"acme-hosts", "jobs.example.com,localhost", []string{"ACME_HOSTS", `"localhost"`, "jobs.example.com,www.example.com"}},
		{"acme-hosts", "192.0.2.1", []string{"ACME_HOSTS", `"192.0.2.1"`}},
		{"acme-email", "me@example.com", []string{"ACME_HOSTS", "is empty"}},
		{"http-redirect-addr", "0.0.0.0:80", []string{"HTTP_REDIRECT_ADDR", "TLS_CERT_FILE or ACME_HOSTS"}},
		{"trusted-proxies", "10.0.0.0/33", []string{"TRUSTED_PROXIES", `"10.0.0.0/33"`, "10.0.0.0/8"}},
		{"trusted-proxies", "0.0.0.0/0", []string{"TRUSTED_PROXIES", "everybody"}},
		{"metrics-addr", "9090", []string{"METRICS_ADDR", "missing port"}},
		{"smtp-url", "mail.example.com:587", []string{"SMTP_URL", "smtp://"}},
		{"smtp-url", "smtp://:587", []string{"SMTP_URL", "no host"}},
		{"inbound-smtp-addr", "25", []string{"INBOUND_SMTP_ADDR", "missing port", "0.0.0.0:25"}},
		{"inbound-domain", "me@example.com", []string{"INBOUND_DOMAIN", "no domain", "apply.example.com"}},
		{"inbound-domain", "example..com", []string{"INBOUND_DOMAIN", "no domain"}},
		{"geoip-file", "no-such-file.csv", []string{"GEOIP_FILE", "cannot be read", "no such file"}},
		{"geoip-file", "go.mod", []string{"GEOIP_FILE", "line 1", "1 values", "192.0.2.0,192.0.2.255,GB"}},
		{"webhook-delays", "", []string{"WEBHOOK_DELAYS", "not a duration"}},
		{"webhook-delays", "1m,5", []string{"WEBHOOK_DELAYS", `"5"`, "1m,5m"}},
		{"webhook-delays", "1m,-5m", []string{"WEBHOOK_DELAYS", `"-5m"`}},
		{"webhook-delays", "1m,721h", []string{"WEBHOOK_DELAYS", "720h"}},
		{"webhook-delays", strings.Repeat("1m,", 100) + "1m", []string{"WEBHOOK_DELAYS", "101"}},
		{"webhook-max-attempts", "0", []string{"WEBHOOK_MAX_ATTEMPTS", "1 to 100"}},
		{"webhook-max-attempts", "101", []string{"WEBHOOK_MAX_ATTEMPTS", "1 to 100"}},
		{"webhook-max-attempts", "many", []string{"WEBHOOK_MAX_ATTEMPTS", `"many"`}},
		{"webhook-profile-delays", "1m,5m", []string{"WEBHOOK_PROFILE_DELAYS", `"1m,5m" is no profile`, "rejento=30s,2m;standardwebhooks=5s,5m"}},
		{"webhook-profile-delays", "rejento=30s;retento=1m", []string{"WEBHOOK_PROFILE_DELAYS", `no profile "retento"`, "native, autotechjobs, rejento"}},
		{"webhook-profile-delays", "rejento=30s;rejento=1m", []string{"WEBHOOK_PROFILE_DELAYS", "rejento twice"}},
		{"webhook-profile-delays", "rejento=30s,5", []string{"WEBHOOK_PROFILE_DELAYS", "for the profile rejento", `"5" is not a duration`}},
		{"webhook-profile-max-attempts", "rejento=0", []string{"WEBHOOK_PROFILE_MAX_ATTEMPTS", "for the profile rejento", "1 to 100"}},
		{"webhook-profile-max-attempts", "5", []string{"WEBHOOK_PROFILE_MAX_ATTEMPTS", `"5" is no profile`}},
		{"webhook-timeout", "10", []string{"WEBHOOK_TIMEOUT", "not a duration", "10s"}},
		{"webhook-timeout", "999ms", []string{"WEBHOOK_TIMEOUT", "between 1s and 60s"}},
		{"webhook-timeout", "61s", []string{"WEBHOOK_TIMEOUT", "between 1s and 60s"}},
		{"db-max-conns", "3", []string{"DB_MAX_CONNS", `"3"`, "4 to 200"}},
		{"db-max-conns", "201", []string{"DB_MAX_CONNS", "4 to 200"}},
		{"db-max-conns", "many", []string{"DB_MAX_CONNS", "whole number"}},
		{"webhook-in-flight", "0", []string{"WEBHOOK_IN_FLIGHT", "1 to 1000"}},
		{"webhook-in-flight", "1001", []string{"WEBHOOK_IN_FLIGHT", "1 to 1000"}},
		{"webhook-allow-insecure", "maybe", []string{"--webhook-allow-insecure", `"maybe"`, "true"}},
		{"otel-traces-exporter", "zipkin", []string{"OTEL_TRACES_EXPORTER", "otlp or none"}},
		{"otel-exporter-otlp-endpoint", "collector:4318", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "absolute"}},
	} {
		t.Run(tc.flag+"="+tc.value[:min(len(tc.value), 30)], func(t *testing.T) {
			t.Parallel()
			var stdout bytes.Buffer
			args := []string{"serve", "--" + tc.flag + "=" + tc.value}
			if tc.flag != "data-dir" {
				args = append(args, "--data-dir", t.TempDir())
			}
			if tc.flag != "listen-addr" { // some are read after the program listens, and these cases run side by side
				args = append(args, "--listen-addr", "127.0.0.1:0")
			}
			err := run(t.Context(), args, &stdout, io.Discard)
			if err == nil {
				t.Fatal("the program served")
			}
			message := inWords(err)
			for _, want := range tc.want {
				if !strings.Contains(message, want) {
					t.Errorf("%q lacks %q", message, want)
				}
			}
			if strings.Contains(message, "\n") || strings.Contains(message, "hunter2") {
				t.Errorf("%q is more than one line, or tells a secret", message)
			}
			if stdout.Len() > 0 {
				t.Errorf("standard output has %q", &stdout)
			}
		})
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, setting := range []string{"listen-addr", "metrics-addr"} {
		args := []string{"serve", "--data-dir", t.TempDir(), "--listen-addr", "127.0.0.1:0", "--" + setting, taken.Addr().String()}
		err = run(t.Context(), args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "(--"+setting+")") || !strings.Contains(err.Error(), "another program listens on") {
			t.Errorf("--%s: %v", setting, err)
		}
	}
}

func TestDefaultsAndValues(t *testing.T) {
	t.Parallel()
	_, got, err := parseCommand([]string{"serve"}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	const m, h = time.Minute, time.Hour
	want := Config{
		Prepare: true, DataDir: ".data", DBMaxConns: 8, LogLevel: slog.LevelInfo, ListenAddr: "127.0.0.1:8080",
		Seller: board.Seller{Name: "ITManagerJobs", Country: "GB", VATPermille: 200},
		Webhook: WebhookConfig{
			Delays: []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h, 24 * h, 24 * h}, MaxAttempts: 8, Timeout: 10 * time.Second, InFlight: 50,
			PushDelays: []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h}, PushMaxAttempts: 7,
		},
		Tracing: TracingConfig{ServiceName: "itmanagerjobs"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	_, got, err = parseCommand([]string{
		"serve", "--public-url=https://jobs.example.com/", "--smtp-url=smtps://u:p@mail.example.com", "--webhook-delays= 1s, 2s",
		"--webhook-allow-insecure", "--log-level=DEBUG", "--listen-addr=:0", "--secret-key=" + strings.Repeat("A", 43) + "=",
		"--webhook-profile-delays=rejento = 3s, 4s;native=5s", "--webhook-profile-max-attempts=native=1",
	}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got.PublicURL != "https://jobs.example.com" || got.SMTPURL.Host != "mail.example.com" || len(got.Webhook.Delays) != 2 ||
		!got.Webhook.AllowInsecure || got.LogLevel != slog.LevelDebug || len(got.SecretKey) != 32 {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(map[string][]time.Duration{"rejento": {3 * time.Second, 4 * time.Second}, "native": {5 * time.Second}}, got.Webhook.ProfileDelays); diff != "" {
		t.Errorf("delays of single profiles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"native": 1}, got.Webhook.ProfileMaxAttempts); diff != "" {
		t.Errorf("attempts of single profiles (-want +got):\n%s", diff)
	}
}
