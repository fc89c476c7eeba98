package portal

import (
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

type overview struct {
	Employer        account.Employer
	ContractRuns    bool
	Stats           []pages.Stat
	Keys            int
	MayMint         bool
	FirstRequest    string
	SpecificationAt string
}

func (p *Portal) showOverview(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx := r.Context()
	e, err := p.store.Accounts.Employer(ctx, u.EmployerID)
	if err != nil {
		return err
	}
	credits, err := p.store.Accounts.Credits(ctx, board.Tenant{EmployerID: u.EmployerID, Mode: board.ModeLive})
	if err != nil {
		return err
	}
	keys, err := p.store.Accounts.Keys(ctx, u.EmployerID)
	if err != nil {
		return err
	}
	contract := "None"
	if e.ContractUntil != nil {
		contract = "Ended on " + inWords(*e.ContractUntil)
		if board.ContractRuns(e.ContractUntil, p.now()) {
			contract = "Unlimited until " + inWords(*e.ContractUntil)
		}
	}
	stats := []pages.Stat{
		{Name: "Job posting credits", Figure: strconv.FormatInt(credits.JobPosting, 10)},
		{Name: "CV search credits", Figure: strconv.FormatInt(credits.CVSearch, 10)},
		{Name: "Contract", Figure: contract, Words: true},
	}
	return p.show(w, r, http.StatusOK, "overview", page{Title: e.Name, Section: "overview", User: &u, Main: overview{
		Employer: e, ContractRuns: board.ContractRuns(e.ContractUntil, p.now()), Stats: stats, Keys: len(keys),
		MayMint: u.Role.May(board.RightMintKeys), FirstRequest: p.curlMe("$API_KEY"), SpecificationAt: p.publicURL + "/swagger/v1/swagger.json",
	}})
}

// curlMe asks who the key is; it works with every key and changes nothing.
func (p *Portal) curlMe(key string) string {
	return "curl " + p.publicURL + "/api/v1/me \\\n  -H \"Authorization: Bearer " + key + `"`
}

// curlDraft makes a draft of a job, which costs nothing.
func (p *Portal) curlDraft(key string) string {
	return "curl " + p.publicURL + "/api/v1/jobs \\\n  -H \"Authorization: Bearer " + key + "\" \\\n" +
		"  -H \"Content-Type: application/json\" \\\n  -d '{\"title\": \"IT Manager\"}'"
}
