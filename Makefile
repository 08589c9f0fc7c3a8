# PenguinMails. `make help` lists what there is. Folders are the lists; BUILD chooses the variant.

BUILD	?= debug
B	:= build/$(BUILD)
CC	:= gcc
CLANG	:= clang-14
VERSION	:= $(shell cat VERSION)
PREFIX	?= /usr/local
DB	?= sqlite

PKGS	:= libmicrohttpd gnutls libmosquitto sqlite3 libpq libcurl openssl libsodium libsystemd libcjson libidn2 libcares
WARN	:= -Wall -Wextra -Werror -Wvla -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 \
	   -Wpointer-arith -Wwrite-strings -Wundef -Wno-unused-parameter
CFLAGS	:= -std=gnu11 -g $(WARN) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ishared -include shared/base/banned.h \
	   -pthread $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS	:= $(shell pkg-config --libs $(PKGS) 2>/dev/null) -pthread -lm

# Variants. Each has a folder of its own under build/. The fuzz targets are linked from asan's.
FLAGS_debug   := -O1 -Wframe-larger-than=8192 -fstack-protector-strong
FLAGS_release := -O2 -Wframe-larger-than=8192 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
FLAGS_clang   := -O1 -Wframe-larger-than=8192
FLAGS_asan    := -DSANITIZED -O1 -gline-tables-only -fsanitize=address,undefined -fno-sanitize-recover=all \
		 -fno-omit-frame-pointer
