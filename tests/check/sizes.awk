# Functions of at most 70 lines, files of at most 600, without exceptions. A function is what stands
# between a line that begins with { and the next that begins with }.

function end_file()
{
	if (last && lines > 600) {
		print last ": " lines " lines, at most 600"
		bad = 1
	}
}

FNR == 1 {
	end_file()
	last = FILENAME
	begin = 0
	called = ""
}

{
	lines = FNR
}

/^[a-z].*\(/ {
	called = $0
	sub(/\(.*/, "", called)
	sub(/^.*[ *]/, "", called)
}

/^{/ {
	begin = FNR
}

/^}/ && begin {
	if (FNR - begin - 1 > 70) {
		print FILENAME ":" begin ": " called " has " (FNR - begin - 1) " lines, at most 70"
		bad = 1
	}
	begin = 0
}

END {
	end_file()
	exit bad
}
