// Package cv reads people.
package cv

import "store/outbox"

type Person struct{ FirstName string }

type Store struct{}

// Read marks, for others too.
func Read(id int64) Person { // want Read:"marks"
	outbox.TellsIn(id)
	return Person{}
}

func (*Store) Person(id int64) Person { return Read(id) } // want Person:"marks"

func (*Store) Forgotten(id int64) (*Person, error) { return nil, nil } // want `Forgotten returns \*Person`

// Export is for an operator.
//
//house:told no answer is recorded
func (*Store) Export(id int64) Person { return Person{} }

func (*Store) Count() int { return 0 }

func (*Store) unexported() Person { return Person{} }
