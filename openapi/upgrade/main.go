// Command upgrade writes a contract, an OpenAPI 3.0 document, in OpenAPI 3.1:
//
//	go run ./upgrade v1/swagger.json v1/openapi-3.1.json
//
// `go generate` runs it. It must not decide anything about the API: what it writes says what it read, and what it does
// not know how to say in 3.1 it refuses.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "upgrade: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	const wanted = 2
	if len(args) != wanted {
		return errors.New("name the file to read and the file to write")
	}
	from, to := args[0], args[1]
	document, err := os.ReadFile(from) //nolint:gosec // the caller of the generator names the file
	if err != nil {
		return err
	}
	upgraded, err := upgrade(document)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, upgraded, 0o644) //nolint:gosec // a file of the repository, which everybody may read
}
