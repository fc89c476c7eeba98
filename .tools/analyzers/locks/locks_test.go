package locks_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"itmanagerjobs/tools/analyzers/locks"
)

func Test(t *testing.T) {
	t.Parallel()
	analysistest.Run(t, analysistest.TestData(), locks.Analyzer, "room", "store/pg")
}
