package board

// Role is what a person who signs in to the portal may do.
type Role string

// The roles. The first three belong to an employer's account, the last to the platform itself.
const (
	RoleEmployerAdmin    Role = "EmployerAdmin"    // everything in the account, the keys and the team included
	RoleRecruiter        Role = "Recruiter"        // jobs and applications
	RoleViewer           Role = "Viewer"           // reads
	RolePlatformReviewer Role = "PlatformReviewer" // approves or refuses keys; belongs to no employer
)

// AllRoles lists every Role.
func AllRoles() []Role {
	return []Role{RoleEmployerAdmin, RoleRecruiter, RoleViewer, RolePlatformReviewer}
}

// EmployerRoles lists the roles that an EmployerAdmin may give to a member of the team.
func EmployerRoles() []Role { return []Role{RoleEmployerAdmin, RoleRecruiter, RoleViewer} }

// Valid reports whether r is one of AllRoles.
func (r Role) Valid() bool {
	switch r {
	case RoleEmployerAdmin, RoleRecruiter, RoleViewer, RolePlatformReviewer:
		return true
	}
	return false
}

// CanMintKeys reports whether r may create and revoke the employer's API keys: EmployerAdmin alone.
func (r Role) CanMintKeys() bool { return r == RoleEmployerAdmin }

// CanManageTeam reports whether r may invite people to the account and change their roles.
func (r Role) CanManageTeam() bool { return r == RoleEmployerAdmin }

// CanEditEmployer reports whether r may change what the employer says about itself.
func (r Role) CanEditEmployer() bool { return r == RoleEmployerAdmin }

// CanEditJobs reports whether r may create, change, publish and close the employer's jobs.
func (r Role) CanEditJobs() bool { return r == RoleEmployerAdmin || r == RoleRecruiter }

// CanReviewKeys reports whether r may approve or refuse pending keys of any employer.
func (r Role) CanReviewKeys() bool { return r == RolePlatformReviewer }
