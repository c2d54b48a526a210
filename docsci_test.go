package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var (
	fenced = regexp.MustCompile("(?ms)^```(yaml|groovy)\n(.*?)^```$")
	groovy = regexp.MustCompile(`(?m)^\s*sh '(.*)'$`)
)

// shownInCI lists what the examples for CI systems have muster, or a script of its own, do. Those systems set the variables.
func shownInCI(t *testing.T) []string {
	text, err := os.ReadFile("docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		if block[1] == "groovy" {
			for _, step := range groovy.FindAllStringSubmatch(block[2], -1) {
				lines = append(lines, step[1])
			}
			continue
		}
		var example map[string]yaml.Node
		if err := yaml.Unmarshal([]byte(block[2]), &example); err != nil {
			t.Errorf("docs/ci.md: %v:\n%s", err, block[2])
		}
		for _, part := range example {
			lines = append(lines, shellLines(&part)...)
		}
	}
	var commands []string
	for _, line := range lines {
		if strings.HasPrefix(line, "muster ") {
			commands = append(commands, line)
		}
	}
	if scripts := len(slices.DeleteFunc(lines, func(line string) bool { return line != "scripts/smoke" })); scripts != 3 || len(commands) < 3 {
		t.Errorf("three examples have %d smoke tests and the commands %q", scripts, commands)
	}
	return commands
}

// shellLines are the lines of all that is a script in a CI system's file.
func shellLines(node *yaml.Node) (lines []string) {
	for i, n := range node.Content {
		isScript := node.Kind == yaml.MappingNode && i%2 == 1 && slices.Contains([]string{"run", "script"}, node.Content[i-1].Value)
		if !isScript {
			lines = append(lines, shellLines(n)...)
			continue
		}
		for _, script := range append(n.Content, n) {
			lines = append(lines, strings.Split(strings.TrimSpace(script.Value), "\n")...)
		}
	}
	return lines
}
