package main

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
	for _, env := range settingEnvs() {
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
