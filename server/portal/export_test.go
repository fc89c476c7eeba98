package portal

import "itmanagerjobs/store/board"

// Rights are the pages of an employer with the right that each needs.
func (p *Portal) Rights() map[string]board.Right {
	rights := map[string]board.Right{}
	for pattern, route := range p.memberRoutes() {
		rights[pattern] = route.right
	}
	return rights
}
