# Include arrows of docs/overview.md: each file may look only to what stands on its left.
# Reads all C files and templates; prints what breaks a rule. Paths come as FILENAME.

BEGIN {
	# shared/: a folder may include itself and those of a lower rank.
	split("base:0 text:1 crypt:2 store:2 net:2 mail:2 box:3 wire:3 pace:3", list, " ")
	for (i in list) {
		split(list[i], pair, ":")
		shared[pair[1]] = pair[2]
	}
	# hub/: mechanisms know each other; areas from left to right.
	split("web bus event job object guard setup health schema notice backup", list, " ")
	for (i in list)
		mechanism[list[i]] = 1
	n = split("people tenant fleet sender mailu repute warmup audience content send track campaign insight", list, " ")
	for (i = 1; i <= n; i++)
		area[list[i]] = i
	# What stands over everything: tables of the doors, and main with its helpers.
	split("routes topics follows jobs commands main open serve", list, " ")
	for (i in list)
		top[list[i]] = 1
	# Known to all of the hub.
	known["hub.h"] = known["config.h"] = 1
}

function complain(what)
{
	print FILENAME ":" FNR ": " what
	bad = 1
}

# What an appliance is told to do once is no operator's command.
function is_face(name)
{
	if (name ~ /^appliance_command\.[ch]$/)
		return 0
	return name ~ /_(page|api|bus|job|follow|command|agent|html|tabs|draft)(_[a-z]+)?\.(c|h|tmpl)$/ || name ~ /\.tmpl$/
}

FNR == 1 {
	parts = split(FILENAME, path, "/")
	tree = path[1]
	folder = parts > 2 ? path[2] : ""
	name = path[parts]
	stem = name
	sub(/\..*/, "", stem)
	face = is_face(name)
}

{
	if (!match($0, /^(%% )?#include "[^"]+"/))
		next
	target = substr($0, RSTART, RLENGTH)
	sub(/^.*#include "/, "", target)
	sub(/"$/, "", target)
	slash = index(target, "/")
	to = slash ? substr(target, 1, slash - 1) : ""
}

tree == "shared" && folder != "tool" {
	if (!(to in shared))
		complain("shared/ knows neither hub nor agent: " target)
	else if (to != folder && shared[to] >= shared[folder])
		complain(folder "/ stands left of " to "/: " target)
}

# What runs MailU knows neither the database nor the loop: only mailu.c stands between.
tree == "agent" && folder == "mailu" && stem != "mailu" {
	if (to != folder && !(to in shared))
		complain("agent/mailu stands on shared/ alone: " target)
}

# The agent has rooms of its own by these names.
tree == "agent" {
	if (to != "schema" && to != "mailu" && (to in mechanism || to in area))
		complain("the agent never sees the hub: " target)
}

tree == "hub" {
	if (to in shared || folder == "" && (stem in top || target in known))
		next
	if (!slash) {
		if (!(target in known) && !(name == target))
			complain("only main and the tables know " target)
		next
	}
	if (!(to in mechanism) && !(to in area)) {
		complain("no such room: " target)
		next
	}
	if (folder in mechanism) {
		if (to in area && !face)
			complain("mechanisms stand left of the areas: " target)
		next
	}
	if (!(folder in area))
		next
	if (to == folder || face)
		next
	if (to == "web" || to == "bus")
		complain("only faces know the doors: " target)
	else if (to in area && area[to] > area[folder])
		complain(folder "/ stands left of " to "/: " target)
	else if (is_face(substr(target, slash + 1)))
		complain("nothing calls a face: " target)
}

END {
	exit bad
}
