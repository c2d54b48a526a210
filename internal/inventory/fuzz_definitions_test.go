package inventory

import (
	"strings"
	"testing"
	"time"

	"muster/internal/fleet"
	"muster/internal/hostlist"
)

const fuzzMost = 50

// FuzzInventory reads anything as an inventory of each format: no more hosts than the limit, whose names, users and addresses
// nothing else could act on, or an error of one line that can be shown and says where. It takes no longer than what grows with
// the text, whatever that holds.
func FuzzInventory(f *testing.F) {
	for _, text := range []string{
		iniFleet, yamlFleet, jsonFleet, bomb(), "a b='c\n", "[a:children]\nb\n[b:children]\na\n", "[w]\nn[0:999999999]\n[w:vars]\nansible_user=$(id)",
		"$(id)\n-o\na\x00\n'a b'\n", "[2001:db8::1]:22\nfe80::1%eth0 ansible_host=::1", "a: &a {<<: *a}", "w: &w {children: {v: *w}}", "w: {hosts: {a: {ansible_host: [b]}}}",
		"{\"w\": {\"hosts\": [\"a\", 1, {}, [[[[[[]]]]]]]}}", "{\"_meta\": 3}", "\u202e", "x[a:z][a:z][a:z]", "plugin: x", "{\u0415 0", "#!/bin/sh", "a ansible_host='{{ x }}'",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		for _, file := range []string{"file.ini", "file.yml", "file.json", "file"} {
			a := newAnsible(fuzzMost)
			err := a.read(file, []byte(text))
			if err == nil {
				err = a.settle()
			}
			if checkDefinition(t, err) {
				checkReach(t, a)
			}
		}
		if took := time.Since(began); took > 8*time.Second+time.Duration(len(text))*8*time.Microsecond {
			t.Fatalf("%d bytes take %v", len(text), took)
		}
	})
}

// checkReach holds hosts, and how they are reached, against what is allowed.
func checkReach(t *testing.T, a *ansible) {
	t.Helper()
	if len(a.hosts) > fuzzMost {
		t.Fatalf("%d hosts", len(a.hosts))
	}
	for _, h := range a.hosts {
		if _, err := hostlist.ParseHost(h.name); err != nil {
			t.Fatal(err)
		}
		to, err := h.reach(fleet.Host{})
		if !checkDefinition(t, err) {
			continue
		}
		spelling := fleet.Host{User: to.User, Name: to.SSHName(), Port: to.Port}
		if spelling.Name == "" {
			spelling.Name = "h"
		}
		if _, err := hostlist.ParseHost(spelling.ID()); err != nil {
			t.Fatalf("%+v: %v", to, err)
		}
	}
}

// FuzzGroups reads anything as a groups file, and expands each of its groups: hosts, no more than the limit, or an error of
// one line that can be shown and says where.
func FuzzGroups(f *testing.F) {
	for _, text := range []string{
		groupsFile, "l: {a: '@b', b: '@a'}", "l: {a: '@b,@b', b: '@c,@c', c: '@d,@d', d: 'n[1-9]'}", "l: {a: \"a\\e[2J\"}", "l: {a: &a [*a]}", "l: &l {<<: *l}",
		"a: {x: '@b:x'}\nb: {x: '@a:*'}", "l: {größe: g1, \"\\e\": x}", "l: {a: |\n  n[3-1]\n}", "l: {all: '@*'}", "\x00", "l: {a: 'n[0-999999999]'}", "l: @x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		var g groups
		if !checkDefinition(t, g.readGroups("file", []byte(text))) {
			return
		}
		lists := hostlist.Expander{Limit: fuzzMost, Groups: g.find}
		for from, s := range g.sources {
			for _, name := range append(s.names, "*") {
				names, _, err := lists.Expand("@" + from + ":" + name)
				if err != nil && !strings.Contains(err.Error(), ": ") {
					t.Fatalf("not where: %v", err)
				}
				if len(names) > fuzzMost || err != nil && strings.ContainsFunc(err.Error(), unprintable) {
					t.Fatalf("%d hosts, or not to be shown: %q", len(names), err)
				}
			}
		}
		if took := time.Since(began); took > 2*time.Second+time.Duration(len(text))*time.Microsecond {
			t.Fatalf("%d bytes take %v", len(text), took)
		}
	})
}

// checkDefinition reports whether there is no error; one must say where, in a line that can be shown.
func checkDefinition(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && (!strings.HasPrefix(err.Error(), "file") || strings.ContainsFunc(err.Error(), unprintable)) {
		t.Fatalf("not a line to be shown, or not where: %q", err)
	}
	return err == nil
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }
