package worker

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Feeds know what a plain map would, and hold no more than what is open, however long a worker lives.
func TestFeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f feeds
		open, next := map[int]state{}, 0
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				first := next + rapid.IntRange(-2, 3).Draw(t, "first")
				count := rapid.IntRange(1, 5).Draw(t, "count")
				if added := f.add(first, count); added != (first >= next) {
					t.Fatalf("add %d after %d: %v", first, next, added)
				} else if added {
					for num := first; num < first+count; num++ {
						open[num] = waiting
					}
					next = first + count
				}
			},
			"set": func(t *rapid.T) {
				num := rapid.IntRange(0, next+1).Draw(t, "num")
				s := rapid.SampledFrom([]state{begun, answered}).Draw(t, "state")
				f.set(num, s)
				if _, is := open[num]; is {
					open[num] = s
				}
				if s == answered {
					delete(open, num)
				}
			},
			"": func(t *rapid.T) {
				var nums []int
				f.each(func(num int, s state) {
					if open[num] != s {
						t.Fatalf("%d is %d, not %d", num, s, open[num])
					}
					nums = append(nums, num)
				})
				if len(nums) != len(open) || f.open != len(open) || !slices.IsSorted(nums) || len(f.runs) > len(open) {
					t.Fatalf("%d open, %v in %d runs, want %v", f.open, nums, len(f.runs), open)
				}
			},
		})
	})
}
