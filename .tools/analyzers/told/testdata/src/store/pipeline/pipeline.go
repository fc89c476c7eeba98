// Package pipeline reads people through cv.
package pipeline

import "store/cv"

type Store struct{ CV cv.Store }

type Page struct {
	Total int
	List  []struct{ Match map[string]*Match }
}

type Match struct{ CandidateID int64 }

type Job struct{ Title string }

func (s *Store) Direct(id int64) cv.Person { return s.CV.Person(id) } // want Direct:"marks"

func (s *Store) Closure(id int64) (p cv.Person) { // want Closure:"marks"
	func() { s.helper(id) }()
	return p
}

func (s *Store) helper(id int64) { cv.Read(id) } // want helper:"marks"

func (s *Store) Page() Page { return Page{} } // want `Page returns Page`

func (s *Store) Job() Job { return Job{} }
