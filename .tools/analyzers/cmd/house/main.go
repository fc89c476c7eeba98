// Command house checks the house rules: go vet runs it as its -vettool. The rules are in docs/house-rules.md.
//
//	house schema migrations
//
// prints the flags that tell the analyzers what the migrations in a directory make.
package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/tools/go/analysis/unitchecker"

	"itmanagerjobs/tools/analyzers/clock"
	"itmanagerjobs/tools/analyzers/internal/schema"
	"itmanagerjobs/tools/analyzers/locks"
	"itmanagerjobs/tools/analyzers/tenants"
	"itmanagerjobs/tools/analyzers/told"
	"itmanagerjobs/tools/analyzers/waits"
	"itmanagerjobs/tools/analyzers/writes"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "schema" {
		s, err := schema.Read(os.DirFS(os.Args[2]))
		if err == nil && len(s.Tenants) == 0 {
			err = errors.New("the migrations make no table of tenants; does internal/schema read them rightly?")
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "house:", err)
			os.Exit(1)
		}
		fmt.Printf("-tenants.tables=%s -writes.functions=%s\n", schema.Flag(s.Tenants), schema.Flag(s.Writers))
		return
	}
	unitchecker.Main(clock.Analyzer, locks.Analyzer, tenants.Analyzer, told.Analyzer, waits.Analyzer, writes.Analyzer)
}
