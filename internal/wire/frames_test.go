package wire

import (
	"math"
	"reflect"
	"time"

	"pgregory.net/rapid"

	"muster/internal/fleet"
)

// The generators give frames that fit a line, with every field somewhere set and somewhere not.

func text(max int) *rapid.Generator[string] { return rapid.StringN(0, max, 4*max) }

func bytesOf(max int) *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), 0, max) }

// maybe gives nil half of the time.
func maybe[T any](t *rapid.T, g *rapid.Generator[T]) *T {
	if !rapid.Bool().Draw(t, "set") {
		return nil
	}
	v := g.Draw(t, "value")
	return &v
}

var number = rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)

var extras = rapid.MapOfN(text(10), number, 0, 3)

var outcomes = rapid.Custom(func(t *rapid.T) Outcome {
	return Outcome{Num: rapid.Int().Draw(t, "num"), Extra: extras.Draw(t, "extra"), Outcome: fleet.Outcome{
		Address:    text(10).Draw(t, "address"),
		Status:     rapid.SampledFrom(fleet.Statuses).Draw(t, "status"),
		Phase:      rapid.SampledFrom([]fleet.Phase{"", fleet.PhaseKex, fleet.PhaseOutput}).Draw(t, "phase"),
		Hop:        text(10).Draw(t, "hop"),
		Error:      text(50).Draw(t, "error"),
		Attempts:   rapid.Int().Draw(t, "attempts"),
		StartedAt:  maybe(t, rapid.Map(rapid.Int64Range(0, 1<<40), func(ns int64) time.Time { return time.Unix(0, ns).UTC() })),
		DurationMS: maybe(t, number),
		ConnectMS:  maybe(t, number),
		Reading: fleet.Reading{
			OS:             text(10).Draw(t, "os"),
			CPUs:           maybe(t, rapid.Int()),
			Load1:          maybe(t, number),
			MemTotalBytes:  maybe(t, rapid.Int64()),
			MemEstimated:   maybe(t, rapid.Bool()),
			PSIIOSomeAvg10: maybe(t, number),
		},
		Said: fleet.Said{
			ExitCode:             maybe(t, rapid.Int()),
			Signal:               text(10).Draw(t, "signal"),
			StdoutTruncatedBytes: rapid.Int64().Draw(t, "stdout"),
			StderrTruncatedBytes: rapid.Int64().Draw(t, "stderr"),
		},
	}}
})

var ups = rapid.Custom(func(t *rapid.T) Up {
	num := rapid.Int().Draw(t, "num")
	return rapid.OneOf(
		rapid.Just(Up{Hello: &Hello{Protocol: num, Build: text(50).Draw(t, "build"), PID: num, Node: text(50).Draw(t, "node")}}),
		rapid.Just(Up{Start: &fleet.Start{Num: num}}),
		rapid.Just(Up{Start: &fleet.Start{Attempt: num}}),
		rapid.Just(Up{Output: &fleet.Output{
			Num: num, Group: rapid.Bool().Draw(t, "group"), Part: num, Stderr: rapid.Bool().Draw(t, "stderr"),
			Data: bytesOf(fleet.MaxOutputPart).Draw(t, "data"),
		}}),
		rapid.Map(outcomes, func(o Outcome) Up { return Up{Outcome: &o} }),
		rapid.Just(Up{Group: &fleet.Group{
			Status: fleet.StatusExit, Phase: rapid.SampledFrom(fleet.Phases).Draw(t, "phase"), Error: text(50).Draw(t, "error"),
			ExitCode: num, Signal: "SIGTERM", DurationMS: number.Draw(t, "ms"),
			Usage:                fleet.Usage{UserSeconds: number.Draw(t, "s"), PSSBytes: int64(num)},
			StdoutTruncatedBytes: int64(num), StderrTruncatedBytes: rapid.Int64().Draw(t, "stderr"),
			Ignored: rapid.Int().Draw(t, "ignored"), Doubt: text(50).Draw(t, "doubt"),
		}}),
		rapid.Just(Up{Ask: &Ask{ID: num, HostKey: fleet.HostKey{
			Num: num, Hop: text(20).Draw(t, "hop"), Names: rapid.SliceOfN(text(20), 0, 3).Draw(t, "names"), Key: bytesOf(1000).Draw(t, "key"),
		}}}),
		rapid.Just(Up{Beat: &Beat{}}),
		rapid.Just(Up{Done: &Done{Outcomes: num, MaxRSS: int64(num), PSS: int64(num)}}),
	).Draw(t, "up")
})

func keys(t *rapid.T) []fleet.Key {
	var keys []fleet.Key
	for range rapid.IntRange(0, 3).Draw(t, "keys") {
		keys = append(keys, bytesOf(300).Draw(t, "key"))
	}
	return keys
}

