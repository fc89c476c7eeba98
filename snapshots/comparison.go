package snapshots

import (
	"context"
	"fmt"
	"slices"
)

// Comparison is what the program does now, beside what it promised.
type Comparison struct {
	// Findings are those that no line of except.txt excuses.
	Findings []Finding
	// Stale are the lines of except.txt that excuse nothing.
	Stale []Exception
	// Pending are the additions that wait for Add.
	Pending []Addition
	// Released is true once nothing can be excused any more; Exceptions are the lines that stand in except.txt.
	Released   bool
	Exceptions []Exception

	folder Folder
}

// Addition is one file that Add brings up to date; without Data the file goes.
type Addition struct {
	// Path is relative to the folder.
	Path string
	// What tells what is added, for a person.
	What string
	Data []byte
}

func (a Addition) String() string { return a.Path + ": " + a.What }

// Surface is a part of the API that has a contract of its own.
type Surface struct {
	// Name is that of the folder of its snapshots.
	Name string
	// Contract is the present one, Recorded what the program answers now.
	Contract []byte
	Recorded Set
}

// Compare runs the gates A1, A2 and B over the snapshots in the folder.
func Compare(ctx context.Context, folder Folder, surfaces ...Surface) (Comparison, error) {
	changelog, err := readOptional(folder.path("CHANGELOG.md"))
	if err != nil {
		return Comparison{}, err
	}
	lines, err := readOptional(folder.path("snapshots/except.txt"))
	if err != nil {
		return Comparison{}, err
	}
	exceptions, err := ParseExceptions(lines)
	if err != nil {
		return Comparison{}, err
	}
	c := &comparison{Comparison: Comparison{folder: folder, Released: Released(changelog), Exceptions: exceptions}}
	for _, s := range surfaces {
		if err := c.contract(ctx, s); err != nil {
			return Comparison{}, err
		}
		if err := c.exchanges(s); err != nil {
			return Comparison{}, err
		}
	}
	c.Stale = slices.DeleteFunc(slices.Clone(exceptions), func(e Exception) bool { return c.used[e.Line] })
	return c.Comparison, nil
}

type comparison struct {
	Comparison

	used map[int]bool
}

// take keeps the findings that are not excused.
func (c *comparison) take(findings []Finding) {
	for _, f := range findings {
		excused := false
		for _, e := range c.Exceptions {
			if e.matches(f) {
				if c.used == nil {
					c.used = map[int]bool{}
				}
				c.used[e.Line], excused = true, true
			}
		}
		if !excused || c.Released {
			c.Findings = append(c.Findings, f)
		}
	}
}

func (c *comparison) add(path, what string, data []byte) {
	c.Pending = append(c.Pending, Addition{Path: path, What: what, Data: data})
}

func (c *comparison) contract(ctx context.Context, s Surface) error {
	now, err := decode(s.Contract)
	if err != nil {
		return fmt.Errorf("the contract: %w", err)
	}
	frozenContract := s.frozenContract()
	data, err := readOptional(c.folder.path(frozenContract))
	if err != nil {
		return err
	}
	if data == nil {
		if c.Released {
			c.Findings = append(c.Findings, Finding{Gate: GateKept, Where: frozenContract, What: "is missing, though 1.0.0 is released: restore it from git"})
			return nil
		}
		c.add(frozenContract, "freezes the contract", encode(now))
		return nil
	}
	was, err := decode(data)
	if err != nil {
		return fmt.Errorf("%s: %w", frozenContract, err)
	}
	diff, err := Breaking(ctx, data, s.Contract)
	if err != nil {
		return err
	}
	c.take(diff)
	c.take(Kept(was, now))
	merged := Merge(was, now)
	if text(withoutProse(place{}, merged)) != text(withoutProse(place{}, was)) {
		c.add(frozenContract, "takes in what the contract has gained", encode(merged))
	}
	return nil
}

func (c *comparison) exchanges(s Surface) error {
	present, err := c.folder.read(s.exchanges(current))
	if err != nil {
		return err
	}
	promised, err := c.folder.read(s.exchanges(frozen))
	if err != nil {
		return err
	}
	recorded := s.Recorded
	for _, name := range names(recorded) {
		data := recorded[name].Encode()
		if was, ok := present[name]; !ok {
			c.add(s.exchangePath(current, name), "is a new exchange", data)
		} else if string(was.Encode()) != string(data) {
			c.add(s.exchangePath(current, name), "has changed: "+howChanged(was, recorded[name]), data)
		}
		was, ok := promised[name]
		if !ok {
			c.add(s.exchangePath(frozen, name), "is a new exchange", data)
			continue
		}
		broken := CompareExchange(name, was, recorded[name])
		c.take(broken)
		if len(broken) == 0 && string(was.Encode()) != string(data) {
			c.add(s.exchangePath(frozen, name), "takes in what the answer has gained", data)
		}
	}
	for _, name := range names(promised) {
		if _, ok := recorded[name]; !ok {
			c.take([]Finding{{Gate: GateExchange, Where: name + "#", What: "is frozen, and no case records it any more"}})
		}
	}
	for _, name := range names(present) {
		if _, ok := recorded[name]; !ok {
			c.add(s.exchangePath(current, name), "is not recorded any more", nil)
		}
	}
	return nil
}

// howChanged tells growth from the rest, so that a reader of the message knows what to look for.
func howChanged(was, is Exchange) string {
	if broken := CompareExchange("", was, is); len(broken) > 0 {
		return "BREAKING, " + broken[0].What + " (" + broken[0].Where[1:] + ")"
	}
	return "additive, or another wording"
}
