package orchestrator

import (
	"slices"
	"sort"
)

// feeds are the hosts that a worker was fed and has not answered for, by number. Numbers go up from one batch to the next.
type feeds struct {
	batches []batch
	open    int
}

// batch is hosts under the numbers first, first+1, …
type batch struct {
	first, open int
	hosts       []int  // not to be changed: it is a piece of the queue
	answered    []bool // nil: none is
}

func (f *feeds) add(first int, hosts []int) {
	f.batches = append(f.batches, batch{first: first, open: len(hosts), hosts: hosts})
	f.open += len(hosts)
}

// find returns the batch in which num is open; -1: it is not.
func (f *feeds) find(num int) int {
	i := sort.Search(len(f.batches), func(i int) bool { return f.batches[i].first > num }) - 1
	if i < 0 || num >= f.batches[i].first+len(f.batches[i].hosts) {
		return -1
	}
	if b := &f.batches[i]; b.answered != nil && b.answered[num-b.first] {
		return -1
	}
	return i
}

func (f *feeds) host(num int) (host int, open bool) {
	i := f.find(num)
	if i < 0 {
		return 0, false
	}
	return f.batches[i].hosts[num-f.batches[i].first], true
}

func (f *feeds) remove(num int) {
	i := f.find(num)
	if i < 0 {
		return
	}
	b := &f.batches[i]
	if b.answered == nil {
		b.answered = make([]bool, len(b.hosts))
	}
	b.answered[num-b.first] = true
	b.open--
	f.open--
	if b.open == 0 {
		f.batches = slices.Delete(f.batches, i, i+1)
	}
}

// nums are the open numbers, lowest first.
func (f *feeds) nums() []int {
	nums := make([]int, 0, f.open)
	for _, b := range f.batches {
		for i := range b.hosts {
			if b.answered == nil || !b.answered[i] {
				nums = append(nums, b.first+i)
			}
		}
	}
	return nums
}

// hosts are the hosts of nums. They are not to be changed.
func (f *feeds) hosts() []int {
	if len(f.batches) == 1 && f.batches[0].answered == nil {
		return f.batches[0].hosts
	}
	hosts := make([]int, 0, f.open)
	for _, b := range f.batches {
		for i, host := range b.hosts {
			if b.answered == nil || !b.answered[i] {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}
