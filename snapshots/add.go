package snapshots

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// MayAdd refuses when a machine asks: what is promised to clients is for a person to decide. ci is the environment
// variable CI.
func MayAdd(ci string) error {
	if ci == "" {
		return nil
	}
	return errors.New("snapshots are not added under CI (the environment variable CI is set): run `make snapshots-add` at your desk, look at the diff and commit it")
}

// Add writes what is pending, and nothing when something breaks clients or MayAdd refuses.
func (c Comparison) Add(ci string) ([]Addition, error) {
	if err := MayAdd(ci); err != nil {
		return nil, err
	}
	if err := c.Err(); err != nil {
		return nil, fmt.Errorf("nothing was written: %w", err)
	}
	for _, a := range c.Pending {
		if a.Data == nil {
			if err := os.Remove(c.folder.path(a.Path)); err != nil {
				return nil, err
			}
			continue
		}
		if err := write(c.folder.path(a.Path), a.Data); err != nil {
			return nil, err
		}
	}
	return c.Pending, nil
}

// Err says everything that keeps the snapshots from being extended, with what to do; nil when nothing does.
func (c Comparison) Err() error {
	return errors.Join(c.breakErr(GateDiff, "oasdiff finds changes of the contract that break clients"),
		c.breakErr(GateKept, "something that stands in the frozen contract has changed"),
		c.breakErr(GateExchange, "answers differ from those that were frozen"),
		c.exceptionErr())
}

// maxShown keeps a message readable: one cause can show in every exchange.
const maxShown = 25

func more(b *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(b, "  … and %d more\n", n)
	}
}

// breakErr is the part of Err that one gate has found.
func (c Comparison) breakErr(gate Gate, what string) error {
	var found []Finding
	for _, f := range c.Findings {
		if f.Gate == gate {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "BREAKING for clients of version 1: %s (gate %s).\n", what, gate)
	shown := found[:min(len(found), maxShown)]
	for _, f := range shown {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	more(&b, len(found)-len(shown))
	b.WriteString("\nWhat to do:\n  - Restore it. Version 1 only grows: put the new beside the old, and mark the old deprecated.\n")
	if c.Released {
		b.WriteString("  - There is no other way: CHANGELOG.md names 1.0.0 as released, and what was promised stays.\n")
		return errors.New(b.String())
	}
	b.WriteString("  - Or, while 1.0.0 is not released, excuse it in snapshots/except.txt with your reason, and run `make snapshots-add`:\n")
	for _, f := range shown {
		fmt.Fprintf(&b, "      %s | %s | WHY\n", f.Gate, f.Where)
	}
	b.WriteString("    A star in the middle part stands for any text, so that one line can excuse many findings.\n")
	return errors.New(b.String())
}

func (c Comparison) exceptionErr() error {
	if c.Released && len(c.Exceptions) > 0 {
		return fmt.Errorf("snapshots/except.txt has %d lines, though CHANGELOG.md names 1.0.0 as released: nothing is excused any more. Restore what they excuse and delete them", len(c.Exceptions))
	}
	if len(c.Stale) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("snapshots/except.txt has lines that excuse nothing any more. Delete them:\n")
	for _, e := range c.Stale {
		fmt.Fprintf(&b, "  %s\n", e)
	}
	return errors.New(b.String())
}

// PendingErr says what is not yet part of the snapshots; nil when they are complete.
func (c Comparison) PendingErr() error {
	if len(c.Pending) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d snapshots are not up to date:\n", len(c.Pending))
	shown := c.Pending[:min(len(c.Pending), maxShown)]
	for _, a := range shown {
		fmt.Fprintf(&b, "  %s\n", a)
	}
	more(&b, len(c.Pending)-len(shown))
	b.WriteString("\nWhat to do:\n")
	if c.Err() == nil {
		b.WriteString("  None of it breaks what is frozen. If it is meant, run `make snapshots-add`, look at `git diff snapshots` and commit it; if not, restore the answer.\n")
	} else {
		b.WriteString("  Settle the breaking findings first; `make snapshots-add` writes nothing before that.\n")
	}
	return errors.New(b.String())
}
