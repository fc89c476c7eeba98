package delivery

import (
	"time"

	"itmanagerjobs/store/board"
)

// InboxPath is what the addresses of inboxes have before their tokens.
const InboxPath = "/inbox/"

// The limits of inboxes, which keep what test webhooks send.
const (
	// MaxInboxes of a tenant.
	MaxInboxes = 20
	// InboxKeeps is how many requests of an inbox are kept, the newest; InboxRetention is how long.
	InboxKeeps     = 100
	InboxRetention = 7 * 24 * time.Hour
	// maxInboxName is in characters.
	maxInboxName = 100
)

// CheckInbox returns the name of a new inbox as it is kept, or why there can be none. existing is how many there are.
// Errors: invalid_request; invalid_state when there are too many.
func CheckInbox(name string, existing int) (string, error) {
	if existing >= MaxInboxes {
		return "", board.Errorf(board.CodeInvalidState, "There are %d inboxes already, and that is all there can be. Delete one that you don't need any more.", MaxInboxes)
	}
	if name == "" {
		return "", nil
	}
	name, problem, bad := board.CheckText("name", name, board.TextRule{Min: 1, Max: maxInboxName})
	if bad {
		return "", board.Invalid(problem)
	}
	return name, nil
}
