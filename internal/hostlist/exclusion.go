package hostlist

// exclusion holds the number, from 1, of the last term that takes a host out. A host of term i stays if no later term
// excludes it, which is what working from left to right comes to, in one pass and whatever the number of terms. What was
// there before the first term is of term 0.
type exclusion map[Host]int

func exclusions(terms []term) (exclusion, *Error) {
	last := exclusion{}
	for i := range terms {
		if terms[i].op != minus {
			continue
		}
		if err := terms[i].each(func(_ string, h Host) { last[h] = i + 1 }); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func (x exclusion) after(i int, h Host) bool {
	if len(x) == 0 {
		return false
	}
	for _, form := range h.Forms() {
		if x[form] > i {
			return true
		}
	}
	return false
}
