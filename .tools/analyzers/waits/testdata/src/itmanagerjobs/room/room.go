package room

import (
	"context"
	"net/http"
	"time"

	"itmanagerjobs/far"
	"itmanagerjobs/store/pg"
)

type store struct {
	db *pg.DB
	c  chan int
}

func (s *store) outside() int { // want outside:"time.Sleep is called"
	time.Sleep(time.Second)
	return <-s.c
}

func (s *store) inside(ctx context.Context) error { // want inside:"time.Sleep is called"
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		time.Sleep(time.Second) // want `time.Sleep is called in a transaction`
		_ = s.outside()         // want `outside, which waits, is called in a transaction`
		_ = far.Read()          // want `far.Read, which waits, is called in a transaction`
		far.Quick()
		_ = time.Time{}.After(time.Time{})
		tx.AfterCommit(func() { time.Sleep(1) })
		go func() { <-s.c }()
		return tx.Savepoint(ctx, "x", func() error {
			<-s.c // want `a channel is read in a transaction`
			return nil
		})
	})
}

func (s *store) joined(_ context.Context, _ *pg.Tx) error {
	select {
	case <-s.c:
	default:
	}
	select { // want `a select waits in a transaction`
	case <-s.c:
	}
	for range s.c { // want `a channel is read in a transaction`
		s.c <- 1
	}
	_, err := http.Get("http://x") // want `http.Get is called in a transaction`
	return err
}

func (s *store) silenced(_ context.Context, _ *pg.Tx) {
	//house:wait the channel has room for every sender
	s.c <- 1
}

func (s *store) fine(ctx context.Context) error {
	return s.db.WithTx(ctx, func(context.Context, *pg.Tx) error { return nil })
}
