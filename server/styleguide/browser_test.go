package styleguide_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/styleguide"
)

// TestTheStyleGuideIsSeen looks at every component on a phone and on a desk, light and dark.
func TestTheStyleGuideIsSeen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	h, err := styleguide.New(styleguide.Config{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, NewID: func() string { return "id" }})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	b := pagestest.NewTab(t)
	b.Do("open", chromedp.Navigate(srv.URL+"/styleguide"), chromedp.WaitVisible(".guide"))
	b.Screens("styleguide")
}
