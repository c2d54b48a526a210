package cli

import "muster/internal/fleet"

// hintTexts says what to do about a status, where there is something that helps often.
var hintTexts = []struct {
	status fleet.Status
	task   string // empty: any
	text   string
}{
	{fleet.StatusHostKey, "", "a key that is not known is for known_hosts once it was checked: ssh-keyscan gets it, --host-key accept-new writes new ones down unseen; one that changed may be an attack"},
	{fleet.StatusAuth, "", "no key of yours was accepted: --identity names one, ssh-add gives one to the agent, --user is whom to log in as"},
	{fleet.StatusParse, statsTask, "hosts are to be Linux: load and memory are read from /proc"},
	{fleet.StatusLost, "", "these hosts brought their workers down: --verbose shows how"},
}

// hints returns what may help with the failures that there were.
func (g *gathering) hints(byStatus map[fleet.Status]int) []string {
	var texts []string
	for _, h := range hintTexts {
		if byStatus[h.status] > 0 && (h.task == "" || h.task == g.task) {
			texts = append(texts, h.text)
		}
	}
	return texts
}
