package demo

import (
	"itmanagerjobs/store/board"
)

// posting is one job of the demo employer. Salaries are in whole units of the currency, per year unless period says otherwise.
type posting struct {
	mode  board.Mode
	state board.JobStatus // to bring it to; an Active one older than board.DefaultRun expires by itself
	age   int             // days since it was created

	reference, title, city, country string
	seniority                       board.Seniority
	employment                      board.EmploymentType
	remote                          board.RemoteType
	min, max                        int64
	currency                        string
	period                          board.SalaryPeriod
	apply                           board.ApplyMethod
	target                          string
	required, optional              []string
	description                     string
}

// patch turns the literal into what the store takes; empty fields stay empty.
func (j posting) patch() board.JobPatch {
	p := board.JobPatch{
		Title: board.Set(j.title), Reference: board.Set(j.reference), Country: board.Set(j.country), Seniority: board.Set(j.seniority),
		EmploymentType: board.Set(j.employment), RemoteType: board.Set(j.remote), ApplyMethod: board.Set(j.apply),
		RequiredSkills: board.Set(j.required), OptionalSkills: board.Set(j.optional), Description: board.Set(j.description),
	}
	if j.city != "" {
		p.City = board.Set(j.city)
	}
	if j.max > 0 {
		low, high := j.min*100, j.max*100
		p.Salary = board.SetSalary(board.Salary{Min: &low, Max: &high, Currency: j.currency, Period: j.period})
	}
	switch j.apply {
	case board.ApplyByEmail:
		p.ApplyEmailAddress = board.Set(j.target)
	case board.ApplyByURL:
		p.ApplyURL = board.Set(j.target)
	case board.ApplyByHTTPPush:
		p.ApplyPushURL = board.Set(j.target)
	case board.ApplyDirect: // our own form needs no target
	}
	return p
}

