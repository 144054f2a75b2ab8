package config

// Limits bound how fast media travel. Records are never slowed down.
type Limits struct {
	Up, Down  Rate     // all peers together, bytes a second
	PeersUp   []string // "NAME = RATE" each: see [Limits.UpTo]
	PeersDown []string
	During    []string // windows; empty = always
}

// UpTo returns the limits of what is sent to single peers.
func (l Limits) UpTo() []PeerRate { return peerRates(l.PeersUp) }

// DownFrom returns the limits of what is received from single peers.
func (l Limits) DownFrom() []PeerRate { return peerRates(l.PeersDown) }

// Windows returns when the limits hold; none = always.
func (l Limits) Windows() []Window { return windowsOf(l.During) }

// Schedule is when media may travel, by the local clock.
type Schedule struct {
	Media []string // windows in which they may; empty = always
	Quiet []string // windows in which they may not, whatever Media says
}

// Open returns the windows in which media may travel; none = always.
func (s Schedule) Open() []Window { return windowsOf(s.Media) }

// Closed returns the windows in which they may not.
func (s Schedule) Closed() []Window { return windowsOf(s.Quiet) }

// What device.priority may be.
const (
	PriorityLow    = "low"
	PriorityNormal = "normal"
)

// fairnessKeys are the settings of bandwidth and of quiet hours.
var fairnessKeys = []key{
	{
		section: "limits", name: "up",
		comment:  "How fast this device sends photos and videos, to all others together: \"20 Mbit/s\",\n\"2.5 MB/s\" (Mbit are an eighth of MB), or \"none\". What devices tell each other about\nthem is never slowed down.",
		accepted: rateAccepted,
		at:       func(c *Config) any { return &c.Limits.Up },
	},
	{
		section: "limits", name: "down",
		comment:  "How fast it fetches, from all others together.",
		accepted: rateAccepted,
		at:       func(c *Config) any { return &c.Limits.Down },
	},
	{
		section: "limits", name: "peers_up",
		comment:  "How fast it sends to single devices, by name or ID: [\"nas = 20 Mbit/s\"]. Both limits\nhold, this one and that for all.",
		accepted: peerRatesAccepted,
		at:       func(c *Config) any { return &c.Limits.PeersUp },
		check:    checkPeerRates,
	},
	{
		section: "limits", name: "peers_down",
		comment:  "How fast it fetches from single devices.",
		accepted: peerRatesAccepted,
		at:       func(c *Config) any { return &c.Limits.PeersDown },
		check:    checkPeerRates,
	},
	{
		section: "limits", name: "during",
		comment:  "When the limits hold, by this computer's clock: [\"mon-fri 08:00-18:00\", \"sat 10:00-12:00\"].\nEmpty means always.",
		accepted: windowsAccepted,
		at:       func(c *Config) any { return &c.Limits.During },
		check:    checkWindows,
	},
	{
		section: "schedule", name: "media",
		comment:  "When photos and videos may travel, by this computer's clock: [\"22:00-07:00\"] goes on\nafter midnight, [\"mon-fri 22:00-07:00\", \"sat sun 00:00-24:00\"] names the days on which\nit begins. Empty means always. Scanning and what devices tell each other go on.",
		accepted: windowsAccepted,
		at:       func(c *Config) any { return &c.Schedule.Media },
		check:    checkWindows,
	},
	{
		section: "schedule", name: "quiet",
		comment:  "When they may not, even if schedule.media says so.",
		accepted: windowsAccepted,
		at:       func(c *Config) any { return &c.Schedule.Quiet },
		check:    checkWindows,
	},
}

const peerRatesAccepted = `a list such as ["nas = 20 Mbit/s", "anna-laptop = 2 MB/s"], each at least "50 KB/s"`