FLAGS_tsan    := -DSANITIZED -O1 -gline-tables-only -fsanitize=thread -fno-omit-frame-pointer
# Tests need the checks, not the speed: they compile in a third of the time. So do hub and agent,
# which wait for databases. What fuzz targets search, by the headers they include, is watched by it.
TESTS_asan    := -O0
TESTS_tsan    := -O0
SEARCHED_asan := -O1 -fsanitize=fuzzer-no-link
FUZZ_HEADERS := $(filter-out base/%,$(shell cat tests/fuzz/*/*_fuzz.c | sed -n 's/^\#include "\(.*\)\.h"/\1/p'))
SEARCHED := $(patsubst %.c,$(B)/%.o,$(wildcard $(addprefix shared/,text/*.c wire/*.c mail/*.c pace/*.c box/*.c) \
	    hub/content/*.c $(foreach d,shared hub agent,$(FUZZ_HEADERS:%=$(d)/%*.c))))
LINK_release  := -pie -Wl,-z,relro,-z,now
LINK_clang    := -fuse-ld=lld
LINK_asan     := -fsanitize=address,undefined -fuse-ld=lld
LINK_tsan     := -fsanitize=thread -fuse-ld=lld
ifneq ($(filter clang asan tsan,$(BUILD)),)
CC := $(CLANG)
endif
CFLAGS	+= $(FLAGS_$(BUILD))
LDFLAGS	+= $(LINK_$(BUILD))
# Taken here: a target adds to CFLAGS for what it needs too, and these must not depend on who asks.
ALL_FLAGS := $(CC) $(CFLAGS) $(TESTS_$(BUILD)) $(SEARCHED_$(BUILD)) $(if $(SEARCHED_$(BUILD)),$(SEARCHED)) $(LDFLAGS)

src	= $(shell find $(1) -name '*.c' ! -name main.c 2>/dev/null | sort)
objs	= $(patsubst %.c,$(B)/%.o,$(1))

LIBSRC	:= $(filter-out shared/tool/% shared/box/child/%,$(call src,shared))
LIB	:= $(call objs,$(LIBSRC)) $(B)/gen/pace_data.o
TMPL	:= $(shell find hub -name '*.tmpl' | sort)
PO	:= $(shell find hub/assets/words -name '*.po' 2>/dev/null | sort)
SCHEMA	:= $(shell find hub/schema agent/schema -name '*.sql' 2>/dev/null | sort)
HUB	:= $(call objs,$(call src,hub)) $(TMPL:%.tmpl=$(B)/%.tmpl.o) \
	   $(B)/gen/assets.o $(B)/gen/words.o $(B)/gen/hub_schema.o
AGENT	:= $(call objs,$(call src,agent)) $(B)/gen/agent_schema.o
# The child that takes strangers' mails apart has as little as it can: no database, no network.
CAGED	:= $(call objs,$(call src,shared/box/child)) \
	   $(call objs,$(wildcard shared/base/*.c) shared/text/json.c shared/mail/auto_reply.c shared/mail/report.c shared/box/mail.c)
CAGED_LIBS := $(shell pkg-config --libs gmime-3.0 libcjson libsodium 2>/dev/null)
KIT	:= $(B)/tests/kit.o $(B)/tests/crew.o $(B)/tests/nsd.o $(B)/tests/garble.o
WORLD	:= $(call objs,$(call src,tests/world))
DOUBLE	:= $(call objs,$(call src,tests/double))
SINK	:= $(call objs,$(call src,tests/sink))

PROGRAMS := $(B)/penguin-hub $(B)/penguin-agent $(B)/penguin-box
UNITS	:= $(B)/unit-shared $(B)/unit-hub $(B)/unit-agent $(B)/unit-world

all: $(PROGRAMS) ## the two programs (BUILD=debug|release|clang|asan|tsan)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# Each tree sees shared/ and itself, so agent/ cannot reach into hub/ at all.
$(B)/hub/%.o $(B)/gen/%.o: CFLAGS += -Ihub -I$(B)/gen $(TESTS_$(BUILD))
$(B)/agent/%.o: CFLAGS += -Iagent $(TESTS_$(BUILD))
$(SEARCHED): CFLAGS += $(SEARCHED_$(BUILD))
$(B)/tests/%.o: CFLAGS += -Itests $(TESTS_$(BUILD))
$(B)/tests/unit/hub/%.o $(B)/tests/fuzz/hub/%.o: CFLAGS += -Ihub -I$(B)/gen
$(B)/tests/unit/agent/%.o $(B)/tests/fuzz/agent/%.o: CFLAGS += -Iagent
$(B)/tests/bench/%.o: CFLAGS += -Ihub -I$(B)/gen

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/%.o: $(B)/%.c $(B)/flags
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/flags: Makefile VERSION FORCE
	@mkdir -p $(@D); echo '$(ALL_FLAGS)' | cmp -s - $@ || echo '$(ALL_FLAGS)' >$@

$(B)/penguin-hub: $(B)/hub/main.o $(HUB) $(LIB)
$(B)/penguin-agent: $(B)/agent/main.o $(AGENT) $(LIB)
$(B)/penguin-box: $(B)/shared/box/child/main.o $(CAGED)
$(B)/penguin-box: LDLIBS := $(CAGED_LIBS)
$(B)/shared/box/child/%.o: CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags gmime-3.0 2>/dev/null))
$(B)/sink: $(B)/tests/sink/main.o $(SINK) $(LIB)
$(B)/drill: $(B)/tests/drill/main.o $(call objs,$(call src,tests/drill)) $(WORLD) $(LIB)
$(B)/demo: $(B)/tests/demo/main.o $(call objs,$(call src,tests/demo)) $(WORLD) $(LIB)
$(B)/bench: $(B)/tests/bench/main.o $(call objs,$(call src,tests/bench)) $(WORLD) $(HUB) $(LIB)
$(B)/flow: $(call objs,$(call src,tests/flow)) $(WORLD) $(DOUBLE) $(KIT) $(LIB)
$(B)/flow: | $(B)/clock.so
$(B)/clock.so: tests/shim/clock.c $(B)/flags
	@gcc -std=gnu11 -O1 -g $(WARN) -D_GNU_SOURCE -shared -fPIC -o $@ $<
$(B)/unit-shared: $(call objs,$(call src,tests/unit/shared)) $(B)/shared/box/child/cage.o $(KIT) $(LIB) \
	| $(addprefix build/tool/,embed po tmplc) $(B)/penguin-box
$(B)/unit-hub: $(call objs,$(call src,tests/unit/hub)) $(DOUBLE) $(KIT) $(B)/tests/quick_hash.o $(HUB) $(LIB)
$(B)/unit-hub: WRAP := -Wl,--wrap=crypto_pwhash_str,--wrap=crypto_pwhash_str_needs_rehash
$(B)/unit-agent: $(call objs,$(call src,tests/unit/agent)) $(KIT) $(AGENT) $(LIB)
$(B)/unit-world: $(call objs,$(call src,tests/unit/world)) $(KIT) $(SINK) $(LIB)
$(PROGRAMS) $(UNITS) $(B)/sink $(B)/demo $(B)/drill $(B)/flow $(B)/bench:
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(WRAP) -o $@ $^ $(LDLIBS) -lcunit

# ---- generated C: templates, catalogues, assets, schema ----
# Build tools are made once, plainly, whatever the variant.
T	:= build/tool
$(T)/%: shared/tool/%.c shared/base/arena.c shared/base/out.c shared/base/str.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g $(WARN) -D_GNU_SOURCE -Ishared -o $@ $^
$(B)/%.tmpl.c: %.tmpl $(T)/tmplc
	@mkdir -p $(@D)
	$(T)/tmplc $< >$@.tmp && mv $@.tmp $@
$(B)/gen/words.c: $(PO) build/en-XA.po $(T)/po
	@mkdir -p $(@D)
	$(T)/po $(PO) build/en-XA.po >$@.tmp && mv $@.tmp $@
# All texts people see, and the same accented and 40 % longer, to test layouts with.
WORDS	:= $(shell find hub shared -name '*.c' ! -path 'shared/tool/*' -o -name '*.tmpl' | LC_ALL=C sort)
build/en-XA.po: $(WORDS) $(T)/pot
	@$(T)/pot --pseudo $(WORDS) >$@.tmp && mv $@.tmp $@
build/hub.pot: $(WORDS) $(T)/pot
	@$(T)/pot $(WORDS) >$@.tmp && mv $@.tmp $@
words: build/hub.pot ## build/hub.pot: all texts, for translators (hub/assets/words/LANG.po)
$(B)/gen/assets.c: build/assets/stamp $(T)/embed
	@mkdir -p $(@D)
	$(T)/embed assets $$(find build/assets -type f ! -name stamp | sort) >$@.tmp && mv $@.tmp $@
# A file that was renamed or is gone is missed by none.
$(B)/schema.list: FORCE
	@mkdir -p $(@D); echo '$(SCHEMA)' | cmp -s - $@ || echo '$(SCHEMA)' >$@
$(B)/gen/hub_schema.c: $(filter hub/%,$(SCHEMA)) $(B)/schema.list $(T)/embed
	@mkdir -p $(@D)
	$(T)/embed hub_schema $(filter hub/%,$(SCHEMA)) >$@.tmp && mv $@.tmp $@
$(B)/gen/agent_schema.c: $(filter agent/%,$(SCHEMA)) $(B)/schema.list $(T)/embed
	@mkdir -p $(@D)
	$(T)/embed agent_schema $(filter agent/%,$(SCHEMA)) >$@.tmp && mv $@.tmp $@
$(B)/gen/pace_data.c: $(wildcard shared/pace/data/*) $(T)/embed
	@mkdir -p $(@D)
	$(T)/embed pace_files $(wildcard shared/pace/data/*) >$@.tmp && mv $@.tmp $@
# Styles, scripts, icons and fonts from npm packages, bundled once (hub/assets/build.mjs).
build/assets/stamp: $(shell find hub/assets -type f ! -path '*/node_modules/*' ! -name '*.po' 2>/dev/null)
	cd hub/assets && npm ci --silent --no-audit --no-fund && node build.mjs ../../build/assets
	@touch $@

# ---- tests ----
deps: ## install what is missing (Debian packages, npm); root or sudo
	@image/deps.sh
	@[ "$$(id -u)" -ne 0 ] || tests/mailu/images/base.sh build/mailu/base.tar
quick: check-fast unit ## unit tests, layers, sizes, format: under a minute
quick-land: unit $(if $(wildcard hub/main.c),$(B)/penguin-hub) $(if $(wildcard agent/main.c),$(B)/penguin-agent)
UNIT_HAVE := $(foreach t,shared hub agent world,$(if $(wildcard tests/unit/$(t)/*.c),$(B)/unit-$(t)))
unit: $(UNIT_HAVE)
	@JOBS=$${JOBS:-2} tests/run.sh $^
test-build: all $(UNIT_HAVE) $(B)/bench $(B)/flow $(B)/sink $(B)/demo $(B)/mailu-test $(B)/mailu-double
# What runs under the sanitizers, and the fuzz targets.
sanitizer-build: all $(UNIT_HAVE) $(B)/flow $(B)/sink fuzz-build
test: ## installs what it lacks, then everything; ends with "N passed, N failed"
	@image/deps.sh
	@tests/all.sh
rehearse: all ## thirty days of the standard warm-up plan before simulated providers
	@$(B)/penguin-hub rehearse $(REHEARSE)
mutants: ## breaks the warm-up engine in many places and shows that a test notices each
	@tests/mutants/run.sh tests/mutants/pace
demo-build: all $(B)/demo $(B)/sink
demo: ## the whole path on loopback; ONCE=1 ends by itself
	@tests/demo/demo.sh
drill: all $(B)/drill $(B)/sink ## kill -9 everything in the middle of 5,000 mails; DB=sqlite|postgres
	@DB=$(DB) $(B)/drill $(DRILL)
boot: all man $(B)/sink ## boots a machine with systemd and follows docs/operations.md there (root)
	@tests/boot/run.sh $(B)
bench-build: all $(B)/bench mailu-build
bench: ## speed and memory beside the machine's own limits; BENCH='events http' chooses
	@$(MAKE) -s BUILD=release bench-build
	@build/release/bench $(BENCH)
	@[ -n "$(BENCH)" ] || tests/mailu/bench.sh build/release
flow: all $(B)/flow $(B)/sink ## flow tests on DB=sqlite|postgres
	@DB=$(DB) tests/run.sh $(B)/flow
fences: ## takes each fence of tests/fences/list out: the test that holds it must fail; FENCES="NAME…"
	@tests/fences/run.sh $(FENCES)
browser: all $(B)/demo $(B)/sink ## browser tests in Chromium; pictures in build/browser
	@PICTURES=1 tests/browser/run.sh
fuzz: ## each fuzz target for FUZZ_SECONDS (10), two at a time
	@$(MAKE) BUILD=asan fuzz-run
FUZZ_SRC := $(shell find tests/fuzz -name '*_fuzz.c' 2>/dev/null | sort)
FUZZERS	 := $(FUZZ_SRC:tests/fuzz/%_fuzz.c=$(B)/fuzz-%)
fuzz-build: $(FUZZERS)
fuzz-run: fuzz-build
	@tests/fuzz/run.sh $(FUZZERS)
# From archives, so that a target has only what it calls: to link, and to be watched by its search.
$(B)/hub.a: $(HUB)
$(B)/agent.a: $(AGENT)
$(B)/shared.a: $(LIB)
$(B)/%.a:
	@rm -f $@ && ar rcT $@ $^
$(B)/fuzz-hub/%: $(B)/tests/fuzz/hub/%_fuzz.o $(B)/hub.a $(B)/shared.a
	$(LINK_FUZZ)
$(B)/fuzz-shared/%: $(B)/tests/fuzz/shared/%_fuzz.o $(B)/shared.a
	$(LINK_FUZZ)
$(B)/fuzz-agent/%: $(B)/tests/fuzz/agent/%_fuzz.o $(B)/agent.a $(B)/shared.a
	$(LINK_FUZZ)
$(B)/tests/fuzz/box/%.o: CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags gmime-3.0 2>/dev/null))
$(B)/fuzz-box/%: $(B)/tests/fuzz/box/%_fuzz.o $(CAGED)
	$(LINK_FUZZ)
$(B)/fuzz-box/%: LDLIBS = $(CAGED_LIBS)
define LINK_FUZZ
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
endef

check-fast: ## layers, sizes, format
	@tests/check/layers.sh && tests/check/sizes.sh && tests/check/scopes.sh && tests/check/schema.sh && tests/check/format.sh && tests/check/words.sh
check: check-fast ## also cppcheck, clang-tidy, shellcheck
	@tests/check/lint.sh
	@$(MAKE) -s BUILD=clang clang-rest
# What no sanitizer's build compiles must please clang too.
clang-rest:
	@$(CC) $(CFLAGS) -Itests -Ihub -Ibuild/debug/gen -fsyntax-only $(wildcard tests/bench/*.c)
	@$(CC) $(CFLAGS) -Itests -Iagent -fsyntax-only $(wildcard tests/demo/*.c tests/drill/*.c tests/mailu/*/*.c)
fmt: ## format all C
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i
install: ## into DESTDIR and PREFIX: programs, man pages, units, samples
	@$(MAKE) BUILD=release all man
	@image/install.sh build/release "$(DESTDIR)" "$(PREFIX)"
man: all
	@image/man.sh $(B) build/man
clean:
	rm -rf build

include tests/mailu/mailu.mk
.PHONY: rehearse bench bench-build boot words all help deps quick unit test test-build sanitizer-build clang-rest demo demo-build flow fences mutants browser fuzz fuzz-build fuzz-run check check-fast fmt install man clean FORCE
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
