package told_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"itmanagerjobs/tools/analyzers/told"
)

func Test(t *testing.T) {
	t.Parallel()
	analysistest.Run(t, analysistest.TestData(), told.Analyzer, "store/pipeline", "store/cv", "store/job")
}
