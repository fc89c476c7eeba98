package apikey_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// chacha is a deterministic source of random bytes.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func chacha() io.Reader { return rand.NewChaCha8([32]byte{1}) }

func TestKeyRoundTrip(t *testing.T) {
	t.Parallel()
	r := chacha()
	seen := map[string]bool{}
	for prefix, want := range map[string]struct {
		mode     board.Mode
		readOnly bool
	}{
		"pk_live_": {board.ModeLive, false}, "pk_test_": {board.ModeTest, false},
		"rk_live_": {board.ModeLive, true}, "rk_test_": {board.ModeTest, true},
	} {
		for range 200 {
			key, err := apikey.New(r, want.mode, want.readOnly)
			if err != nil {
				t.Fatal(err)
			}
			mode, readOnly, ok := apikey.Parse(key)
			if mode != want.mode || readOnly != want.readOnly || !ok || len(key) != 46 || seen[key] {
				t.Fatalf("ParseKey(%q) = %s, %t, %t", key, mode, readOnly, ok)
			}
			seen[key] = true
			p, last := apikey.Display(key)
			if p != prefix || last != key[42:] {
				t.Fatalf("KeyDisplay(%q) = %q, %q", key, p, last)
			}
		}
	}
}

func TestKeyChecksumIsFixed(t *testing.T) {
	t.Parallel()
	// Keys that were given out must stay valid: the alphabet and the checksum may never change.
	const zeros = "pk_live_00000000000000000000000000000000"
	key, err := apikey.New(bytes.NewReader(make([]byte, 64)), board.ModeLive, false)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "key of zeros", zeros+"2ydDIO", key)
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	good, err := apikey.New(chacha(), board.ModeLive, false)
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{
		"", "pk_live_", good[:45], good + "0", " " + good[:45], strings.ToUpper(good), "sk_live_" + good[8:], "pk_test_" + good[8:], "rk_live_" + good[8:],
		good[:10] + "-" + good[11:], good[:10] + "\x00" + good[11:], good[:10] + "é" + good[12:], strings.Repeat("é", 23), strings.Repeat("a", 1<<16),
	}
	for i := 8; i < len(good); i++ { // every single typing error and every swap of neighbours
		c := byte('x')
		if good[i] == c {
			c = 'y'
		}
		bad = append(bad, good[:i]+string(c)+good[i+1:])
		if i+1 < len(good) && good[i] != good[i+1] {
			bad = append(bad, good[:i]+string(good[i+1])+string(good[i])+good[i+2:])
		}
	}
	for _, s := range bad {
		if mode, readOnly, ok := apikey.Parse(s); ok || mode != "" || readOnly {
			t.Errorf("ParseKey(%.60q) = %q, %t, %t", s, mode, readOnly, ok)
		}
	}
}

// It counts allocations of the whole process, so it cannot run beside others.
func TestParseKeyAllocatesNothing(t *testing.T) { //nolint:paralleltest // see above
	key, err := apikey.New(chacha(), board.ModeTest, true)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() {
		if _, _, ok := apikey.Parse(key); !ok {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations per call", n)
	}
}

func BenchmarkParseKey(b *testing.B) {
	key, err := apikey.New(chacha(), board.ModeLive, false)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		apikey.Parse(key)
	}
}

func FuzzParseKey(f *testing.F) {
	for _, mode := range board.AllModes() {
		key, err := apikey.New(chacha(), mode, mode == board.ModeTest)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(key)
		f.Add(key[:45] + "!")
	}
	f.Add("")
	f.Add(strings.Repeat("\xff", 46))
	f.Fuzz(func(t *testing.T, s string) {
		mode, readOnly, ok := apikey.Parse(s)
		if !ok && (mode != "" || readOnly) {
			t.Errorf("refused %q, yet said %q, %t", s, mode, readOnly)
		}
		if ok && (len(s) != 46 || !mode.Valid() || readOnly != (s[0] == 'r') || !strings.HasPrefix(s[3:], string(mode))) {
			t.Errorf("accepted %q as %q, %t", s, mode, readOnly)
		}
	})
}

