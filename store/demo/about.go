package demo

import (
	"strings"

	"itmanagerjobs/store/board"
)

// What the employers of the demo say about themselves, by the last words of their names, which tell what they do. All of it is made up.
var about = map[string]string{
	"Northwind Talent": "We find people who lead IT, for companies from forty to four thousand people. Everybody who writes to us speaks with a person who has done the job.",
	"Street Bank":      "A bank for households and small companies, with 60 branches and an app that most customers open each day.",
	"Rail":             "We run regional trains, and the systems that tell 300,000 passengers a day where theirs is.",
	"Housing Group":    "We let and look after 21,000 homes, and are owned by nobody but our tenants.",
	"Utilities":        "Electricity and water for a million households, from the pump to the meter.",
	"NHS Trust":        "Three hospitals and eleven clinics. Our systems work at night, because our people do.",
	"Insurance":        "We insure homes, cars and small companies, and settle most claims within a week.",
	"Retail":           "Shops on high streets and a shop online, with one stock for both.",
	"Payments":         "We move money between shops and banks, some 900 payments a second before Christmas.",
	"Media":            "Local papers, two magazines and a radio station, and the sites on which most people read them.",
	"Foods":            "We make ready meals in two factories, where a line that stands still costs more than a server.",
	"University":       "18,000 students, 2,400 staff, and a network that both of them test daily.",
	"Logistics":        "Warehouses and lorries for other people's goods. Each parcel is scanned nine times on its way.",
	"Council":          "A district council: schools, bins, libraries, roads, and the web pages that all of them are asked for at.",
	"Pharma":           "We make medicines that others have stopped making, under the eyes of three authorities.",
	"Telecom":          "Fibre and mobile for towns that the large operators come to last.",
	"Pensions":         "We look after the pensions of 400,000 people, most of whom hear from us once a year, and want that to be right.",
	"Energy":           "Wind and sun from 70 sites, traded by the quarter of an hour.",
	"Games":            "Forty people who make games for phones. Two of them you may have played.",
	"Motors":           "We sell and mend cars at 28 garages, and lend them out by the hour in four cities.",
	"Parking Systems":  "Barriers, cameras and an app for car parks at airports, which are never closed.",
	"Legal":            "A law firm of 200 people, all of whom know where their documents are.",
	"Airways":          "A small airline with large days: 46 aircraft, and a plan that changes with the weather.",
	"Schools":          "Nine schools with one office, and one team for everything that has a plug.",
	"Health":           "Clinics for eyes, hips and hearts, and the records that go with them.",
	"Software":         "We write accounting software for small companies, and answer the telephone ourselves.",
	"Hotels":           "Fourteen hotels in the hills and by the sea, with one system for bookings, keys and breakfasts.",
	"Aerospace":        "Parts of aircraft that nobody sees and everybody flies with.",
	"Freight":          "Containers from port to door, and the papers that travel ahead of them.",
	"Consulting":       "We help companies to run less, and to run it better.",
	"Broadcasting":     "Regional television, live for seven hours a day.",
	"Publishing":       "Books for schools and universities, on paper and on screens.",
	"Fintech":          "Loans for small companies, decided in a day by people with good data.",
	"Water":            "Drinking water for 640,000 people, from reservoirs that were dug by hand.",
	"Analytics":        "We count what shops sell, and tell them what they will sell next.",
	"Ferries":          "Five ships, two ports and 1.2 million passengers, most of them in August.",
	"Robotics":         "Arms that pack boxes, and the software that tells them how.",
	"Defence":          "Radios and radars for those who need them to work at once.",
	"Charities":        "We run the back offices of 30 charities, so that their money goes where it was meant to.",
	"Gas":              "Pipes, meters and engineers who come when they said they would.",
	"Medical Devices":  "Pumps and monitors for hospitals, each of which we can still name the screws of.",
	"Travel":           "Tours for small groups. Somebody of ours answers, wherever it is night.",
	"Police Service":   "A regional police service. Our systems are looked at by auditors, courts and people in a hurry.",
	"Property":         "Offices and shops in nine cities, let by people who know their boilers.",
	"Outdoor Retail":   "Boots, tents and maps, sold by people who have slept in the rain.",
	"Shipping":         "Bulk carriers, and the weather that they sail through.",
	"Asset Management": "We invest for pension funds, slowly and in writing.",
	"Wind":             "Turbines at sea, which are repaired when the sea allows it.",
	"Fashion":          "Clothes that are cut here and sold in eleven countries.",
	"Agritech":         "Sensors for fields and stables, and what farmers make of them.",
	"Dairies":          "Milk from 210 farms, in shops the next morning.",
	"Credit Union":     "Savings and loans among neighbours, since 1964.",
	"Care":             "Homes for 1,900 people who need care, and rosters for those who give it.",
	"Biotech":          "Enzymes that wash at twenty degrees, and the laboratory behind them.",
}

// profileOf is what an employer of the demo says about itself.
func profileOf(name string) board.EmployerProfile {
	words := strings.Fields(name)
	for i := range words {
		if text := about[strings.Join(words[i:], " ")]; text != "" {
			return board.EmployerProfile{Name: name, Website: "https://www." + marketDomain(name), Description: text}
		}
	}
	return board.EmployerProfile{Name: name}
}
