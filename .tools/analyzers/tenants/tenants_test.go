package tenants_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"itmanagerjobs/tools/analyzers/tenants"
)

func Test(t *testing.T) {
	t.Parallel()
	if err := tenants.Analyzer.Flags.Set("tables", "jobs,candidates"); err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, analysistest.TestData(), tenants.Analyzer, "other", "room")
}
