// Bareloop is the floor that muster is measured against: the least that can be done with golang.org/x/crypto/ssh. It
// dials each host of a hostfile, verifies its key, runs one command in one session, reads its output and closes, with as
// many hosts in flight as asked for. It supervises nothing, bounds nothing and reports only how many hosts answered.
//
// With -processes N it is that for N processes with a core each: it starts itself as often and gives each the same share of the
// hosts, has the kernel schedule them as a batch and the collector let lie as much garbage as muster's workers do.
//
// With -fast it asks for the key exchanges of muster's --kex fast, which are cheaper and do not hold against a quantum computer.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

func main() {
	dir := flag.String("dir", "", "directory with hosts, id and known_hosts, as muster simulate writes them")
	flights := flag.Int("f", 128, "hosts in flight")
	timeout := flag.Duration("t", 10*time.Second, "until a host is connected to")
	processes := flag.Int("processes", 1, "processes that share the hosts")
	part := flag.Int("part", 0, "which share of the hosts is this process's, from 1 on; 0: it starts the others")
	fast := flag.Bool("fast", false, "the key exchanges of muster's --kex fast, not those that the library asks for by itself")
	flag.Parse()
	if *processes > 1 && *part == 0 {
		fmt.Println(split(*processes, "-dir", *dir, "-t", timeout.String(), "-f", strconv.Itoa(max(*flights / *processes, 1)),
			"-fast="+strconv.FormatBool(*fast)))
		return
	}

	key, err := os.ReadFile(*dir + "/id")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		log.Fatal(err)
	}
	known, err := knownHosts(*dir + "/known_hosts")
	if err != nil {
		log.Fatal(err)
	}
	cfg := ssh.ClientConfig{User: "bench", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, Timeout: *timeout}
	if *fast {
		cfg.KeyExchanges = []string{ssh.KeyExchangeECDHP256, ssh.KeyExchangeCurve25519}
	}
	hosts := make(chan string)
	var ok atomic.Int64
	var all sync.WaitGroup
	for range *flights {
		all.Go(func() {
			for host := range hosts {
				if err := visit(host, cfg, known[host]); err != nil {
					log.Print(host, ": ", err)
				} else {
					ok.Add(1)
				}
			}
		})
	}
	file, err := os.Open(*dir + "/hosts")
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(file)
	for n := 0; lines.Scan(); n++ {
		if n%*processes == max(*part-1, 0) {
			hosts <- lines.Text()
		}
	}
	close(hosts)
	all.Wait()
	fmt.Println(ok.Load())
}

// split has processes share the hosts, and returns how many answered.
func split(processes int, args ...string) (ok int) {
	answered := make(chan int)
	for n := range processes {
		args := append([]string{"-b", "0", os.Args[0], "-processes", strconv.Itoa(processes), "-part", strconv.Itoa(n + 1)}, args...)
		cmd := exec.Command("chrt", args...)
		cmd.Env, cmd.Stderr = append(os.Environ(), "GOMAXPROCS=1", "GOGC=400"), os.Stderr
		go func() {
			out, err := cmd.Output()
			if err != nil {
				log.Fatal(err)
			}
			count, _ := strconv.Atoi(strings.TrimSpace(string(out)))
			answered <- count
		}()
	}
	for range processes {
		ok += <-answered
	}
	return ok
}

func visit(host string, cfg ssh.ClientConfig, key ssh.PublicKey) error {
	cfg.HostKeyCallback, cfg.HostKeyAlgorithms = ssh.FixedHostKey(key), []string{key.Type()}
	client, err := ssh.Dial("tcp", host, &cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	_, err = session.Output("cat /proc/loadavg /proc/meminfo")
	return err
}

// knownHosts reads lines of the form [address]:port type key.
func knownHosts(file string) (map[string]ssh.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	known := map[string]ssh.PublicKey{}
	for len(text) > 0 {
		_, names, key, _, rest, err := ssh.ParseKnownHosts(text)
		if err != nil {
			break
		}
		known[strings.NewReplacer("[", "", "]", "").Replace(names[0])] = key
		text = rest
	}
	return known, nil
}
