#!/bin/sh
# Catalogues can be read, and every kind of fact the code logs has words for the timelines.
set -eu
make=${MAKE:-make}
"$make" -s build/tool/po build/tool/pot build/hub.pot
catalogues=$(find hub/assets/words -name '*.po' 2>/dev/null | sort)
for catalogue in $catalogues; do
	build/tool/po "$catalogue" >/dev/null
	grep '^msgid ' build/hub.pot | sort -u >build/words.wanted
	grep '^msgid ' "$catalogue" | sort -u >build/words.there
	missing=$(comm -23 build/words.wanted build/words.there | wc -l)
	[ "$missing" -eq 0 ] || echo "words: $catalogue lacks $missing texts; they show in English"
done
# Facts are named as "noun.verb" in calls of event_add and event_addf; mail.* come from a table.
kinds=$(find hub -name '*.c' -exec cat {} + | tr -s '\n\t ' ' ' |
	grep -oE '(event_addf\( ?sc, |\.kind = )"[a-z]+\.[a-z_]+"' |
	grep -oE '"[a-z]+\.[a-z_]+"' | sort -u)
failed=0
for kind in $kinds; do
	grep -q "{ $kind, " hub/web/timeline.c || {
		echo "words: hub/web/timeline.c has no words for $kind" >&2
		failed=1
	}
done
exit $failed
