package profile

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const examplesDir = "../../docs/webhooks/verify"

// example is a verifier in the documentation for partners.
type example struct {
	language string
	// needs are the commands that it needs.
	needs []string
	// prepare builds it in dir, once, and returns the command that runs it.
	prepare func(t *testing.T, dir string) []string
}

func script(command, file string) func(*testing.T, string) []string {
	return func(*testing.T, string) []string { return []string{command, filepath.Join(examplesDir, file)} }
}

var examples = []example{
	{"Node", []string{"node"}, script("node", "verify.js")},
	{"Python", []string{"python3"}, script("python3", "verify.py")},
	{"PHP", []string{"php"}, script("php", "verify.php")},
	{"Ruby", []string{"ruby"}, script("ruby", "verify.rb")},
	{"Go", []string{"go"}, func(t *testing.T, dir string) []string {
		t.Helper()
		program := filepath.Join(dir, "verify")
		mustRun(t, "go", "build", "-o", program, filepath.Join(examplesDir, "verify.go"))
		return []string{program}
	}},
	{"Java", []string{"javac", "java"}, func(t *testing.T, dir string) []string {
		t.Helper()
		mustRun(t, "javac", "-d", dir, filepath.Join(examplesDir, "Verify.java"))
		// The options make the virtual machine start faster.
		return []string{"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", dir, "Verify"}
	}},
	{"C#", []string{"dotnet"}, func(*testing.T, string) []string {
		return []string{"dotnet", "run", filepath.Join(examplesDir, "Verify.cs"), "--"}
	}},
}

func mustRun(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// missing returns the first command that is not installed, or is too old to run a single file.
func missing(t *testing.T, e example) string {
	t.Helper()
	for _, command := range e.needs {
		if _, err := exec.LookPath(command); err != nil {
			return command
		}
	}
	if e.language == "C#" {
		out, err := exec.CommandContext(t.Context(), "dotnet", "--version").Output()
		major, _, _ := strings.Cut(string(out), ".")
		if n, convErr := strconv.Atoi(major); err != nil || convErr != nil || n < 10 {
			return "dotnet 10"
		}
	}
	return ""
}

// TestVerifyExamples checks the examples with deliveries of the native profile, in every language whose
// runtime is installed.
func TestVerifyExamples(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	const at = 1777887001
	// Bytes that a wrong verifier changes: not ASCII, CRLF, NUL, a line feed at the end.
	body := []byte("{\"jobTitle\":\"Zürich – C++ \U0001F680\",\r\n \"x\":\"\x00\xff\"}\n")
	sign := func(secret string, t int64) string { return timestampedSignature(secret, time.Unix(t, 0), body) }
	good := sign(secret, at)
	_, v1, _ := strings.Cut(good, ",v1=")
	flipped := strings.Map(func(r rune) rune {
		if r == '0' {
			return '1'
		}
		return '0'
	}, v1)

	tests := []struct {
		name, secret, header string
		body                 []byte
		now                  int64
		valid                bool
	}{
		{"as sent", secret, good, body, at, true},
		{"300 s old", secret, good, body, at + 300, true},
		{"301 s old", secret, good, body, at + 301, false},
		{"301 s ahead", secret, good, body, at - 301, false},
		{"a later v1 is not looked at", secret, good + ",v1=" + flipped, body, at, true},
		{"the first v1 counts", secret, "t=1777887001,v1=" + flipped + ",v1=" + v1, body, at, false},
		{"unknown parts are passed over", secret, "v0=abc," + good + ",v2=def", body, at, true},
		{"another secret", secret + "x", good, body, at, false},
		{"changed body", secret, good, append([]byte(" "), body...), at, false},
		{"line feed lost", secret, good, bytes.TrimSuffix(body, []byte("\n")), at, false},
		{"changed time", secret, "t=1777887002,v1=" + v1, body, at, false},
		{"signature cut", secret, good[:len(good)-1], body, at, false},
		{"empty signature", secret, "t=1777887001,v1=", body, at, false},
		{"no signature", secret, "t=1777887001", body, at, false},
		{"no time", secret, "v1=" + v1, body, at, false},
		{"time is not a number", secret, "t=now,v1=" + v1, body, at, false},
		{"time with a sign", secret, "t=+1777887001,v1=" + v1, body, at, false},
		{"not a header", secret, "garbage", body, at, false},
		{"published vector", secret,
			"t=1614265330,v1=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964",
			[]byte(`{"test": 2432232314}`), 1614265330, true},
	}

	var notRun []string
	for _, e := range examples {
		if command := missing(t, e); command != "" {
			notRun = append(notRun, e.language+" ("+command+" is not installed)")
			continue
		}
		t.Run(e.language, func(t *testing.T) {
			t.Parallel()
			command := e.prepare(t, t.TempDir())
			for _, tc := range tests {
				args := slices.Concat(command[1:], []string{tc.secret, tc.header, strconv.FormatInt(tc.now, 10)})
				cmd := exec.CommandContext(t.Context(), command[0], args...)
				cmd.Stdin = bytes.NewReader(tc.body)
				out, err := cmd.CombinedOutput()
				var exit *exec.ExitError
				if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
					t.Fatalf("%s: %v\n%s", tc.name, err, out)
				}
				// In most languages a crash exits with 1, too, but it also prints something.
				if len(out) > 0 {
					t.Errorf("%s: unexpected output:\n%s", tc.name, out)
				}
				if valid := err == nil; valid != tc.valid {
					t.Errorf("%s: valid = %v, want %v", tc.name, valid, tc.valid)
				}
			}
		})
	}
	if len(notRun) > 0 {
		t.Logf("examples not run here: %s", strings.Join(notRun, ", "))
	}
}
