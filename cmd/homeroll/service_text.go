package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// What is written for each system is made here, on any system, so that it can be tested.

// systemdUnit is the user unit, see systemd.service(5). It is started again after a failure, but not after wrong
// settings (exit 2), which starting again does not mend.
func systemdUnit(s serviceSpec) string {
	var command strings.Builder
	command.WriteString(systemdQuote(s.binary))
	for _, arg := range s.args() {
		// Only arguments have $ expanded: systemd.service(5), "Command lines".
		command.WriteString(" " + strings.ReplaceAll(systemdQuote(arg), "$", "$$"))
	}
	return fmt.Sprintf(`[Unit]
Description=homeroll: every photo of the family on each of its computers
StartLimitIntervalSec=0

[Service]
ExecStart=%s
Restart=on-failure
RestartSec=%d
RestartPreventExitStatus=2
TimeoutStopSec=60

[Install]
WantedBy=default.target
`, command.String(), int(restartAfter.Seconds()))
}

// systemdQuote quotes a word of a command line: systemd expands % even in quotes.
func systemdQuote(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, "\n", `\n`).Replace(s)
	return `"` + s + `"`
}

// launchdLabel names the agent.
const launchdLabel = "homeroll"

// launchdAgent is the property list, see launchd.plist(5). It is started again unless it ended well.
func launchdAgent(s serviceSpec, log string) string {
	var args strings.Builder
	for _, arg := range append([]string{s.binary}, s.args()...) {
		args.WriteString("\t\t<string>" + xmlText(arg) + "</string>\n")
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
%s	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>ThrottleInterval</key>
	<integer>%d</integer>
	<key>ExitTimeOut</key>
	<integer>60</integer>
	<key>StandardErrorPath</key>
	<string>%s</string>
</dict>
</plist>
`, launchdLabel, args.String(), int(restartAfter.Seconds()), xmlText(log))
}

// windowsTask is the task for the Task Scheduler: at logon of the user, with the user's own rights, on battery, too,
// for as long as it takes, and again a minute (the least that is possible) after a failure.
func windowsTask(s serviceSpec) string {
	quoted := make([]string, len(s.args()))
	for i, arg := range s.args() {
		quoted[i] = windowsQuote(arg)
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>homeroll: every photo of the family on each of its computers</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>%[1]s</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>%[1]s</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>%[2]s</Command>
      <Arguments>%[3]s</Arguments>
    </Exec>
  </Actions>
</Task>
`, xmlText(s.user), xmlText(s.binary), xmlText(strings.Join(quoted, " ")))
}

// windowsQuote quotes a word as CommandLineToArgvW reads it.
func windowsQuote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, r := range s {
		switch r {
		case '\\':
			slashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes*2+1))
		default:
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		slashes = 0
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat(`\`, slashes*2) + `"`)
	return b.String()
}

func xmlText(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic("homeroll: writing to a string failed: " + err.Error())
	}
	return b.String()
}
