// Package pg is PostgreSQL as the packages of the store use it: a pool of connections that prepare their statements, one
// kind of transaction, one way to page through a list, and one registry of advisory locks.
//
// It must know nothing of a job board: no table, no rule, no event.
package pg