var hosts = rapid.Custom(func(t *rapid.T) fleet.Host {
	return fleet.Host{
		Num: rapid.Int().Draw(t, "num"), Label: text(50).Draw(t, "label"), User: text(20).Draw(t, "user"), Name: text(50).Draw(t, "name"),
		Port: rapid.IntRange(0, 65535).Draw(t, "port"), Local: rapid.Bool().Draw(t, "local"),
		Shared: ways.Draw(t, "way"),
	}
})

// ways are those of hosts; nil: nothing is known.
var ways = rapid.Custom(func(t *rapid.T) *fleet.Way {
	w := fleet.Way{
		Target: text(20).Draw(t, "target"), Pins: keys(t),
		HostName: text(20).Draw(t, "host name"), KnownAs: text(20).Draw(t, "known as"), Certified: rapid.Bool().Draw(t, "certified"),
		Trust: rapid.Int().Draw(t, "trust"), Login: rapid.Int().Draw(t, "login"), Proxy: text(50).Draw(t, "proxy"),
	}
	if reflect.DeepEqual(w, fleet.Way{}) { // which is said by saying nothing
		return nil
	}
	return &w
})

// reached are hosts, some of them through jump hosts.
var reached = rapid.Custom(func(t *rapid.T) fleet.Host {
	h := hosts.Draw(t, "host")
	for rapid.Bool().Draw(t, "in front") {
		front := hosts.Draw(t, "host in front")
		way := front.Way()
		way.Via = new(h)
		h = front.Along(way)
	}
	return h
})

var identities = rapid.Custom(func(t *rapid.T) fleet.Identity {
	return fleet.Identity{
		Private: bytesOf(1000).Draw(t, "private"), Public: bytesOf(300).Draw(t, "public"), Certificate: bytesOf(1000).Draw(t, "certificate"),
	}
})

var logins = rapid.Custom(func(t *rapid.T) fleet.Login {
	words := rapid.SliceOfN(text(20), 0, 3)
	return fleet.Login{
		Offers: rapid.SliceOfN(rapid.Int(), 0, 3).Draw(t, "offers"), Agent: text(50).Draw(t, "agent"), Methods: words.Draw(t, "methods"),
		KeyExchanges: words.Draw(t, "kex"), Ciphers: words.Draw(t, "ciphers"), MACs: words.Draw(t, "macs"),
		HostKeyAlgorithms: words.Draw(t, "host keys"), KeyAlgorithms: words.Draw(t, "keys"), ConnectTimeoutMS: rapid.Int64().Draw(t, "connect"),
		KeepAliveMS: rapid.Int64().Draw(t, "keep alive"), KeepAlives: rapid.Int().Draw(t, "keep alives"),
		Family: text(1).Draw(t, "family"), Bind: text(20).Draw(t, "bind"),
	}
})

var downs = rapid.Custom(func(t *rapid.T) Down {
	num := rapid.Int().Draw(t, "num")
	return rapid.OneOf(
		rapid.Just(Down{Job: &Job{
			Run: text(20).Draw(t, "run"), Worker: num, Chunk: num, Task: "stats", Fanout: num, Window: num, ConnectTimeoutMS: int64(num),
			TimeoutMS: int64(num), Retries: num, RetryBudget: num,
			Identities: rapid.SliceOfN(identities, 0, 3).Draw(t, "identities"), Logins: rapid.SliceOfN(logins, 0, 3).Draw(t, "logins"),
			Password: bytesOf(100).Draw(t, "password"), Rate: number.Draw(t, "rate"), Handshakes: num,
			Program: text(20).Draw(t, "program"), ProgramArgs: rapid.SliceOfN(text(20), 0, 3).Draw(t, "options"), Logs: text(20).Draw(t, "logs"),
			Chunks: num, Command: text(100).Draw(t, "command"), Args: rapid.SliceOfN(text(50), 0, 3).Draw(t, "args"),
			AsRoot: rapid.Bool().Draw(t, "root"), Sudo: bytesOf(100).Draw(t, "sudo"), MaxOutput: num, InputBytes: num,
			HostsFile: text(50).Draw(t, "file"), Attempt: num, Parse: rapid.Bool().Draw(t, "parse"),
		}}),
		rapid.Just(Down{Input: &Input{Data: bytesOf(1000).Draw(t, "input")}}),
		rapid.Just(Down{Items: &Items{First: num, Lines: bytesOf(1000).Draw(t, "lines")}}),
		rapid.Map(rapid.SliceOfN(reached, 0, 5), func(hosts []fleet.Host) Down { return Down{Hosts: &Hosts{Hosts: hosts}} }),
		rapid.Just(Down{End: &End{}}),
		rapid.Just(Down{Answer: &Answer{ID: num, Verdict: fleet.Verdict{
			Decision: fleet.Redial, Keys: keys(t), Reason: text(50).Draw(t, "reason"),
		}}}),
	).Draw(t, "down")
})
