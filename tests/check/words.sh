#!/bin/sh
# Catalogues can be read, and lack nothing.
set -eu
make=${MAKE:-make}
"$make" -s build/tool/po build/tool/pot build/hub.pot
failed=0
catalogues=$(find hub/assets/words -name '*.po' 2>/dev/null | sort)
for catalogue in $catalogues; do
	build/tool/po "$catalogue" >/dev/null
	grep '^msgid ' build/hub.pot | sort -u >build/words.wanted
	grep '^msgid ' "$catalogue" | sort -u >build/words.there
	missing=$(comm -23 build/words.wanted build/words.there)
	[ -z "$missing" ] && continue
	echo "words: $catalogue lacks these texts, in which people would read English:"
	echo "$missing"
	failed=1
done
exit $failed
