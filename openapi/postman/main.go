// Command postman writes a contract as a Postman collection that runs from its first request to its last:
//
//	go run ./postman v1/swagger.json v1/postman.json
//
// `go generate` runs it. Requests, bodies and statuses are those of the contract; what the contract can't say (the order,
// and which answer gives which request its ids) is in steps.go. It must not decide anything about the API.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "postman: %v\n", err)
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
	written, err := convert(document)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, written, 0o644) //nolint:gosec // a file of the repository, which everybody may read
}

// convert returns the collection of a contract. It fails when a step is about an operation that the contract lacks.
func convert(document []byte) ([]byte, error) {
	c, err := read(document)
	if err != nil {
		return nil, err
	}
	made, err := collect(c)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(made); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
