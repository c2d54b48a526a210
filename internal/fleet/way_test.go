package fleet

import "testing"

// A host of which nothing is known can be asked everything, and one that is given another way leaves that of others alone.
func TestWay(t *testing.T) {
	h := Host{Name: "h"}
	if w := h.Way(); w.Target != "" || w.Pins != nil || h.Via() != nil || h.DialAddress() != "h:22" || h.KnownName() != "h" {
		t.Errorf("%+v", w)
	}
	shared := h.Along(Way{HostName: "other"})
	w := shared.Way()
	w.HostName, w.KnownAs = "another", "alias"
	if own := shared.Along(w); shared.DialName() != "other" || shared.KnownName() != "other" || own.DialName() != "another" || own.KnownName() != "alias" {
		t.Errorf("%+v, %+v", shared.Way(), own.Way())
	}
}
