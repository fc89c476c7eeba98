package publication

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// Channel is a way by which a job reaches candidates.
type Channel string

// The channels, as published.
const (
	ChannelSite Channel = "Site" // the job's page
	ChannelFeed Channel = "Feed" // the feed that other boards import
	ChannelPush Channel = "Push" // applications go on to the employer's endpoint
)

// AllChannels lists every Channel.
func AllChannels() []Channel { return []Channel{ChannelSite, ChannelFeed, ChannelPush} }

// Valid reports whether c is one of AllChannels.
func (c Channel) Valid() bool { return slices.Contains(AllChannels(), c) }

// Broadcast is a channel on which a job is live.
type Broadcast struct {
	Channel Channel
	URL     string
	Since   time.Time
}

// Broadcasts lists the channels on which j is live. publicURL is the address of the public pages. A job of test mode is on
// none, because the public does not see it.
func Broadcasts(j board.Job, publicURL string, now time.Time) []Broadcast {
	live := []Broadcast{}
	if j.Mode != board.ModeLive || j.Status != board.JobActive || j.PostedDate == nil || j.ExpiryDate == nil || !j.ExpiryDate.After(now) {
		return live
	}
	base := strings.TrimSuffix(publicURL, "/")
	live = append(live,
		Broadcast{ChannelSite, base + "/jobs/" + strconv.FormatInt(j.ID, 10), *j.PostedDate},
		Broadcast{ChannelFeed, base + "/feeds/jobs.xml", *j.PostedDate})
	if j.ApplyMethod != nil && *j.ApplyMethod == board.ApplyByHTTPPush && j.ApplyPushURL != nil {
		live = append(live, Broadcast{ChannelPush, *j.ApplyPushURL, *j.PostedDate})
	}
	return live
}
