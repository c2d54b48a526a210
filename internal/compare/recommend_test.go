package compare

import "testing"

func TestRecommend(t *testing.T) {
	for _, test := range []struct {
		name, want string
		usuals     []usual
	}{
		{"the fastest, whatever it costs", "--strategy processes -n 8", []usual{
			{Arm{"", "serial", 1, 1, 0}, 2, 1, 30, 100},
			{Arm{"", "processes", 8, 1, 0}, 1, 9, 300, 100},
		}},
		{"of equally fast ones that of least CPU, whatever it holds", "--strategy async -f 8", []usual{
			{Arm{"", "serial", 1, 1, 0}, 2, 1, 30, 100},
			{Arm{"", "processes", 8, 1, 0}, 1, 1.2, 30, 100},
			{Arm{"", "async", 1, 8, 0}, 1, 1, 300, 100},
		}},
		{"of those that of least memory, whatever its chunks", "--strategy threads -n 8", []usual{
			{Arm{"", "processes", 2, 4, 0}, 1, 1, 100, 100},
			{Arm{"", "threads", 8, 1, 0}, 1, 1, 30, 100},
		}},
		{"memory that is not known decides nothing", "--strategy processes -n 2", []usual{
			{Arm{"", "threads", 8, 1, 0}, 1, 1, 0, 100},
			{Arm{"", "processes", 2, 4, 0}, 1, 1, 30, 100},
		}},
		{"of those that of fewest chunks", "-n 2 -f 4", []usual{
			{Arm{"", "threads", 8, 1, 0}, 1, 1, 30, 100},
			{Arm{"", "hybrid", 2, 4, 0}, 1, 1, 30, 100},
			{Arm{"", "threads", 2, 4, 0}, 1, 1, 30, 100},
		}},
		{"of several kinds, that for all together", "-n 4 -f 4", []usual{
			{Arm{"disk", "serial", 1, 1, 0}, 1, 1, 30, 100},
			{Arm{"together", "serial", 1, 1, 0}, 9, 1, 30, 100},
			{Arm{"together", "hybrid", 4, 4, 0}, 5, 1, 30, 100},
		}},
		{"of one kind", "--strategy serial", []usual{
			{Arm{"disk", "serial", 1, 1, 0}, 1, 1, 30, 100},
			{Arm{"disk", "threads", 2, 1, 0}, 2, 1, 30, 100},
		}},
	} {
		if got := Analyse(around(test.usuals)).Recommend; got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
