package profile

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// signed returns the vector with the shortest body among those with two secrets.
func (p page) signed() vector {
	var best vector
	for _, v := range p.vectors {
		if v.NextSecret != "" && (best.Body == "" || len(v.Body) < len(best.Body)) {
			best = v
		}
	}
	return best
}

// example shows a command that computes the signature of a vector, and runs it.
func (p page) example(t *testing.T) string {
	t.Helper()
	nodetest.Need(t, "openssl", "install it (on Debian and Ubuntu: apt-get install openssl)")
	v := p.signed()
	unix := strconv.FormatInt(v.At.Unix(), 10)
	var command, want string
	switch p.profile.Name {
	case "standardwebhooks":
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.Secret, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		command = fmt.Sprintf("printf '%%s' '%s.%s.%s' |\n  openssl dgst -sha256 -mac HMAC -macopt hexkey:%s -binary | base64",
			v.Headers["Webhook-Id"], unix, v.Body, hex.EncodeToString(key))
		want = strings.TrimPrefix(v.Headers["Webhook-Signature"], "v1,")
	case "rejento":
		command = fmt.Sprintf("printf '%%s' '%s' |\n  openssl dgst -sha256 -hmac '%s' -r", v.Body, v.Secret)
		want = v.Headers["X-Rejento-Signature"]
	default:
		command = fmt.Sprintf("printf '%%s' '%s.%s' |\n  openssl dgst -sha256 -hmac '%s' -r", unix, v.Body, v.Secret)
		_, want, _ = strings.Cut(v.Headers[nodeVerifiers[p.profile.Name].header], ",v1=")
	}
	if strings.Contains(v.Body, "'") {
		t.Fatalf("%s: a body with a quote can't be shown in a command", v.Name)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	if got, _, _ := strings.Cut(strings.TrimSpace(string(out)), " "); got != want {
		t.Errorf("%s: the command gives %s, want %s", p.profile.Name, got, want)
	}
	return "With the secret `" + v.Secret + "`, the delivery\n\n" + fence("", p.headerLines(v)+"\n"+v.Body) +
		"\nhas a signature that this command computes:\n\n" + fence("sh", command) + "\nIt prints `" + want + "`.\n"
}

func (p page) rotation() string {
	v := p.signed()
	header, next := "X-Webhook-Signature", "-Next"
	switch p.profile.Name {
	case "standardwebhooks":
		header, next = "webhook-signature", "-next"
	case "autotechjobs":
		header = "X-AutoTechJobs-Signature"
	case "rejento":
		header = "X-Rejento-Signature"
	}
	return fmt.Sprintf("## Rotation\n\nYou create a next secret and then activate it. Until then it signs `%s`, in the same form. From then on it\n"+
		"signs `%s`, and for an hour the former secret signs the other header. A receiver that has one secret may\n"+
		"therefore accept a delivery when either header is valid. No header has two signatures. The next secret of the delivery\n"+
		"above is `%s`.\n", header+next, header, v.NextSecret)
}
