package formattest

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// What no sample has is found: a message, a field, a value.
func TestSamplesAreFoundIncomplete(t *testing.T) {
	seen := map[protoreflect.FullName]bool{}
	list, err := structpb.NewList([]any{"a", 1.5})
	if err != nil {
		t.Fatal(err)
	}
	note(seen, proto.Message(list).ProtoReflect())
	for name, want := range map[protoreflect.FullName]bool{
		"google.protobuf.ListValue": true, "google.protobuf.Value": true, "google.protobuf.Value.string_value": true,
		"google.protobuf.Value.number_value": true, "google.protobuf.Value.bool_value": false, "google.protobuf.Struct": false,
	} {
		if seen[name] != want {
			t.Errorf("%s: seen is %v", name, !want)
		}
	}
}
