package programtest

import (
	"slices"
	"strings"
	"testing"
)

func TestHelpExplainsEverything(t *testing.T) {
	t.Parallel()
	database := []string{"$DATABASE_URL", "$DATA_DIR", "$SECRET_KEY", "$LOG_LEVEL", `--data-dir=".data"`}
	everything := append([]string{
		`--listen-addr="127.0.0.1:8080"`, `--webhook-max-attempts="8"`, `--webhook-timeout="10s"`, `--webhook-in-flight="50"`,
		`--webhook-delays="1m,5m,15m,1h,6h,24h,24h,24h"`, "--webhook-allow-insecure", "--public-url", "--smtp-url", "--metrics-addr",
	}, database...)
	settings := settingsOf(document(t, configuration))
	if len(settings) < 30 {
		t.Errorf("%s has %d settings", configuration, len(settings))
	}
	for _, env := range settings {
		everything = append(everything, "$"+env)
	}
	commands := map[string][]string{
		"":                         append([]string{"serve", "demo", "migrate up", "admin mint-key"}, everything...),
		"serve":                    everything,
		"demo":                     everything,
		"migrate up":               nil,
		"migrate down":             nil,
		"migrate status":           nil,
		"admin create-employer":    {"--name", "--email", "--password", "--trusted"},
		"admin set-password":       {"--email", "--password"},
		"admin drop-second-factor": {"--email"},
		"admin grant-credits":      {"--employer", "--job-posting", "--cv-search", `--mode="live"`},
		"admin set-contract":       {"--employer", "--until"},
		"admin mint-key":           {"--employer", "--name", "--scopes", `--mode="live"`, "--read-only", "--expires", "--approve"},
		"admin approve-key":        {"--id"},
		"admin revoke-key":         {"--id"},
		"admin refuse-key":         {"--id", "--reason"},
		"admin list-keys":          {"--pending"},
		"admin list-employers":     {"--search", "--limit"},
		"admin list-webhooks":      {"--employer"},
		"admin create-reviewer":    {"--email", "--password"},
		"admin set-limit":          {"--employer", "--family", "--per-minute"},
		"admin audit":              {"--verify"},
		"admin database-url":       nil,

		"admin import-candidates": {"--file", `--mode="live"`},
		"admin export-candidate":  {"--id"},
		"admin erase-candidate":   {"--id"},
		"admin close-employer":    {"--employer", "--name"},
		"admin set-visibility":    {"--id", "--visibility"},
		"admin refund-unlock":     {"--employer", "--candidate"},
	}
	for command, want := range commands {
		t.Run("itmanagerjobs "+command, func(t *testing.T) {
			t.Parallel()
			o := runProgram(t, nil, append(strings.Fields(command), "--help")...)
			if o.code != 0 || o.stderr != "" {
				t.Fatalf("exit status %d, standard error %q", o.code, o.stderr)
			}
			for _, w := range slices.Concat(want, database) {
				if !strings.Contains(o.stdout, w) {
					t.Errorf("the help lacks %s", w)
				}
			}
			if strings.HasPrefix(command, "admin") && strings.Contains(o.stdout, "WEBHOOK") {
				t.Error("the help of an admin command explains settings of the server")
			}
		})
	}
}

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"no command", nil, nil, "expected one of"},
		{"unknown command", nil, []string{"server"}, "server"},
		{"unknown flag", nil, []string{"serve", "--port", "80"}, "--port"},
		{"junk behind the command", nil, []string{"serve", "now"}, "now"},
		{"junk behind a deeper command", nil, []string{"admin", "database-url", "please"}, "please"},
		{"missing flag", nil, []string{"admin", "create-employer", "--name", "A"}, "--email"},
		{"environment", []string{"WEBHOOK_TIMEOUT=soon"}, []string{"serve"}, `WEBHOOK_TIMEOUT (--webhook-timeout) is "soon"`},
		{"environment of a switch", []string{"WEBHOOK_ALLOW_INSECURE=maybe"}, []string{"serve"}, "WEBHOOK_ALLOW_INSECURE"},
		{"no secret key", []string{"DATABASE_URL=postgres://u@127.0.0.1:1/x", "LISTEN_ADDR=127.0.0.1:0"}, []string{"serve"}, "SECRET_KEY (--secret-key) is required with DATABASE_URL"},
		{"database away", []string{"DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/x", "LISTEN_ADDR=127.0.0.1:0", "SECRET_KEY=" + testSecretKey()}, []string{"serve"}, "DATABASE_URL (--database-url) leads to no usable database"},
		{"nothing granted", nil, []string{"admin", "grant-credits", "--employer", "1"}, "nothing to grant"},
		{"short password", nil, []string{"admin", "create-employer", "--name", "A", "--email", "a@b.example", "--password", "1234567"}, "--password has 7 characters"},
		{"no time", nil, []string{"admin", "set-contract", "--employer", "1", "--until", "tomorrow"}, "RFC 3339"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := runProgram(t, tc.env, tc.args...)
			if o.code != 1 || o.stdout != "" {
				t.Errorf("exit status %d, standard output %q", o.code, o.stdout)
			}
			if !strings.Contains(o.stderr, tc.want) || strings.Count(o.stderr, "\n") != 1 || strings.Contains(o.stderr, "hunter2") {
				t.Errorf("standard error is %q, want one line with %q", o.stderr, tc.want)
			}
		})
	}
}
