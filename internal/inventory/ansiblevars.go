package inventory

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"muster/internal/fleet"
	"muster/internal/hostlist"
)

// The variables that say how a host is reached. Where both names are given, Ansible takes the older one.
var (
	hostVars = []string{"ansible_ssh_host", "ansible_host"}
	portVars = []string{"ansible_ssh_port", "ansible_port"}
	userVars = []string{"ansible_ssh_user", "ansible_user"}
	usedVars = slices.Concat(hostVars, portVars, userVars)
)

// priorityVar ranks groups of the same depth.
const priorityVar = "ansible_group_priority"

// ansibleVars are values of usedVars by name. Most hosts have none.
type ansibleVars map[string]ansibleValue

// ansibleValue is the text of a value.
type ansibleValue struct {
	text    string
	problem string // why it is of no use; empty: nothing is wrong
	where   place
}

// rankedValue is a value with the group that it is from, which decides between two; nil: there is no value.
type rankedValue struct {
	ansibleValue
	group *ansibleGroup
}

// orHigher is v, or other where that is of higher rank.
func (v rankedValue) orHigher(other rankedValue) rankedValue {
	if v.group == nil || other.group != nil && v.group.compare(other.group) < 0 {
		return other
	}
	return v
}

// compare ranks groups as Ansible does: of two that have a variable, the later one's counts.
func (g *ansibleGroup) compare(other *ansibleGroup) int {
	return cmp.Or(cmp.Compare(g.depth, other.depth), cmp.Compare(g.priority, other.priority), strings.Compare(g.name, other.name))
}

// value is the value of the first of some names that h has: its own, or that of the highest ranking of its groups.
func (h *ansibleHost) value(names []string) ansibleValue {
	for _, name := range names {
		v, ok := h.vars[name]
		if !ok {
			var best rankedValue
			for _, g := range h.groups {
				best = best.orHigher(g.settled[name])
			}
			v = best.ansibleValue
		}
		if v.text != "" || v.problem != "" {
			return v
		}
	}
	return ansibleValue{}
}

// reach fills in how a host is reached, where its spelling leaves that open.
func (h *ansibleHost) reach(to fleet.Host) (fleet.Host, error) {
	host, user, port := h.value(hostVars), h.value(userVars), h.value(portVars)
	for _, v := range []ansibleValue{host, user, port} {
		if v.problem != "" {
			return to, v.where.fail("%s: %s", shown(h.name), v.problem)
		}
	}
	if host.text != "" {
		parsed, err := hostlist.ParseHost(host.text)
		switch {
		case err != nil:
			return to, host.where.fail("%s: ansible_host: %v", shown(h.name), err)
		case parsed.User != "" || parsed.Port != 0:
			return to, host.where.fail("%s: ansible_host is a name or an address, not %s", shown(h.name), shown(host.text))
		case parsed.Name != to.Name:
			to = to.Along(fleet.Way{Target: parsed.Name})
		}
	}
	if user.text != "" && to.User == "" {
		if parsed, err := hostlist.ParseHost(user.text + "@h"); err != nil || parsed.User != user.text {
			return to, user.where.fail("%s: ansible_user %s is no user", shown(h.name), shown(user.text))
		}
		to.User = user.text
	}
	if port.text != "" && to.Port == 0 {
		number, err := strconv.ParseUint(port.text, 10, 16)
		if err != nil || number == 0 {
			return to, port.where.fail("%s: ansible_port is a number from 1 to 65535, not %s", shown(h.name), shown(port.text))
		}
		to.Port = int(number)
	}
	return to, nil
}

// set keeps a value if anybody asks for it.
func (v *ansibleVars) set(name, text string, where place) {
	if !slices.Contains(usedVars, name) {
		return
	}
	value := ansibleValue{text: text, where: where}
	if strings.Contains(text, "{{") || strings.Contains(text, "{%") {
		value.problem = name + " is a template ({{ }}), which only Ansible works out: write what it comes to"
	}
	v.keep(name, value)
}

// refuse keeps why a value is of no use.
func (v *ansibleVars) refuse(name, problem string, where place) {
	if slices.Contains(usedVars, name) {
		v.keep(name, ansibleValue{problem: name + " " + problem, where: where})
	}
}

func (v *ansibleVars) keep(name string, value ansibleValue) {
	if *v == nil {
		*v = ansibleVars{}
	}
	(*v)[name] = value
}
