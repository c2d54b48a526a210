package compare

import (
	"slices"
	"testing"
)

func TestOrder(t *testing.T) {
	const arms, rounds = 4, 12000
	var at, after [arms][arms]int // how often an arm has a place; how often it comes just after another
	for round := range rounds {
		order := Order(7, round, arms)
		if sorted := slices.Sorted(slices.Values(order)); !slices.Equal(sorted, []int{0, 1, 2, 3}) {
			t.Fatalf("round %d: %v", round, order)
		}
		for place, arm := range order {
			at[arm][place]++
			if place > 0 {
				after[arm][order[place-1]]++
			}
		}
	}
	const each = rounds / arms // with a standard deviation of 47
	for a := range arms {
		for b := range arms {
			if n := at[a][b]; n < each-200 || n > each+200 {
				t.Errorf("arm %d is at place %d in %d of %d rounds", a, b, n, rounds)
			}
			if n := after[a][b]; a != b && (n < each-200 || n > each+200) {
				t.Errorf("arm %d comes after %d in %d of %d rounds", a, b, n, rounds)
			}
		}
	}
}

func TestOrderOfASeed(t *testing.T) {
	orders := func(seed uint64) (orders []int) {
		for round := range 10 {
			orders = append(orders, Order(seed, round, 10)...)
		}
		return orders
	}
	if !slices.Equal(orders(1), orders(1)) {
		t.Error("one seed gives two orders")
	}
	if slices.Equal(orders(1), orders(2)) {
		t.Error("two seeds give the same order")
	}
	if got := Order(1, 0, 0); len(got) != 0 {
		t.Errorf("of no arms: %v", got)
	}
}
