package inbound

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"runtime"
	"time"

	"github.com/emersion/go-smtp"

	"itmanagerjobs/server/company"
	"itmanagerjobs/store/turns"
)

// turnPatience is how long a message waits for room in memory, and then for its turn to be read. A sender waits ten minutes for the answer
// (RFC 5321, 4.5.3.2.6), and then sends it again.
const turnPatience = time.Minute

// sizeSlack is how much larger than it says a message may be, in parts of its size: programs count the ends of its lines in various ways.
const sizeSlack = 8

// errCrowded says that others want the memory or the processor that a message takes.
var errCrowded = errors.New("there are many messages, and this one had no turn in time or came slowly")

// counter divides memory and processors among the networks that send mail. Strangers send it, and of a message a processor may have
// seconds of work.
type counter struct {
	room *company.Room
	// parsing are the turns of messages that are read: on half of the processors, and one of a network.
	parsing *turns.Gate
	seed    maphash.Seed
}

func newCounter() *counter {
	return &counter{
		room:    company.NewRoom(turnPatience),
		parsing: turns.New(turns.Options{AtOnce: max(1, runtime.GOMAXPROCS(0)/2), Each: 1, Patience: turnPatience}),
		seed:    maphash.MakeSeed(),
	}
}

func (c *counter) party(network string) int64 { return company.PartyOf(c.seed, network) }

// take reads a message of a network that says how large it is, 0 for one that does not. giveUp ends a read that waits for it. leave is called
// when the message is in memory no more. Errors: those of Parse; errCrowded.
func (c *counter) take(r io.Reader, network string, size int64, e Envelope, giveUp func()) (m Message, leave func(), err error) {
	party, room := c.party(network), int64(company.RoomEach)
	if size > 0 {
		room = min(room, size+size/sizeSlack+company.LargeBody)
	}
	b := c.room.Body(context.Background(), company.Arrival{From: r, Party: party, Size: int(room), GiveUp: giveUp, Late: errCrowded, Slow: errCrowded})
	raw, err := readMessage(b)
	if err == nil && size > 0 && int64(len(raw)) > room && room < company.RoomEach {
		err = &UnreadableError{Reason: fmt.Sprintf("the message is larger than the %d bytes that its SIZE says", size), TooLarge: true}
	}
	if err == nil {
		m, err = c.parse(raw, party, e)
	}
	return m, b.Leave, err
}

// parse waits for a turn.
func (c *counter) parse(raw []byte, party int64, e Envelope) (Message, error) {
	if c.parsing.Enter(context.Background(), party) != nil {
		return Message{}, errCrowded
	}
	defer c.parsing.Leave(party)
	return parse(raw, e)
}

// errBusy answers a message that is to come again.
var errBusy = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "There are many messages at the moment, try again later"}
