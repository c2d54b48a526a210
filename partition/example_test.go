package partition_test

import (
	"fmt"

	"muster/partition"
)

func Example() {
	hosts := []string{"a", "b", "c", "d", "e"}
	fmt.Println(partition.Block(hosts, 2))
	fmt.Println(partition.Cyclic(hosts, 2))
	fmt.Println(partition.Cyclic(hosts, 9))
	// Output:
	// [[a b c] [d e]]
	// [[a c e] [b d]]
	// [[a] [b] [c] [d] [e]]
}

func ExampleWeighted() {
	seconds := map[string]float64{"a": 1, "b": 1, "c": 1, "slow": 3, "e": 2}
	hosts := []string{"a", "b", "c", "slow", "e"}
	fmt.Println(partition.Weighted(hosts, 2, func(h string) float64 { return seconds[h] }))
	// Output:
	// [[b slow] [a c e]]
}
