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
	// computing are the turns of what computes for mail: on half of the processors, and one of a network.
	computing *turns.Gate
	// delivering are the turns of messages that become applications: as many as there are processors, and one of a network. Most of what
	// they take is PostgreSQL's.
	delivering *turns.Gate
	seed       maphash.Seed
}

func newCounter() *counter {
	processors := runtime.GOMAXPROCS(0)
	return &counter{
		room:       company.NewRoom(turnPatience),
		computing:  turns.New(turns.Options{AtOnce: max(1, processors/2), Each: 1, Patience: turnPatience}),
		delivering: turns.New(turns.Options{AtOnce: processors, Each: 1, Patience: turnPatience}),
		seed:       maphash.MakeSeed(),
	}
}

// turn is that of a connection from a network.
func (c *counter) turn(network string) *turn {
	return &turn{gate: c.computing, party: company.PartyOf(c.seed, network)}
}

// take reads a message that says how large it is, 0 for one that does not. t is the turn of its connection. giveUp ends a read that waits for
// it. leave is called when the message is in memory no more. Errors: those of Parse; errCrowded.
func (c *counter) take(r io.Reader, t *turn, size int64, e Envelope, giveUp func()) (m Message, leave func(), err error) {
	room := int64(company.RoomEach)
	if size > 0 {
		room = min(room, size+size/sizeSlack+company.LargeBody)
	}
	b := c.room.Body(context.Background(), company.Arrival{From: r, Party: t.party, Size: int(room), GiveUp: giveUp, Late: errCrowded, Slow: errCrowded})
	said := min(size, MaxMessage)
	if said == 0 {
		said = -1
	}
	// What is more than Parse takes is left where it is.
	raw, err := company.ReadAll(io.LimitReader(patient{b, t}, MaxMessage+1), said)
	t.rest()
	if err == nil && size > 0 && int64(len(raw)) > room && room < company.RoomEach {
		err = &UnreadableError{Reason: fmt.Sprintf("the message is larger than the %d bytes that its SIZE says", size), TooLarge: true}
	}
	if err == nil {
		m, err = c.parse(raw, t.party, e)
	}
	return m, b.Leave, err
}

// patient is a message that may have to wait for its room, and has no turn meanwhile.
type patient struct {
	io.Reader

	turn *turn
}

func (p patient) Read(b []byte) (int, error) {
	p.turn.rest()
	return p.Reader.Read(b) //nolint:wrapcheck // io.EOF must stay itself
}

// parse waits for a turn.
func (c *counter) parse(raw []byte, party int64, e Envelope) (Message, error) {
	if c.computing.Enter(context.Background(), party) != nil {
		return Message{}, errCrowded
	}
	//house:clock how long it takes, on the clock that only goes forward
	began := time.Now()
	//house:clock as above
	defer func() { c.computing.LeaveRested(party, time.Since(began)) }()
	return Parse(raw, e)
}

// deliver waits for a turn, and computes by turns. Errors: those of d; errCrowded.
func (c *counter) deliver(d Deliverer, m Message, party int64) error {
	if c.delivering.Enter(context.Background(), party) != nil {
		return errCrowded
	}
	defer c.delivering.Leave(party)
	ctx, cancel := context.WithTimeout(context.Background(), deliverTimeout)
	defer cancel()
	ctx, leave := c.computing.Stay(ctx, party)
	defer leave()
	turns.Rest(ctx)
	return d.Deliver(ctx, m)
}

// errBusy answers a message that is to come again.
var errBusy = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "There are many messages at the moment, try again later"}