func TestNewKeyIsUnbiased(t *testing.T) {
	t.Parallel()
	counts, total := map[byte]int{}, 0
	r := chacha()
	for range 4000 {
		id, err := apikey.NewID(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(id) != 20 || !strings.HasPrefix(id, "key_") {
			t.Fatalf("NewKeyID gave %q", id)
		}
		for i := 4; i < len(id); i++ {
			counts[id[i]]++
			total++
		}
	}
	// Plain remainders would make the first 8 characters 25 % more frequent than the rest; chance stays within 15 %.
	mean := float64(total) / 62
	for c, n := range counts {
		if d := float64(n)/mean - 1; d > 0.15 || d < -0.15 {
			t.Errorf("%q is %.0f %% off the mean", c, d*100)
		}
	}
	compare(t, "characters seen", 62, len(counts))
}

// TestReadNetworks holds the addresses that a caller has, which are not written as IPv4 within IPv6, against what people write.
func TestReadNetworks(t *testing.T) {
	t.Parallel()
	got, _, ok := apikey.ReadNetworks("allowed", "192.0.2.7, 192.0.2.9/24\n2001:db8::1/32;::ffff:198.51.100.7 ::ffff:203.0.113.9/120 192.0.2.7/32")
	want := []string{"192.0.2.7/32", "192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32", "203.0.113.0/24"}
	compare(t, "networks", want, got)
	if !ok {
		t.Error("they are refused")
	}
	for _, bad := range []string{"192.0.2", "192.0.2.7/33", "fe80::1%eth0", "fe80::1%eth0/64", "example.com", "192.0.2.1/32 x"} {
		if got, problem, ok := apikey.ReadNetworks("allowed", bad); ok || problem.Field != "allowed" {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

func TestNewKeyErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("no entropy")
	if _, err := apikey.New(iotest.ErrReader(broken), board.ModeLive, false); !errors.Is(err, broken) {
		t.Errorf("NewKey: %v", err)
	}
	if _, err := apikey.NewID(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("NewKeyID: %v", err)
	}
	if _, err := apikey.New(chacha(), "prod", false); err == nil {
		t.Error("NewKey took an unknown mode")
	}
}

func TestHashKey(t *testing.T) {
	t.Parallel()
	// RFC 4231, test case 2.
	compare(t, "hash", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		hex.EncodeToString(apikey.Hash([]byte("Jefe"), "what do ya want for nothing?")))
	p, last := apikey.Display("what")
	compare(t, "display of no key", "", p+last)
}

func TestKeyStatusAt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		stored  apikey.Status
		expires *time.Time
		want    apikey.Status
	}{
		{apikey.Active, nil, apikey.Active},
		{apikey.Active, new(noon.Add(1)), apikey.Active},
		{apikey.Active, new(noon), apikey.Expired},
		{apikey.Pending, new(noon.Add(-1)), apikey.Expired},
		{apikey.Pending, nil, apikey.Pending},
		{apikey.Revoked, new(noon.Add(-1)), apikey.Revoked},
	} {
		compare(t, string(tc.stored), tc.want, tc.stored.At(tc.expires, noon))
	}
}

func TestApprovalFor(t *testing.T) {
	t.Parallel()
	jobs, hooks := []apikey.Scope{apikey.ScopeJobPosting}, []apikey.Scope{apikey.ScopeWebhooks}
	cv := []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch}
	for _, tc := range []struct {
		name              string
		trusted, contract bool
		credits           int64
		mode              board.Mode
		scopes            []apikey.Scope
		force             bool
		want              apikey.Status
	}{
		{"contract", false, true, 0, board.ModeLive, jobs, false, apikey.Active},
		{"balance", false, false, 1, board.ModeLive, jobs, false, apikey.Active},
		{"webhooks like jobs", false, false, 1, board.ModeLive, hooks, false, apikey.Active},
		{"neither", false, false, 0, board.ModeLive, jobs, false, apikey.Pending},
		{"webhooks, neither", false, false, 0, board.ModeLive, hooks, false, apikey.Pending},
		{"cv search despite both", false, true, 9, board.ModeLive, cv, false, apikey.Pending},
		{"cv search of a trusted partner", true, false, 0, board.ModeLive, cv, false, apikey.Active},
		{"cv search approved by the platform", false, false, 0, board.ModeLive, cv, true, apikey.Active},
		{"test mode", false, false, 0, board.ModeTest, cv, false, apikey.Active},
	} {
		compare(t, tc.name, tc.want, apikey.ApprovalFor(tc.trusted, tc.contract, tc.credits, tc.mode, tc.scopes, tc.force))
	}
}

func TestValidateNewKey(t *testing.T) {
	t.Parallel()
	jobs := []apikey.Scope{apikey.ScopeJobPosting}
	for _, tc := range []struct {
		name    string
		keyName string
		scopes  []apikey.Scope
		expires *time.Time
		want    []string
	}{
		{"good", "Bullhorn", apikey.AllScopes(), nil, nil},
		{"good with expiry", "Bullhorn", jobs, new(noon.Add(time.Second)), nil},
		{"all bad", " ", nil, new(noon), []string{"name too_short", "scopes required", "expiresAt out_of_range"}},
		{"expiry in a year of five digits", "Bullhorn", jobs, new(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), []string{"expiresAt out_of_range"}},
		{"expiry in the last year of four", "Bullhorn", jobs, new(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), nil},
		{"long name", strings.Repeat("x", 101), jobs, nil, []string{"name too_long"}},
		{"scopes", "x", []apikey.Scope{"Admin", apikey.ScopeWebhooks, apikey.ScopeWebhooks}, nil, []string{"scopes[0] not_allowed", "scopes[2] duplicate"}},
	} {
		compare(t, tc.name, tc.want, codes(apikey.ValidateNew(tc.keyName, tc.scopes, tc.expires, noon)))
	}
	for _, readOnly := range []bool{false, true} {
		for _, proposeOnly := range []bool{false, true} {
			var want []string
			if readOnly && proposeOnly {
				want = []string{"access conflict"}
			}
			compare(t, "access", want, codes(apikey.CheckAccess(readOnly, proposeOnly)))
		}
	}
}

func TestEveryScopeAndStatusIsKnown(t *testing.T) {
	t.Parallel()
	for _, s := range apikey.AllScopes() {
		if !s.Valid() {
			t.Errorf("scope %s is not valid", s)
		}
	}
	for _, s := range apikey.AllStatuses() {
		if !s.Valid() {
			t.Errorf("status %s is not valid", s)
		}
	}
	if apikey.Scope("").Valid() || apikey.Status("").Valid() {
		t.Error("nothing is a scope or a status")
	}
}

// codes lists field errors as "field code".
func codes(fields []board.FieldError) []string {
	var s []string
	for _, f := range fields {
		s = append(s, f.Field+" "+f.Code)
	}
	return s
}

func compare(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
