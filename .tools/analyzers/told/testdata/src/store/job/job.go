// Package job has nobody.
package job

type Store struct{}

func (*Store) Odd() struct{ LastName string } { return struct{ LastName string }{} }
