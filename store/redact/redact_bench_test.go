package redact

import "testing"

// BenchmarkRedact takes the texts of one person of the usual length.
func BenchmarkRedact(b *testing.B) {
	const summary = "IT Service Manager with 12 years of experience in banking and retail, based in Leeds. Led a team of 14 across 3 sites, cut incidents by 35 % and " +
		"brought ITIL 4, ServiceNow and Azure DevOps to 4,500 users. Grace built the service desk from 2015 - 2019.\n"
	const post = "Senior Platform Engineer, Contoso\nRan Kubernetes 1.29, Terraform and CI/CD with Jenkins on AWS; moved 250 services from .NET 4.8 to .NET 8, " +
		"wrote Python and Go, and kept ISO 27001. On-call rota, budgets of £1.2m, 01/2019 – 03/2021.\n"
	const text = summary + post + post + post + post + "Curriculum vitae\nGrace O'Hopper, grace.hopper@example.com, +44 113 496 0001\n" + summary + post + post
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := New("Grace", "O'Hopper", "grace.hopper@example.com", nil)
		for _, part := range []string{text, "Senior Platform Engineer", "Senior Platform Engineer Contoso\nIT Manager Fabrikam\n"} {
			s.Text(part)
		}
	}
}
