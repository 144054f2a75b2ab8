package main

import (
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
	"homeroll/node/config"
)

func (a *app) devicesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "devices",
		Short:   "List, rename, remove or connect the devices of the home",
		Example: "  homeroll devices\n  homeroll devices connect nas 192.168.1.20",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listDevices(cmd) },
	}
	cmd.AddCommand(a.devicesList(), a.devicesRename(), a.devicesRemove(), a.devicesConnect())
	return cmd
}

func (a *app) devicesList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the devices of the home",
		Example: "  homeroll devices list --json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listDevices(cmd) },
	}
}

func (a *app) listDevices(cmd *cobra.Command) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	s, err := client.Status(cmd.Context())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(devicesDocument{api.Schema, listDevices(s, time.Now().UTC())})
	}
	rows := [][]string{{"NAME", "STATE", "HOLDS", "LACKS", "ID"}}
	rows = append(rows, []string{s.Device.Name, "this device", "", "", s.Device.ID})
	for _, p := range s.Peers {
		where := "last seen " + agoText(p.LastSeen, time.Now())
		if p.Online {
			where = "online"
		} else if p.LastSeen == nil {
			where = "not seen yet"
		}
		rows = append(rows, []string{p.Name, where, countText(p.Held), countText(p.Missing), p.ID})
	}
	return a.table(rows)
}

func listDevices(s *api.Status, now time.Time) []listedDevice {
	self := api.Peer{ID: s.Device.ID, Name: s.Device.Name, Role: api.Role(s.Device.Role), Version: s.Device.Version, Online: true, LastSeen: &now, AsOf: &now}
	devices := []listedDevice{{Self: true, Peer: self}}
	for _, p := range s.Peers {
		devices = append(devices, listedDevice{false, p, &p.Held, &p.Missing})
	}
	return devices
}

func (a *app) devicesRename() *cobra.Command {
	return &cobra.Command{
		Use:     "rename NAME NEW",
		Short:   "Give a device of the home another name",
		Example: "  homeroll devices rename nas \"attic box\"",
		Args:    exactArgs("the device's name and its new name", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if checked := config.Default(); args[1] == "" || checked.Set("device.name", args[1]) != nil {
				return usage("1 to 64 characters of any script", "%q cannot be a name", args[1])
			}
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := client.Rename(cmd.Context(), args[0], args[1]); err != nil {
				return err
			}
			return a.done("%s is now called %s.", args[0], args[1])
		},
	}
}

func (a *app) devicesRemove() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "remove NAME",
		Short:   "Remove a device from the home; nothing is deleted",
		Long:    "Removes a device from the home, for every device of it. No file is deleted, but what it holds\nno longer counts as a copy, and it gets nothing more.",
		Example: "  homeroll devices remove old-laptop",
		Args:    exactArgs("the device's name", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := a.confirm(yes, "Remove "+args[0]+" from the home?"); err != nil {
				return err
			}
			if err := client.Remove(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.done("%s is removed from the home. What it holds no longer counts as a copy.", args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) devicesConnect() *cobra.Command {
	return &cobra.Command{
		Use:     "connect NAME ADDR",
		Short:   "Remember an address of a device and connect to it now",
		Long:    "Connects to a device of the home at HOST or HOST:PORT, and remembers the address: for networks\nwhere devices do not find each other.",
		Example: "  homeroll devices connect nas 192.168.1.20",
		Args:    exactArgs("the device's name and its address", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			addr, err := peerAddr(args[1])
			if err != nil {
				return err
			}
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := client.Connect(cmd.Context(), args[0], addr); err != nil {
				return err
			}
			return a.done("Connected to %s; %s is remembered as an address of it.", args[0], addr)
		},
	}
}

// peerAddr completes the address of another device.
func peerAddr(typed string) (string, error) {
	addr, _, err := config.ParseAddr(typed, config.DefaultPort)
	if err != nil || addr[0] == ':' {
		return "", usage("HOST or HOST:PORT, such as 192.168.1.20 or nas.lan:8471", "%q is not an address of a device", typed)
	}
	return addr, nil
}
