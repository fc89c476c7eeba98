package portal

import "itmanagerjobs/store/board"

func roleName(r board.Role) string {
	switch r {
	case board.RoleEmployerAdmin:
		return "Employer admin"
	case board.RoleRecruiter:
		return "Recruiter"
	case board.RoleViewer:
		return "Viewer"
	case board.RolePlatformReviewer:
		return "Platform reviewer"
	}
	return string(r)
}

func roleHint(r board.Role) string {
	switch r {
	case board.RoleEmployerAdmin:
		return "Everything in this account: API keys and the team too."
	case board.RoleRecruiter:
		return "Jobs, applications and the CV search. Nothing of the account: no keys, team, company or billing."
	case board.RoleViewer, board.RolePlatformReviewer:
	}
	return "Looks at everything but the audit log, changes nothing, searches nobody."
}
