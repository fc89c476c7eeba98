package board_test

import (
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestPublishCost(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		mode  board.Mode
		until *time.Time
		want  int64
	}{
		{"credits", board.ModeLive, nil, 1},
		{"test mode", board.ModeTest, nil, 0},
		{"contract", board.ModeLive, new(now.Add(time.Microsecond)), 0},
		{"contract ends now", board.ModeLive, new(now), 1},
		{"contract ended", board.ModeLive, new(now.Add(-time.Hour)), 1},
	} {
		diff(t, tc.name, tc.want, board.PublishCost(tc.mode, tc.until, now))
	}
}

func TestNoCredits(t *testing.T) {
	t.Parallel()
	diff(t, "job posting", &board.Error{Code: "no_credits", Message: "Insufficient job posting credits."}, board.NoCredits(board.CreditJobPosting))
	diff(t, "cv search", &board.Error{Code: "no_credits", Message: "Insufficient CV search credits."}, board.NoCredits(board.CreditCVSearch))
}

func TestDefaultPackages(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	price := int64(0)
	for _, p := range board.DefaultPackages() {
		if !p.Has(board.FeatureAPI) || !p.Has(board.FeatureWebhooks) {
			t.Errorf("%s lacks the API or webhooks", p.Code)
		}
		if codes[p.Code] || p.Code == "" || p.Name == "" || p.JobPosting+p.CVSearch < 1 || p.JobPosting < 0 || p.CVSearch < 0 || p.PriceMinor <= price || len(p.Currency) != 3 {
			t.Errorf("odd package: %+v", p)
		}
		codes[p.Code], price = true, p.PriceMinor
	}
	if (board.Package{}).Has(board.FeatureAPI) {
		t.Error("an empty package has the API")
	}
}
