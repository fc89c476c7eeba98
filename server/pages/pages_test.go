package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"95,000": 9_500_000, "£95 000": 9_500_000, "95000.5": 9_500_050, " 95000.50 ": 9_500_050, "115k": 11_500_000, "0": 0, "1.2k": 120_000,
	} {
		if got, ok := pages.ParseMoney(text); !ok || got != want {
			t.Errorf("%q is read as %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "£", "ten", "-5", "1.234", "1e9", "9999999999999", "1.5.2", "k"} {
		if got, ok := pages.ParseMoney(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
	for n, want := range map[int64]string{9_500_000: "95,000", 9_500_005: "95,000.05", 0: "0", 100_000_000_00: "100,000,000", -50_000: "−500"} {
		if got := pages.FormatMoney(n); got != want {
			t.Errorf("%d is written as %q, want %q", n, got, want)
		}
	}
}

func TestSalaryInWords(t *testing.T) {
	t.Parallel()
	low, high := int64(40_000), int64(50_050)
	for want, s := range map[string]board.Salary{
		"£400 – £500.50 a day":  {Min: &low, Max: &high, Currency: "GBP", Period: board.PerDay},
		"from €400 an hour":     {Min: &low, Currency: "EUR", Period: board.PerHour},
		"up to CHF 400 a month": {Max: &low, Currency: "CHF", Period: board.PerMonth},
		"$400 a year":           {Min: &low, Max: &low, Currency: "USD", Period: board.PerYear},
	} {
		if got := pages.SalaryText(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRelative(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for away, want := range map[time.Duration]string{
		0: "just now", -time.Second: "just now", time.Second: "in a moment", -time.Minute: "1 minute ago", 2 * time.Hour: "in 2 hours", -25 * time.Hour: "1 day ago",
		30 * 24 * time.Hour: "in 30 days", -40 * 24 * time.Hour: "21 January", -400 * 24 * time.Hour: "26 January 2025",
	} {
		if got := pages.Relative(now.Add(away), now); got != want {
			t.Errorf("%s away is %q, want %q", away, got, want)
		}
	}
}

func TestLocalTarget(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/employer/jobs?status=Draft": "/employer/jobs?status=Draft", "/employer": "/employer", "": "/employer", "/employers": "/employer", "/jobs": "/employer",
		"//evil.example/employer/": "/employer", "https://evil.example/employer/x": "/employer", "/employer/../jobs": "/employer", "/employer/\\evil": "/employer/%5Cevil", "javascript:alert(1)": "/employer",
	} {
		if got := pages.LocalTarget(target, "/employer"); got != want {
			t.Errorf("%q leads to %q, want %q", target, got, want)
		}
	}
}

func TestThemeIsRemembered(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{"dark": "dark", "light": "light", "auto": "", "<script>": ""} {
		r := httptest.NewRequest(http.MethodPost, "/theme", strings.NewReader(url.Values{"theme": {sent}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		pages.SetTheme(w, r, true)
		next := httptest.NewRequest(http.MethodGet, "/employer/jobs?q=x", nil)
		for _, c := range w.Result().Cookies() {
			if !c.Secure || !c.HttpOnly {
				t.Errorf("the cookie %v is not guarded", c)
			}
			if c.MaxAge > 0 {
				next.AddCookie(c)
			}
		}
		if diff := cmp.Diff(pages.Theme{Choice: want, Action: "/theme", Next: "/employer/jobs?q=x"}, pages.ThemeOf(next, "/theme")); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", sent, diff)
		}
	}
}

func TestAFormExplainsInItsOwnWords(t *testing.T) {
	t.Parallel()
	f := &pages.Form{Fields: []*pages.Field{
		{ID: "title", Label: "Title", Kind: "text", Says: map[string]string{board.FieldRequired: "Enter a title"}},
		{ID: "level", Label: "Level", Kind: "select", Options: []pages.Option{{Value: ""}, {Value: "Lead"}}},
		{ID: "version", Kind: "hidden", Says: map[string]string{board.FieldConflict: "Open the form again"}},
	}}
	f.Take(url.Values{"title": {" Head "}, "level": {"Lead"}, "version": {"3"}})
	if f.Text("title") != "Head" || f.Choice("level") != "Lead" || f.Text("version") != "3" || f.Choice("title") != "" || f.Text("nothing") != "" {
		t.Errorf("read %q %q %q", f.Text("title"), f.Choice("level"), f.Text("version"))
	}
	f.BlameFields([]board.FieldError{
		{Field: "title", Code: board.FieldRequired, Message: "is needed"}, {Field: "level", Code: board.FieldNotAllowed, Message: "must be one of: Lead"}, {Field: "version", Code: board.FieldConflict},
	})
	got := []string{f.Field("title").Error, f.Field("level").Error, f.Field("level").Target(), f.Problem}
	if diff := cmp.Diff([]string{"Enter a title", "Level must be one of: Lead", "level", "Open the form again"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
