package hostlist_test

import (
	"fmt"

	"muster/internal/hostlist"
)

func Example() {
	names, repeated, err := hostlist.Expand("r[1-2]n[08-10],login!r1n09,login", 1000)
	fmt.Println(names, repeated, err)
	fmt.Println(hostlist.Fold(names))

	_, _, err = hostlist.Expand("web,n[3-1]", 1000)
	fmt.Println(err)
	// Output:
	// [r1n08 r1n10 r2n08 r2n09 r2n10 login] 1 <nil>
	// login,r1n[08,10],r2n[08-10]
	// n[3-1]: column 7: range is reversed; did you mean n[1-3]?
}
