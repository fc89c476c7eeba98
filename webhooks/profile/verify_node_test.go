package profile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// nodeVerifier is a program that was written from the documentation of a profile and not from the signer.
// The reference page of the profile shows it.
type nodeVerifier struct {
	file        string
	header      string
	timestamped bool
}

var nodeVerifiers = map[string]nodeVerifier{
	"native":        {"timestamped.js", "X-Webhook-Signature", true},
	"autotechjobs":  {"timestamped.js", "X-AutoTechJobs-Signature", true},
	"rejento":       {"rejento.js", "X-Rejento-Signature", false},
	"humansourcing": {"timestamped.js", "X-Webhook-Signature", true},
	"cloudevents":   {"timestamped.js", "X-Webhook-Signature", true},
}

// TestVerifiesInNode checks every vector with the verifier of its profile, and checks that it refuses
// invalid ones.
func TestVerifiesInNode(t *testing.T) {
	t.Parallel()
	nodetest.NeedNode(t)
	type delivery struct {
		Name     string `json:"name"`
		Verifier string `json:"verifier"`
		Secret   string `json:"secret"`
		Header   string `json:"header"`
		Now      int64  `json:"now"`
		Body     string `json:"body"`
		Valid    bool   `json:"valid"`
	}
	var all []delivery
	for name, n := range nodeVerifiers {
		for _, v := range readVectors(t, name) {
			add := func(what, secret, header string, late int64, body string, valid bool) {
				all = append(all, delivery{name + ", " + v.Name + ", " + what, n.file, secret, header, v.At.Unix() + late, body, valid})
			}
			header := v.Headers[n.header]
			if len(header) < 64 {
				t.Fatalf("%s, %s: %s is %q", name, v.Name, n.header, header)
			}
			add("as sent", v.Secret, header, 0, v.Body, true)
			add("changed body", v.Secret, header, 0, v.Body+"\n", false)
			add("another secret", v.Secret+"x", header, 0, v.Body, false)
			add("cut", v.Secret, header[:len(header)-2], 0, v.Body, false)
			add("empty", v.Secret, "", 0, v.Body, false)
			add("300 s later", v.Secret, header, 300, v.Body, true)
			add("301 s later", v.Secret, header, 301, v.Body, !n.timestamped)
			if n.timestamped {
				forged := header[:len(header)-64] + strings.Repeat("0", 64)
				add("a second v1 is not looked at", v.Secret, forged+",v1="+header[len(header)-64:], 0, v.Body, false)
				add("a second v1 does no harm", v.Secret, header+",v1="+strings.Repeat("0", 64), 0, v.Body, true)
			}
			if v.NextSecret == "" {
				continue
			}
			next := v.Headers[n.header+"-Next"]
			add("next secret", v.NextSecret, next, 0, v.Body, true)
			add("next secret for the current one", v.Secret, next, 0, v.Body, false)
			// A header must never have two signatures: many verifiers read only the first.
			if strings.Count(header, "v1=") > 1 || strings.Contains(header, " ") {
				t.Errorf("%s, %s: %s", name, v.Name, header)
			}
		}
	}
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := nodetest.Command(t.Context(), "testdata/verify", "node", "run.js")
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
