package companion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"itmanagerjobs/gen/client"
)

type eventsCmd struct {
	List   eventsListCmd   `cmd:"" help:"Print the log of events, the oldest first."`
	Replay eventsReplayCmd `cmd:"" help:"Have events of the last 30 days sent to your webhooks once more."`
}

type eventsListCmd struct {
	connection

	After int64    `help:"Begin after the event of this number." placeholder:"N"`
	Types []string `help:"Only events of these types."           placeholder:"A,B"`
	Limit int      `default:"50"                                 help:"How many, 1 to 200."`
}

// Run prints the events.
func (c eventsListCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	res, err := s.api.ListEvents(ctx, &client.ListEventsParams{After: &c.After, Type: filters(c.Types), PageSize: &c.Limit})
	page, err := read[client.EventList](s, res, err)
	if err != nil {
		return err
	}
	for _, e := range page.Items {
		err := s.print(e, func(w io.Writer) {
			fmt.Fprintf(w, "%d  %s  %-28s  %s\n", e.Sequence, e.CreatedAt.Format(time.RFC3339), e.Type, e.Data)
		})
		if err != nil {
			return err
		}
	}
	if page.HasMore {
		s.note("There are more: --after %d", page.NextAfter)
	}
	return nil
}

// filters are the types of events; nil for all, as an empty list would be sent as a parameter without a value.
func filters(names []string) []client.EventTypeFilter {
	if len(names) == 0 {
		return nil
	}
	types := make([]client.EventTypeFilter, len(names))
	for i, name := range names {
		types[i] = client.EventTypeFilter(name)
	}
	return types
}

type eventsReplayCmd struct {
	connection

	Webhook *int64         `help:"Number of the webhook to send to. Without it all active ones."     placeholder:"ID"`
	IDs     []int64        `help:"The events, by their ids."                                         name:"ids"             placeholder:"N,N"`
	From    *int64         `help:"The first event of a stretch of the log, by its number."           placeholder:"N"`
	To      *int64         `help:"The last event of the stretch."                                    placeholder:"N"`
	Since   *time.Duration `help:"Everything of the last minutes, hours or days in hours: 30m, 48h." placeholder:"DURATION"`
	Types   []string       `help:"Only events of these types."                                       placeholder:"A,B"`
	DryRun  bool           `help:"Count what would be sent, and send nothing."`
	NoWait  bool           `help:"Do not wait until all is queued."`
}

// Run counts the events, or has them sent and waits until all are queued.
func (c eventsReplayCmd) Run(ctx context.Context, t *Terminal) error {
	s, err := c.open(t)
	if err != nil {
		return err
	}
	request := client.EventReplayRequest{WebhookID: c.Webhook, EventIds: c.IDs, FromSequence: c.From, ToSequence: c.To, Types: filters(c.Types)}
	if c.Since != nil {
		request.Since = new(s.Now().Add(-*c.Since).UTC().Truncate(time.Second))
	}
	if len(c.IDs) == 0 && c.From == nil && c.Since == nil {
		return errors.New("which events? Give --since 1h, --ids N,N, or --from N --to N")
	}
	if c.DryRun {
		res, err := s.api.PreviewEventReplay(ctx, &client.PreviewEventReplayParams{}, request)
		preview, err := read[client.EventReplayPreview](s, res, err)
		if err != nil {
			return err
		}
		return s.print(preview, func(w io.Writer) {
			fmt.Fprintf(w, "%d deliveries would be sent.\n", preview.Total)
		})
	}
	res, err := s.api.ReplayEvents(ctx, &client.ReplayEventsParams{}, request)
	replay, err := read[client.EventReplay](s, res, err)
	if err == nil && !c.NoWait {
		replay, err = s.await(ctx, replay)
	}
	if err != nil {
		return err
	}
	return s.print(replay, func(w io.Writer) {
		fmt.Fprintf(w, "Replay %d is %s: %d of %d deliveries queued, %d skipped.\n", replay.ID, replay.Status, replay.Queued, replay.Total, replay.Skipped)
	})
}

// await tells how far a replay is until it has ended.
func (s *session) await(ctx context.Context, replay client.EventReplay) (client.EventReplay, error) {
	ticks, stop := s.Tick(time.Second)
	defer stop()
	told := int64(-1)
	for replay.FinishedAt.IsNull() {
		if done := replay.Queued + replay.Skipped; done != told {
			told = done
			s.note("%d of %d", done, cmp.Or(replay.Total, done))
		}
		select {
		case <-ctx.Done():
			s.note("The replay goes on by itself.")
			return replay, nil
		case <-ticks:
		}
		res, err := s.api.GetEventReplay(ctx, replay.ID, &client.GetEventReplayParams{})
		if replay, err = read[client.EventReplay](s, res, err); err != nil {
			return replay, err
		}
	}
	return replay, nil
}