// postings are in the order of their age, oldest first, so that ids and times rise together.
func postings() []posting {
	return []posting{
		{
			mode: board.ModeLive, state: board.JobActive, age: 52, reference: "NT-1001",
			title: "IT Operations Manager", city: "Leeds", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.OnSite, min: 58_000, max: 66_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyByEmail, target: "applications@northwind-talent.example",
			required: []string{"ITIL", "Service delivery", "Windows Server", "Vendor management"}, optional: []string{"Lean Six Sigma"},
			description: `<p>A food manufacturer with three plants in Yorkshire is looking for somebody to run its day-to-day IT.</p><h3>What you will do</h3><ul><li>Lead a team of nine across service desk, infrastructure and plant support</li><li>Own the major incident process; the plants run around the clock</li><li>Hold four outsourcing partners to their service levels</li></ul><h3>What you bring</h3><ul><li>Five years in charge of an operations team, ideally in manufacturing</li><li>ITIL in practice, not only on paper</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 45, reference: "NT-1002",
			title: "Interim Head of Infrastructure", city: "Manchester", country: "United Kingdom", seniority: board.Lead,
			employment: board.Contract, remote: board.HybridRemote, min: 650, max: 725, currency: "GBP", period: board.PerDay,
			apply: board.ApplyByURL, target: "https://northwind-talent.example/jobs/NT-1002",
			required: []string{"VMware", "Azure", "Data centre migration", "Budgeting"}, optional: []string{"Terraform", "PRINCE2"},
			description: `<p>Six months, outside IR35. An insurer leaves its last data centre and needs a steady hand until the permanent head starts.</p><ul><li>Finish the move of 140 virtual machines to Azure</li><li>Close two contracts for colocation without paying a month too many</li><li>Hand over a team of six that knows what it owns</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobDeactivated, age: 38, reference: "NT-1003",
			title: "Service Desk Manager", city: "Bristol", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.HybridRemote, min: 42_000, max: 47_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyDirect, required: []string{"ServiceNow", "ITIL", "People management"}, optional: []string{"Microsoft 365"},
			description: `<p>A university hospital handles 6,500 tickets a month and wants half of them to solve themselves.</p><ul><li>Lead fourteen analysts in two shifts</li><li>Turn the knowledge base into something that people use</li><li>Report on satisfaction, not only on closure times</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 26, reference: "NT-1004",
			title: "Head of IT", city: "London", country: "United Kingdom", seniority: board.Director,
			employment: board.FullTime, remote: board.HybridRemote, min: 95_000, max: 115_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyByEmail, target: "applications@northwind-talent.example",
			required: []string{"IT strategy", "Budgeting", "ISO 27001", "Stakeholder management"}, optional: []string{"M&A integration", "NetSuite"},
			description: `<p>A media group of 900 people has grown by buying its rivals, and has four of everything. You will make it one.</p><h3>What you will do</h3><ul><li>Write the IT strategy for three years and defend its budget of £6 million before the board</li><li>Merge four Microsoft 365 tenants and three finance systems</li><li>Lead 22 people through managers in London, Dublin and Lisbon</li></ul><h3>What we offer</h3><p>Two days a week in Shoreditch, 30 days of leave, a bonus of up to 15%.</p>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 23, reference: "NT-1005",
			title: "Cloud Platform Manager", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.FullyRemote, min: 82_000, max: 94_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyByURL, target: "https://northwind-talent.example/jobs/NT-1005",
			required: []string{"AWS", "Kubernetes", "Terraform", "FinOps"}, optional: []string{"Go", "Backstage"},
			description: `<p>A payments company runs 60 services on AWS and wants its platform treated as a product, with you as its owner.</p><ul><li>Lead eight platform engineers from Inverness to Brighton</li><li>Bring the monthly bill down by a fifth without slowing anyone</li><li>Set the objectives for availability, and say no when the error budget is spent</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 19, reference: "NT-1006",
			title: "Information Security Manager", city: "Edinburgh", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.HybridRemote, min: 70_000, max: 80_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyDirect, required: []string{"ISO 27001", "Risk management", "Incident response"}, optional: []string{"CISSP", "CISM"},
			description: `<p>An asset manager passed its first ISO 27001 audit last year and wants to keep the certificate for the right reasons.</p><ul><li>Own the management system, the risk register and the annual penetration tests</li><li>Lead two analysts and a managed detection service</li><li>Explain to fund managers why the answer is sometimes no</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 14, reference: "NT-1007",
			title: "IT Project Manager, ERP Rollout", city: "Birmingham", country: "United Kingdom", seniority: board.Senior,
			employment: board.Contract, remote: board.HybridRemote, min: 500, max: 560, currency: "GBP", period: board.PerDay,
			apply: board.ApplyByEmail, target: "contracts@northwind-talent.example",
			required: []string{"Dynamics 365", "Project management", "Change management"}, optional: []string{"PRINCE2", "MSP"},
			description: `<p>Twelve months. A wholesaler moves five branches to Dynamics 365 Business Central, one branch a quarter.</p><ul><li>Run the plan, the partner and the weekly steering meeting</li><li>Train 180 people who liked the old system</li><li>Leave every branch with stock figures that agree</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 9, reference: "NT-1008",
			title: "Chief Technology Officer", city: "Dublin", country: "Ireland", seniority: board.Executive,
			employment: board.FullTime, remote: board.HybridRemote, min: 150_000, max: 180_000, currency: "EUR", period: board.PerYear,
			apply: board.ApplyByEmail, target: "executive@northwind-talent.example",
			required: []string{"Technology strategy", "SaaS", "Engineering leadership"}, optional: []string{"Health care", "GDPR"},
			description: `<p>A maker of software for hospital pharmacies, 140 people and profitable, looks for its second CTO; the first one retires after eleven years.</p><ul><li>Lead 55 engineers in five teams, and product security</li><li>Take a monolith that works into a future with customers outside Ireland</li><li>Sit on the executive team and report to the founder</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 5, reference: "NT-1009",
			title: "Network and Infrastructure Manager", city: "Cardiff", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.OnSite, min: 52_000, max: 59_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyByHTTPPush, target: "https://ats.northwind-talent.example/apply",
			required: []string{"Cisco", "SD-WAN", "Firewalls", "Capacity planning"}, optional: []string{"Palo Alto", "Python"},
			description: `<p>A housing association connects 48 offices and 3,000 flats, and replaces its MPLS lines with SD-WAN this year.</p><ul><li>Lead four network engineers and the on-call rota</li><li>Choose the supplier and see the rollout through</li><li>Keep the telecare lines up: some tenants have no other way to call for help</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobActive, age: 2, reference: "NT-1010",
			title: "Data Platform Lead", city: "Amsterdam", country: "Netherlands", seniority: board.Lead,
			employment: board.FullTime, remote: board.HybridRemote, min: 85_000, max: 98_000, currency: "EUR", period: board.PerYear,
			apply: board.ApplyByURL, target: "https://northwind-talent.example/jobs/NT-1010",
			required: []string{"PostgreSQL", "dbt", "Airflow", "Team leadership"}, optional: []string{"Kafka", "Snowflake"},
			description: `<p>A logistics company knows where 20,000 parcels are at any moment, and wants to know where they will be.</p><ul><li>Lead five data engineers and decide what is built and what is bought</li><li>Replace nightly batches by streams where it pays</li><li>Agree with each department what its figures mean</li></ul>`,
		},
		{
			mode: board.ModeLive, state: board.JobDraft, age: 1, reference: "NT-1011",
			title: "Part-time IT Manager", city: "York", country: "United Kingdom", seniority: board.Manager,
			employment: board.PartTime, remote: board.OnSite, min: 32_000, max: 36_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyDirect, required: []string{"Microsoft 365", "Vendor management"}, optional: []string{"Google Workspace"},
			description: `<p>A charity of 70 people shares one IT manager with nobody, for the first time. Three days a week, on days that suit you.</p>`,
		},
		{
			mode: board.ModeLive, state: board.JobDraft, age: 0, reference: "NT-1012",
			title: "Director of Digital Workplace", city: "Glasgow", country: "United Kingdom", seniority: board.Director,
			employment: board.FullTime, remote: board.HybridRemote, apply: board.ApplyDirect,
			required: []string{"Microsoft 365", "Change management"}, optional: []string{},
			description: `<p>Notes from the call with the client: 11,000 users, two mergers, salary to be confirmed on Monday.</p>`,
		},
		{
			mode: board.ModeTest, state: board.JobActive, age: 3, reference: "TEST-1",
			title: "IT Manager (test data)", city: "London", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.HybridRemote, min: 60_000, max: 70_000, currency: "GBP", period: board.PerYear,
			apply: board.ApplyDirect, required: []string{"ITIL"}, optional: []string{"Azure"},
			description: `<p>A job of the test mode: free to publish, never public, and apart from all live data.</p>`,
		},
		{
			mode: board.ModeTest, state: board.JobDraft, age: 1, reference: "TEST-2",
			title: "Service Delivery Manager (test data)", city: "Bristol", country: "United Kingdom", seniority: board.Manager,
			employment: board.FullTime, remote: board.OnSite, apply: board.ApplyByEmail, target: "test@northwind-talent.example",
			required: []string{"Service delivery"}, optional: []string{},
			description: `<p>A draft of the test mode, ready to be published.</p>`,
		},
	}
}
