package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/apierror"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

const (
	headerIdempotencyKey      = "Idempotency-Key"
	headerIdempotencyReplayed = "Idempotency-Replayed"
)

// inFlightRetry is how many seconds the twin of a request that is under way is told to wait. It has waited for 10 already.
const inFlightRetry = "5"

// errErased answers a repeated request whose recorded answer told of a person who was erased.
var errErased = board.Errorf(board.CodeGone, "The answer to this request told of a person whose data was erased since. The request was done once and is not done again.")

// idempotent runs a request that writes and carries an Idempotency-Key at most once. Handler and record share a transaction, so the
// answer is sent only after the commit.
func (s *Server) idempotent(op contract.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key := c.Request().Header.Get(headerIdempotencyKey)
			if key == "" {
				return next(c)
			}
			fingerprint, err := s.fingerprint(c, op)
			if err != nil {
				return err
			}
			ctx := c.Request().Context()
			reply, replayed, err := s.store.IdempotentAfter(ctx, admission.Principal(ctx), key, fingerprint, s.before(c, op), func(ctx context.Context) (store.Reply, error) {
				c.SetRequest(c.Request().WithContext(ctx))
				return s.reply(c, next)
			})
			// The handler's context holds the transaction, which has ended.
			c.SetRequest(c.Request().WithContext(ctx))
			if errors.Is(err, store.ErrInFlight) {
				c.Response().Header().Set(echo.HeaderRetryAfter, inFlightRetry)
			}
			if err != nil {
				return err
			}
			if replayed {
				c.Response().Header().Set(headerIdempotencyReplayed, "true")
			}
			if reply.Erased {
				return errErased
			}
			out, err := decodeRecorded(reply.Content)
			if err != nil {
				return err
			}
			return answer.Send(c, out.Status, out.Header, out.body)
		}
	}
}

// before is what an operation does before its transaction, nil for nothing.
func (s *Server) before(c echo.Context, op contract.Operation) store.Before {
	switch op.ID {
	case "receiveInboundEmail":
		return func(ctx context.Context) (context.Context, error) {
			return s.intake.BeforeEmail(ctx, c, admission.Principal(ctx).Tenant)
		}
	case "simulateApplication":
		return func(ctx context.Context) (context.Context, error) { return s.beforeSimulation(ctx, c) }
	}
	return nil
}

// reply runs the handler and turns an error of the caller's into its answer. A fault of the server stays an error and is
// not recorded.
func (s *Server) reply(c echo.Context, next echo.HandlerFunc) (store.Reply, error) {
	var fault error
	told := false
	rec, _ := answer.Record(c, func() error {
		err := next(c)
		if err == nil {
			return nil
		}
		if apierror.Status(apierror.From(err).Code) >= http.StatusInternalServerError {
			fault = err
			return nil
		}
		told = errors.Is(err, board.ErrAlreadyApplied)
		s.writeError(err, c)
		return nil
	})
	if fault != nil {
		return store.Reply{}, fault
	}
	rec.Header().Del(echo.HeaderXRequestID)
	content, err := recorded{Status: rec.Status, Header: rec.Header(), body: rec.Body.Bytes()}.encode()
	if err != nil {
		return store.Reply{}, err
	}
	outcome := outcomeOf(rec.Status)
	if told {
		// The applicant is told by email of an application that is repeated; undone with the refusal, nobody would be.
		outcome = store.Committed
	}
	return store.Reply{Content: content, Outcome: outcome}, nil
}

// outcomeOf keeps what a request has done that succeeded, and undoes the rest. The answer to a mistake of the caller's is
// kept, too; after a fault of ours the request may be sent again.
func outcomeOf(status int) store.Outcome {
	switch {
	case status >= http.StatusInternalServerError:
		return store.Failed
	case status >= http.StatusBadRequest:
		return store.Refused
	}
	return store.Committed
}

// recorded is an answer as it went out. The store keeps it as a line of JSON with status and headers, and the body after it.
type recorded struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`

	body []byte
}

func (a recorded) encode() ([]byte, error) {
	head, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode the head of an answer: %w", err)
	}
	return slices.Concat(head, []byte("\n"), a.body), nil
}

func decodeRecorded(content []byte) (recorded, error) {
	head, body, _ := bytes.Cut(content, []byte("\n"))
	a := recorded{body: body}
	if err := json.Unmarshal(head, &a); err != nil {
		return recorded{}, fmt.Errorf("decode the head of a recorded answer: %w", err)
	}
	return a, nil
}

// fingerprint identifies a request: the same key on another path, with another body or for another version of the object is a
// mistake of the caller.
func (s *Server) fingerprint(c echo.Context, op contract.Operation) ([]byte, error) {
	h := sha256.New()
	h.Write([]byte(op.Method + " " + c.Request().URL.EscapedPath()))
	if query := c.Request().URL.RawQuery; query != "" {
		h.Write([]byte("?" + query))
	}
	h.Write([]byte("\n"))
	for _, tag := range c.Request().Header.Values(answer.HeaderIfMatch) {
		h.Write([]byte(answer.HeaderIfMatch + ": " + tag + "\n"))
	}
	body, err := contract.Body(c.Request())
	if err != nil {
		return nil, err
	}
	h.Write(body)
	return h.Sum(nil), nil
}
