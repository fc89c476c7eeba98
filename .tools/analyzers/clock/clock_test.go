package clock_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"itmanagerjobs/tools/analyzers/clock"
)

func Test(t *testing.T) {
	t.Parallel()
	analysistest.Run(t, analysistest.TestData(), clock.Analyzer, "engine", "program", "clocktest")
}
