package hiring

import (
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/board"
)

// Routes are the pages of this room: jobs, applications, candidates, interviews and the CV search.
func (p *Pages) Routes() map[string]member.Route {
	return map[string]member.Route{
		"GET /employer/jobs":                 member.View(board.RightSeeWork, p.showJobs),
		"POST /employer/jobs":                member.Act(board.RightWork, "createJob", p.createJob),
		"GET /employer/jobs/new":             member.View(board.RightWork, p.showNewJob),
		"GET /employer/jobs/{id}":            member.View(board.RightSeeWork, p.showJob),
		"POST /employer/jobs/{id}":           member.Act(board.RightWork, "updateJob", p.updateJob),
		"GET /employer/jobs/{id}/edit":       member.View(board.RightWork, p.showJobEditor),
		"POST /employer/jobs/{id}/publish":   member.Act(board.RightWork, "publishJob", p.publishJob),
		"POST /employer/jobs/{id}/extend":    member.Act(board.RightWork, "extendJob", p.extendJob),
		"POST /employer/jobs/{id}/close":     member.Act(board.RightWork, "closeJob", p.closeJob),
		"POST /employer/jobs/{id}/duplicate": member.Act(board.RightWork, "duplicateJob", p.duplicateJob),

		"GET /employer/applications":              member.View(board.RightSeeWork, p.showApplications),
		"POST /employer/applications/move":        member.Act(board.RightWork, "moveApplications", p.moveApplications),
		"GET /employer/applications/reject":       member.View(board.RightWork, p.showReject),
		"POST /employer/applications/reject":      member.Act(board.RightWork, "rejectApplications", p.rejectApplications),
		"GET /employer/applications/{id}":         member.View(board.RightSeeWork, p.showApplication),
		"GET /employer/applications/{id}/cv":      member.View(board.RightSeeWork, p.downloadCV),
		"POST /employer/applications/{id}/move":   member.Act(board.RightWork, "moveApplication", p.moveApplication),
		"POST /employer/applications/{id}/rating": member.Act(board.RightWork, "rateApplication", p.rateApplication),
		"POST /employer/applications/{id}/notes":  member.Act(board.RightWork, "createNote", p.createNote),

		"GET /employer/applications/{id}/notes/{note}":         member.View(board.RightWork, p.showNote),
		"POST /employer/applications/{id}/notes/{note}":        member.Act(board.RightWork, "editNote", p.editNote),
		"POST /employer/applications/{id}/notes/{note}/delete": member.Act(board.RightWork, "deleteNote", p.deleteNote),

		"GET /employer/mail-templates":              member.View(board.RightWork, p.showTemplates),
		"POST /employer/mail-templates":             member.Act(board.RightWork, "createMailTemplate", p.createTemplate),
		"GET /employer/mail-templates/new":          member.View(board.RightWork, p.showNewTemplate),
		"GET /employer/mail-templates/{id}":         member.View(board.RightWork, p.showTemplate),
		"POST /employer/mail-templates/{id}":        member.Act(board.RightWork, "updateMailTemplate", p.updateTemplate),
		"POST /employer/mail-templates/{id}/delete": member.Act(board.RightWork, "deleteMailTemplate", p.deleteTemplate),

		"GET /employer/candidates/{id}":         member.View(board.RightSeeWork, p.showCandidate),
		"GET /employer/candidates/{id}/cv":      member.View(board.RightSeeWork, p.downloadCandidateCV),
		"GET /employer/candidates/{id}/export":  member.View(board.RightSeeWork, p.exportCandidate),
		"POST /employer/candidates/{id}/erase":  member.Act(board.RightWork, "eraseCandidate", p.eraseCandidate),
		"POST /employer/candidates/{id}/unlock": member.Act(board.RightSearchCV, "unlockCandidate", p.unlockCandidate),

		"GET /employer/interviews":             member.View(board.RightSeeWork, p.showInterviews),
		"POST /employer/interviews":            member.Act(board.RightWork, "createInterview", p.createInterview),
		"GET /employer/interviews/new":         member.View(board.RightWork, p.showNewInterview),
		"GET /employer/interviews/{id}":        member.View(board.RightSeeWork, p.showInterview),
		"POST /employer/interviews/{id}":       member.Act(board.RightWork, "patchInterview", p.updateInterview),
		"POST /employer/interviews/{id}/state": member.Act(board.RightWork, "patchInterview", p.changeInterviewState),

		"GET /employer/search":                    member.View(board.RightSearchCV, p.showSearch),
		"POST /employer/search/saved":             member.Act(board.RightSearchCV, "saveSearch", p.saveSearch),
		"POST /employer/search/saved/{id}/delete": member.Act(board.RightSearchCV, "deleteSavedSearch", p.deleteSavedSearch),
	}
}
