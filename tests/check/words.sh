#!/bin/sh
# Catalogues can be read, and what they lack is named.
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
