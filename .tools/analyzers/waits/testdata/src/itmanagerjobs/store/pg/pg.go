package pg

import "context"

type DB struct{}

type Tx struct{}

func (*DB) WithTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	wait := make(chan int, 1)
	wait <- 1
	<-wait // to wait for a connection is the pool's own business
	return fn(ctx, &Tx{})
}

func (*Tx) Savepoint(_ context.Context, _ string, fn func() error) error { return fn() }

func (*Tx) AfterCommit(func()) {}
