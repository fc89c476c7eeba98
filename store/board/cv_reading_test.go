package board

import (
	"errors"
	"testing"
)

func TestReadingsSettle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		end   ReadingEnd
		hard  bool
		begun int
		want  bool
	}{
		{ReadingDone, false, 1, true},
		{ReadingDone, true, MaxCVReadings, true},
		{ReadingSlow, false, 1, false},
		{ReadingSlow, true, 1, true},
		{ReadingSlow, false, MaxCVReadings, true},
		{ReadingCrashed, false, 1, false},
		{ReadingCrashed, true, 2, true},
		{ReadingFailed, true, MaxCVReadings - 1, false},
		{ReadingFailed, false, MaxCVReadings, true},
		{ReadingNotBegun, true, MaxCVReadings, false},
	} {
		if got := (CVReading{End: tt.end}).Settles(tt.hard, tt.begun); got != tt.want {
			t.Errorf("end %d, hard %t, begun %d: settles %t", tt.end, tt.hard, tt.begun, got)
		}
	}
}

func TestHowManyCVsWait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ofSource, all int
		stranger      bool
		want          error
	}{
		{maxWaitingOfNetwork - 1, MaxWaitingCVs - 1, true, nil},
		{maxWaitingOfNetwork, maxWaitingOfNetwork, true, ErrNetworkWaits},
		{0, MaxWaitingCVs, true, ErrCVsWait},
		{maxWaitingOfNetwork, MaxWaitingCVs, true, ErrNetworkWaits},
		{maxWaitingOfEmployer - 1, MaxWaitingCVs - 1, false, nil},
		{maxWaitingOfEmployer, maxWaitingOfEmployer, false, ErrCVsWait},
	} {
		if err := CheckWaitingCVs(tt.ofSource, tt.all, tt.stranger); !errors.Is(err, tt.want) {
			t.Errorf("%d of %d, stranger %t: %v, want %v", tt.ofSource, tt.all, tt.stranger, err, tt.want)
		}
	}
}

func TestKindsAreKnownByTheirMediaTypes(t *testing.T) {
	t.Parallel()
	for _, k := range append(AllFileKinds(), KindDOC, KindPages) {
		if got := KindOfMediaType(k.MediaType()); got != k {
			t.Errorf("%s is %q", k, got)
		}
	}
	if k := KindOfMediaType("image/png"); k != "" {
		t.Errorf("a picture is %q", k)
	}
}
