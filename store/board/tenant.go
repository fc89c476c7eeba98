package board

// Tenant is an employer in one mode, which is what a key or a session sees. Every query of tenants' rows is bound to it.
type Tenant struct {
	EmployerID int64
	Mode       Mode
}

// Mode separates real data from test data of partners. A key of one mode never sees an object of the other.
type Mode string

// The modes, as stored and as published.
const (
	ModeLive Mode = "live" // real jobs, real credits, public pages
	ModeTest Mode = "test" // free, isolated, never public
)

// AllModes lists every Mode.
func AllModes() []Mode { return []Mode{ModeLive, ModeTest} }

// Valid reports whether m is one of AllModes.
func (m Mode) Valid() bool { return m == ModeLive || m == ModeTest }
