package ui

// credit is owed to those whose work the page carries.
type credit struct{ What, Who, Licence string }

// credits of what is below static and inside the program that draws pictures;
// docs/licences has their licences.
func credits() []credit {
	return []credit{
		{"Tabler Icons", "Paweł Kuna", "MIT"},
		{"PhotoSwipe", "Dmytro Semenov", "MIT"},
		{"Leaflet", "Volodymyr Agafonkin", "BSD 2-Clause"},
		{"Natural Earth, world-atlas", "Mike Bostock", "public domain, ISC"},
		{"libheif, libde265", "Dirk Farin, struktur AG", "LGPL 3"},
		{"libavif, libaom", "Joe Drago, Alliance for Open Media", "BSD 2-Clause"},
	}
}
