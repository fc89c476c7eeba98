package companion

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"itmanagerjobs/gen/client"
)

type logsCmd struct {
	Tail logsTailCmd `cmd:"" help:"Show the requests of your key as they come, with how they ended."`
}

type logsTailCmd struct {
	connection

	Last      int    `default:"10"                                                                  help:"How many of those before to begin with, 0 to 200."`
	Status    string `default:""                                                                    enum:",1xx,2xx,3xx,4xx,5xx"                              help:"Only requests that ended so: 2xx, 4xx or 5xx, for example."`
	Operation string `help:"Only requests for this operationId of the contract, such as createJob." placeholder:"NAME"`
	NoFollow  bool   `help:"Stop after those before."`
}

// Help explains the command further.
func (logsTailCmd) Help() string {
	return `It shows what the platform has noted of the last 7 days: never a body, a query or an address. A request appears some seconds
after its answer. What this command asks itself is left out.`
}

// ownOperation is what the command asks for; it would fill the log that it shows.
const ownOperation = "listMyRequests"

// Run prints the requests until the context ends.
func (c logsTailCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	ticks, stop := t.Tick(listenEvery)
	defer stop()
	seen := int64(0)
	for first := true; ; first = false {
		entries, err := c.after(ctx, s, seen)
		if err != nil {
			return err
		}
		if first {
			entries = entries[max(0, len(entries)-c.Last):]
		}
		for _, e := range entries {
			seen = max(seen, e.ID)
			if err := s.printRequest(e); err != nil {
				return err
			}
		}
		if c.NoFollow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // Ctrl-C is how one leaves
		case <-ticks:
		}
	}
}

// after are the requests since an entry, the oldest first: at most a page of them.
func (c logsTailCmd) after(ctx context.Context, s *session, seen int64) ([]client.RequestLogEntry, error) {
	params := &client.ListMyRequestsParams{PageSize: new(200)}
	if c.Status != "" {
		params.Status = new(client.LogStatusQuery(c.Status))
	}
	if c.Operation != "" {
		params.Operation = &c.Operation
	}
	res, err := s.api.ListMyRequests(ctx, params)
	page, err := read[client.RequestLog](s, res, err)
	if err != nil {
		return nil, err
	}
	entries := slices.DeleteFunc(page.Items, func(e client.RequestLogEntry) bool {
		operation, err := e.Operation.Get()
		return e.ID <= seen || err == nil && operation == ownOperation && c.Operation != ownOperation
	})
	slices.SortFunc(entries, func(a, b client.RequestLogEntry) int { return cmp.Compare(a.ID, b.ID) })
	return entries, nil
}

func (s *session) printRequest(e client.RequestLogEntry) error {
	return s.print(e, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %d  %-6s %s  %d ms  %s", e.At.Format(time.TimeOnly), e.Status, e.Method, e.Path, e.Milliseconds, e.RequestID)
		if code, err := e.Code.Get(); err == nil {
			fmt.Fprintf(w, "  %s", code)
		}
		fmt.Fprintln(w)
	})
}
