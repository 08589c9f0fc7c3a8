# Functions of at most 70 lines, files of at most 600; exceptions stand in tests/size-exceptions as
# `path limit reason` (a file's limit, or path:function limit reason). A function is what stands
# between a line that begins with { and the next that begins with }.

BEGIN {
	while ((getline line < "tests/size-exceptions") > 0) {
		if (line ~ /^#/ || line !~ /[^ \t]/)
			continue
		n = split(line, word, /[ \t]+/)
		if (n < 3) {
			print "tests/size-exceptions: no reason: " line
			bad = 1
		}
		limit[word[1]] = word[2]
		exceptions++
	}
	if (exceptions > 10) {
		print "tests/size-exceptions: more than ten"
		bad = 1
	}
}

function max(key, usual)
{
	if (key in limit) {
		used[key] = 1
		return limit[key]
	}
	return usual
}

function end_file()
{
	if (last && lines > max(last, 600)) {
		print last ": " lines " lines, at most " max(last, 600)
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
	if (FNR - begin - 1 > max(FILENAME ":" called, 70)) {
		print FILENAME ":" begin ": " called " has " (FNR - begin - 1) " lines, at most " max(FILENAME ":" called, 70)
		bad = 1
	}
	begin = 0
}

END {
	end_file()
	for (key in limit)
		if (!(key in used)) {
			print "tests/size-exceptions: not needed: " key
			bad = 1
		}
	exit bad
}
