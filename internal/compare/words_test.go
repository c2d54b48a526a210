package compare

import (
	"fmt"
	"testing"
)

func TestWords(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{seconds(0), "0.0ms"},
		{seconds(0.0034), "3.4ms"},
		{seconds(0.034), "34ms"},
		{seconds(0.34), "0.34s"},
		{seconds(1.2), "1.20s"},
		{seconds(34), "34.0s"},
		{seconds(340), "340s"},
		{size(7.3 * (1 << 20)), "7.3 MiB"},
		{size(271 * (1 << 20)), "271 MiB"},
		{size(1.25 * (1 << 30)), "1.2 GiB"},
		{fmt.Sprint(held{ratio: 9.76, low: 9.1, high: 10.44, bounded: true}.factor()), "9.8× (9.1–10.4)"},
		{fmt.Sprint(held{ratio: 1.11, low: 1.04, high: 1.18, bounded: true}.factor()), "1.11× (1.04–1.18)"},
		{fmt.Sprint(held{ratio: 1.11, low: 1.001, high: 1.18, bounded: true}.factor()), "1.110× (1.001–1.180)"},
		{fmt.Sprint(held{ratio: 1.00001, low: 1.00001, high: 1.00002, bounded: true}.factor()), "1.000× (1.000–1.000)"},
		{fmt.Sprint(held{ratio: 2.01, low: 1.99, high: 2.03, bounded: true}.factor()), "2.01× (1.99–2.03)"},
		{fmt.Sprint(held{ratio: 2, low: 2, high: 2, bounded: true}.factor()), "2.00× (2.00–2.00)"},
		{fmt.Sprint(held{ratio: 353.3, low: 349.6, high: 357, bounded: true}.factor()), "353× (350–357)"},
		{fmt.Sprint(held{ratio: 0.52, low: 0.4, high: 0.6, bounded: true}.factor()), "0.5× (0.4–0.6)"},
		{fmt.Sprint(held{ratio: 3.12}.factor()), "3.1×"},
		{list(nil), ""},
		{list([]string{"a"}), "a"},
		{list([]string{"a", "b"}), "a and b"},
		{list([]string{"a", "b", "c"}), "a, b and c"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
