package fit

import (
	"fmt"
	"math"

	"itmanagerjobs/store/board"
)

// The points of a place. A job that is partly remote reaches twice as far.
const (
	samePlaceUnknown = 5 // the country is the same, and no more is known
	sameCountry      = 2 // the country is the same, and it is far
	remoteElsewhere  = 5 // a remote job in another country than the candidate's, or for one who wants an office
	remoteWantedSite = 2 // an office for one who wants to be remote
	remoteWantedHalf = 5 // an office at times for one who wants to be remote
)

// DistancePoints returns the points for a distance to the job in kilometres; 0 when it is so far that only the country
// counts.
func DistancePoints(km float64, remote board.RemoteType) int {
	if remote == board.HybridRemote {
		km /= 2
	}
	switch {
	case km <= 25:
		return PointsLocation
	case km <= 50:
		return 8
	case km <= 100:
		return 5
	case km <= 200:
		return 3
	}
	return 0
}

func locationFit(job Job, c Candidate, e *evidence) int {
	if job.Remote == board.FullyRemote {
		return remoteFit(job, c, e)
	}
	score, why := placeFit(job, c, e != nil)
	if e != nil {
		e.add(why)
	}
	if c.Remote != board.FullyRemote {
		return score
	}
	if e != nil {
		e.add("wants to work fully remote")
	}
	if job.Remote == board.HybridRemote {
		return min(score, remoteWantedHalf)
	}
	return min(score, remoteWantedSite)
}

func remoteFit(job Job, c Candidate, e *evidence) int {
	elsewhere := job.Place.Country != "" && c.Place.Country != "" && job.Place.Country != c.Place.Country
	if e != nil {
		e.add("the job is fully remote")
		if elsewhere {
			e.add("lives in " + c.Place.Country + ", the job is in " + job.Place.Country)
		}
		if c.Remote == board.OnSite {
			e.add("wants to work on site")
		}
	}
	if elsewhere || c.Remote == board.OnSite {
		return remoteElsewhere
	}
	return PointsLocation
}

func placeFit(job Job, c Candidate, explain bool) (score int, why string) {
	known := job.Place.Country != "" && c.Place.Country != ""
	same := known && job.Place.Country == c.Place.Country
	if job.Place.Point != nil && c.Place.Point != nil {
		km := Distance(*job.Place.Point, *c.Place.Point)
		score = DistancePoints(km, job.Remote)
		if score == 0 && same {
			score = sameCountry
		}
		if explain {
			why = distanceText(km, job.Place.City)
		}
		return score, why
	}
	switch {
	case !known:
		return half(PointsLocation), "the distance is not known"
	case same:
		return samePlaceUnknown, "in " + c.Place.Country
	}
	return 0, "in " + c.Place.Country + ", not in " + job.Place.Country
}

func distanceText(km float64, city string) string {
	if city == "" {
		city = "the job"
	}
	if km > 200 {
		return fmt.Sprintf("%.0f km from %s", km, city)
	}
	return fmt.Sprintf("within %d km of %s", max(1, int(math.Ceil(km))), city)
}

// Distance returns the great-circle distance of two points, in kilometres.
func Distance(a, b Coordinates) float64 {
	const radius, degree = 6371.0, math.Pi / 180
	dLat, dLon := (b.Latitude-a.Latitude)*degree, (b.Longitude-a.Longitude)*degree
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Latitude*degree)*math.Cos(b.Latitude*degree)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * radius * math.Asin(math.Sqrt(min(1, h)))
}
