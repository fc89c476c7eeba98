package hiring

import (
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// stages are the columns of the board.
func stages() []board.ApplicationStatus {
	return []board.ApplicationStatus{board.ApplicationNew, board.ApplicationScreened, board.ApplicationInterviewed, board.ApplicationOffered, board.ApplicationHired}
}

func (p *Pages) fillBoard(columns map[board.ApplicationStatus][]pipeline.Application, a applicationsAsked, counts stageCounts, mayMove bool, l *applicationList) {
	b := pages.Board{Label: "Applications by stage"}
	total := 0
	for _, s := range stages() {
		total += len(columns[s])
		column := pages.BoardColumn{Name: string(s), Value: string(s), Count: strconv.Itoa(len(columns[s]))}
		for _, x := range columns[s] {
			column.Cards = append(column.Cards, p.card(x, a.address(), mayMove))
		}
		if len(columns[s]) == cardsInColumn { // all are counted, for fewer are on the board as they are
			column.Count = counts.text(max(counts.of(s), cardsInColumn))
			if counts.atLeast || counts.of(s) > cardsInColumn {
				column.More = &pages.Link{Text: "All " + column.Count, Path: applicationsAsked{list: true, status: s, jobID: a.jobID, words: a.words}.address()}
			}
		}
		b.Columns = append(b.Columns, column)
	}
	l.Board = &b
	if total == 0 {
		b.Empty = noApplications(a)
	}
}

func (p *Pages) card(x pipeline.Application, next string, mayMove bool) pages.BoardCard {
	c := pages.BoardCard{
		ID: "application-" + strconv.FormatInt(x.ID, 10), Title: personOf(x), Path: applicationPath(x.ID), Sub: x.JobTitle,
		When: new(pages.MomentOf(x.AppliedAt, p.Now())),
	}
	if x.Rating > 0 {
		c.Tags = []pages.Tag{{Text: ratingText(x.Rating), Tone: pages.Accent}}
	}
	if mayMove {
		c.Move = &pages.BoardMove{Post: applicationPath(x.ID) + "/move", Values: map[string]string{"fromStatus": string(x.Status), "next": next}}
		for _, s := range board.Follows(x.Status) {
			c.Move.Options = append(c.Move.Options, option{Value: string(s), Label: string(s)})
		}
	}
	return c
}
