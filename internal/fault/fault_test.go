package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"carefinder/internal/fault"
)

func TestKindOfFollowsTheChain(t *testing.T) {
	cause := errors.New("disk")
	err := fmt.Errorf("save: %w", fault.Wrap(fault.Unavailable, "try again", cause))
	if got := fault.KindOf(err); got != fault.Unavailable {
		t.Errorf("KindOf = %v, want unavailable", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got := fault.KindOf(fmt.Errorf("x: %w", context.DeadlineExceeded)); got != fault.Canceled {
		t.Errorf("a deadline is %v, want canceled", got)
	}
	if got := fault.KindOf(errors.New("who knows")); got != fault.Internal {
		t.Errorf("an unknown error is %v, want internal", got)
	}
	if fault.Wrap(fault.Invalid, "x", nil) != nil {
		t.Error("wrapping nil made an error")
	}
}

func TestFieldsReportsEveryFaultOnce(t *testing.T) {
	var f fault.Fields
	if f.Err("x") != nil {
		t.Fatal("no fields, yet an error")
	}
	f.Add("radius", "must be positive")
	var inner fault.Fields
	inner.Add("lat", "must be between -90 and 90")
	f.Merge("sites[1].", inner.Err("bad point"))
	f.Merge("area", fault.New(fault.Invalid, "ring is open"))
	err := f.Err("bad question")
	want := "bad question: radius: must be positive; sites[1].lat: must be between -90 and 90; area: ring is open"
	if err == nil || err.Error() != want || !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
