package report

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/internal/fleet"
)

func TestUnknownFieldsAreNamedAndSuggested(t *testing.T) {
	for _, test := range []struct {
		opts Options
		want string
	}{
		{Options{Sort: "load_1"}, `sort: unknown field "load_1": did you mean load1?`},
		{Options{Sort: "mem_used_perc:desc"}, `sort: unknown field "mem_used_perc": did you mean mem_used_percent?`},
		{Options{Sort: "load1:down"}, `sort "load1:down": want FIELD or FIELD:desc`},
		{Options{Sort: "load1:"}, `sort "load1:": want FIELD or FIELD:desc`},
		{Options{Columns: []string{"host", "kernal"}}, `columns: unknown field "kernal": did you mean kernel?`},
		{Options{Columns: []string{"Host"}}, `columns: unknown field "Host": did you mean host?`},
	} {
		err := test.opts.Check()
		if err == nil || err.Error() != test.want {
			t.Errorf("Check(%+v) = %v, want %s", test.opts, err, test.want)
		}
		for name, got := range map[string]error{
			"table": Table(&strings.Builder{}, document(), test.opts),
			"csv":   CSV(&strings.Builder{}, document(), test.opts),
		} {
			if got == nil || got.Error() != test.want {
				t.Errorf("%s: %v, want %s", name, got, test.want)
			}
		}
	}
	if err := (Options{Sort: "started_at:desc", Columns: []string{"host", "mem_estimated"}}).Check(); err != nil {
		t.Error(err)
	}
}

func labels(hosts []*fleet.Outcome) string {
	var names []string
	for _, h := range hosts {
		names = append(names, h.Host)
	}
	return strings.Join(names, " ")
}

func TestPick(t *testing.T) {
	hosts := []*fleet.Outcome{
		{Host: "c", Reading: fleet.Reading{Load1: new(2.0), CPUs: new(4), MemEstimated: new(true)}},
		{Host: "x"},
		{Host: "a", Address: "10.0.0.2", Reading: fleet.Reading{Load1: new(10.0), CPUs: new(4), MemEstimated: new(false)}},
		{Host: "y"},
		{Host: "b", Address: "10.0.0.1", Reading: fleet.Reading{Load1: new(-1.0), CPUs: new(2), MemEstimated: new(true)}},
	}
	for _, test := range []struct {
		opts Options
		want string
		left int
	}{
		{Options{}, "c x a y b", 0},
		{Options{Top: 2}, "c x", 3},
		{Options{Top: 5}, "c x a y b", 0},
		{Options{Sort: "host"}, "a b c x y", 0},
		{Options{Sort: "host:desc"}, "y x c b a", 0},
		{Options{Sort: "load1"}, "b c a x y", 0},
		{Options{Sort: "load1:desc"}, "a c b x y", 0},
		{Options{Sort: "load1:desc", Top: 1}, "a", 4},
		{Options{Sort: "cpus"}, "b c a x y", 0},
		{Options{Sort: "cpus:desc"}, "c a b x y", 0},
		{Options{Sort: "mem_estimated"}, "a c b x y", 0},
		{Options{Sort: "mem_estimated:desc"}, "c b a x y", 0},
		{Options{Sort: "address"}, "b a c x y", 0},
		{Options{Sort: "started_at"}, "c x a y b", 0},
	} {
		given := labels(hosts)
		shown, left, err := test.opts.pick(hosts)
		if got := labels(shown); got != test.want || left != test.left || err != nil {
			t.Errorf("%+v: %s and %d more, %v; want %s and %d more", test.opts, got, left, err, test.want, test.left)
		}
		if labels(hosts) != given {
			t.Fatalf("%+v changed the document", test.opts)
		}
	}
}

func TestSortByAnyFieldLosesNoHost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hosts := append(drawFleet(t), failure("n1", fleet.StatusRefused, fleet.PhaseConnect, ""), reading(1))
		field := rapid.SampledFrom(fleet.ReadingFields()).Draw(t, "field").Name
		for _, spec := range []string{field, field + ":desc"} {
			shown, _, err := Options{Sort: spec}.pick(hosts)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hosts {
				if !slices.Contains(shown, h) {
					t.Fatalf("sorting by %s lost %q", spec, h.Host)
				}
			}
			if len(shown) != len(hosts) {
				t.Fatalf("sorting by %s: %d hosts of %d", spec, len(shown), len(hosts))
			}
		}
	})
}

func TestEqualsKeepTheOrderGiven(t *testing.T) {
	var hosts []*fleet.Outcome
	for i := range 100 {
		h := reading(i)
		*h.Load1 = float64(i % 3)
		hosts = append(hosts, h)
	}
	for _, spec := range []string{"load1", "load1:desc"} {
		shown, _, err := Options{Sort: spec}.pick(hosts)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(shown); i++ {
			if *shown[i-1].Load1 == *shown[i].Load1 && shown[i-1].Host > shown[i].Host {
				t.Errorf("%s: %s stands before %s", spec, shown[i-1].Host, shown[i].Host)
			}
		}
	}
}
