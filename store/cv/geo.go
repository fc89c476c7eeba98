package cv

import (
	"math"
	"strconv"
)

// cellSizes are the sides of the cells of the earth that have lexemes, in degrees. A circle is looked for by the finest cells of
// which a few cover it: the cost of a search grows with each lexeme.
var cellSizes = []float64{0.25, 0.5, 1, 2, 4, 8}

const maxCells = 6

func cellOf(level int, degrees float64) int { return int(math.Floor(degrees / cellSizes[level])) }

// cellLexeme is the lexeme of a cell. The last cell before the 180th meridian and the first one after it are one when the
// meridian cuts it.
func cellLexeme(level, latitude, longitude int) string {
	return string(appendCell(nil, level, latitude, longitude))
}

func appendCell(text []byte, level, latitude, longitude int) []byte {
	around := int(360 / cellSizes[level])
	longitude = (longitude+around/2+around)%around - around/2
	text = strconv.AppendInt(append(text, "~g"...), int64(level), 10)
	text = strconv.AppendInt(append(text, ':'), int64(latitude), 10)
	return strconv.AppendInt(append(text, ':'), int64(longitude), 10)
}

const kmPerDegree = 111.19

// circle is a part of the earth. The longitudes may go beyond 180 degrees.
type circle struct {
	latitude, longitude, radiusKm      float64
	south, north, west, east, halfWide float64
}

func newCircle(latitude, longitude, radiusKm float64) circle {
	c := circle{latitude: latitude, longitude: longitude, radiusKm: radiusKm, halfWide: 180}
	reach := radiusKm / kmPerDegree
	c.south, c.north = max(latitude-reach, -90), min(latitude+reach, 90)
	if math.Abs(latitude)+reach < 90 { // no pole within
		rad := math.Pi / 180
		c.halfWide = math.Asin(math.Sin(reach*rad)/math.Cos(latitude*rad)) / rad
	}
	c.west, c.east = longitude-c.halfWide, longitude+c.halfWide
	return c
}

// cells are the lexemes of the cells that the circle touches, nil when they are too many to look for.
func (c circle) cells() []string {
	for level := range cellSizes {
		south, north := cellOf(level, c.south), cellOf(level, c.north)
		west, east := cellOf(level, c.west), cellOf(level, c.east)
		if (north-south+1)*(east-west+1) > maxCells {
			continue
		}
		lexemes := make([]string, 0, maxCells)
		for lat := south; lat <= north; lat++ {
			for lon := west; lon <= east; lon++ {
				lexemes = append(lexemes, cellLexeme(level, lat, lon))
			}
		}
		return lexemes
	}
	return nil
}

// distance is the distance of a place from the middle of the circle, in kilometres.
func (c circle) distance(latitude, longitude float64) float64 {
	rad := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	a := math.Pow(math.Sin(rad(latitude-c.latitude)/2), 2) +
		math.Cos(rad(c.latitude))*math.Cos(rad(latitude))*math.Pow(math.Sin(rad(longitude-c.longitude)/2), 2)
	return 12742 * math.Asin(math.Min(1, math.Sqrt(a)))
}
