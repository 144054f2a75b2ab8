package disk

import "golang.org/x/sys/windows/registry"

func machineParts() []string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer func() { _ = k.Close() }()
	guid, _, _ := k.GetStringValue("MachineGuid")
	return []string{guid}
}
