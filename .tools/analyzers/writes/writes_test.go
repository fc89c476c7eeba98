package writes_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"itmanagerjobs/tools/analyzers/writes"
)

func Test(t *testing.T) {
	t.Parallel()
	if err := writes.Analyzer.Flags.Set("functions", "admit"); err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, analysistest.TestData(), writes.Analyzer, "room", "store/pg")
}
