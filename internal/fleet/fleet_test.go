package fleet

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// The fields are exactly the keys of a complete json record, in its order.
func TestFieldsAreTheRecord(t *testing.T) {
	var read, said Outcome
	fill(reflect.ValueOf(&read).Elem())
	said = read
	read.Said = Said{}
	said.Reading, said.Watched = Reading{}, Watched{}
	for _, tt := range []struct {
		outcome Outcome
		fields  []Field
		apart   []string // what encoders add
	}{
		{read, WatchedFields(), nil},
		{said, SaidFields(), []string{"stdout", "stderr"}},
	} {
		record, err := json.Marshal(tt.outcome)
		if err != nil {
			t.Fatal(err)
		}
		var keys, names []string
		decoder := json.NewDecoder(strings.NewReader(string(record)))
		for decoder.Token(); decoder.More(); {
			key, err := decoder.Token()
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key.(string))
			if _, err := decoder.Token(); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range tt.fields {
			names = append(names, f.Name)
			switch v := f.Value(&tt.outcome).(type) {
			case string, bool, int64, float64, time.Time, Text:
			default:
				t.Errorf("%s is a %T", f.Name, v)
			}
		}
		if keys = append(keys, tt.apart...); !slices.Equal(keys, names) {
			t.Errorf("json %q\nfields %q", keys, names)
		}
	}
}

type text string

func (t text) Len() int64             { return int64(len(t)) }
func (t text) Bytes() ([]byte, error) { return []byte(t), nil }

// fill sets everything to something.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		v.Set(reflect.ValueOf(text("x")))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]float64{"x": 1}))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
			return
		}
		for _, field := range v.Fields() {
			fill(field)
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1.5)
	}
}

func TestFieldValue(t *testing.T) {
	load, cpus, estimated, at := 0.0, 4, false, time.Unix(7, 0)
	o := Outcome{Num: 9, Host: "h", Status: StatusExit, Attempts: 2, StartedAt: &at, Reading: Reading{Load1: &load, CPUs: &cpus, MemEstimated: &estimated}}
	tests := map[string]any{
		"host": "h", "status": "exit", "phase": "", "attempts": int64(2), "started_at": at, "load1": 0.0, "cpus": int64(4),
		"mem_estimated": false, "load5": nil, "duration_ms": nil, "mem_total_bytes": nil, "error": "",
	}
	for name, want := range tests {
		f, ok := FindField(ReadingFields(), name)
		if got := f.Value(&o); !ok || got != want {
			t.Errorf("%s = %v (%T), want %v", name, got, got, want)
		}
	}
	for _, name := range []string{"", "num", "Num", "Load1", "LOAD1", "Reading", "-"} {
		if _, ok := FindField(ReadingFields(), name); ok {
			t.Errorf("%q is a field", name)
		}
	}
}

func TestSecretHides(t *testing.T) {
	secret := Secret("canary")
	type holder struct {
		Key  Secret
		Keys []Secret
		Ptr  *Secret
	}
	held := holder{secret, []Secret{secret}, &secret}
	marshaled, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", secret, "held", held)
	shown := []string{
		string(marshaled), logged.String(), fmt.Sprint(secret), fmt.Sprint(held), fmt.Sprintf("%+v", held), fmt.Sprintf("%#v", held),
		fmt.Sprintf("%s", secret), fmt.Sprintf("%q", secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%d", secret), fmt.Sprintf("%8.3v", secret), fmt.Errorf("%w: %v", fmt.Errorf("e"), secret).Error(),
	}
	for _, text := range shown {
		for _, form := range []string{"canary", "63616e", "63 61", "99 97 110", "Y2FuYXJ5", "0x63"} {
			if strings.Contains(text, form) {
				t.Errorf("shown: %s", text)
			}
		}
	}
}

func TestHostID(t *testing.T) {
	tests := []struct {
		host Host
		user string
		port int
		want string
	}{
		{Host{Name: "a"}, "", 0, "a:22"},
		{Host{Name: "a"}, "root", 2222, "root@a:2222"},
		{Host{Name: "a", User: "u", Port: 23}, "root", 2222, "u@a:23"},
		{Host{Name: "a", Port: 22}, "", 2222, "a:22"},
		{Host{Name: "::1"}, "u", 0, "u@[::1]:22"},
		{Host{Name: "fe80::1%eth0", Port: 1}, "", 0, "[fe80::1%eth0]:1"},
		{Host{Name: "a", User: "u", Local: true}, "", 0, "local"},
	}
	for _, tt := range tests {
		h := tt.host.WithDefaults(tt.user, tt.port)
		if got := h.ID(); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.host, got, tt.want)
		}
	}
	// Without defaults the address is the one that would be dialled.
	if got := (Host{Name: "a"}).Address(); got != "a:22" {
		t.Error(got)
	}
}

func TestStatuses(t *testing.T) {
	seen := map[Status]bool{}
	failed, unfinished := 0, 0
	for _, s := range Statuses {
		if s == "" || seen[s] {
			t.Errorf("status %q", s)
		}
		seen[s] = true
		if s.Failed() {
			failed++
		}
		if s.Unfinished() {
			unfinished++
		}
	}
	if len(Statuses) != 16 || failed != 15 || unfinished != 2 || StatusOK.Failed() {
		t.Errorf("%d statuses, %d failed, %d unfinished", len(Statuses), failed, unfinished)
	}
}

func TestPhases(t *testing.T) {
	before := []Phase{PhaseResolve, PhaseConnect, PhaseBanner, PhaseKex}
	for _, p := range []Phase{"", PhaseResolve, PhaseConnect, PhaseBanner, PhaseKex, PhaseAuth, PhaseSession, PhaseExec, PhaseOutput} {
		if p.BeforeAuth() != slices.Contains(before, p) {
			t.Errorf("%q before authentication: %v", p, p.BeforeAuth())
		}
	}
}
