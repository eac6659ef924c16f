# Twinwire.  `make demo` to look at it, `make test` to trust it, `make` to build.
#
# A new program is a new folder services/NAME with a main.c, a new module a new
# file, a new test a new tests/*/test_*; none of them needs an edit here.
#
#   SAN=address,undefined | thread   another build folder, with sanitizers
#   FAULTS=1                         another one, with crash points (base/crash.h)
#   V=1                              full commands      WERROR=1   as in CI

comma   := ,
CC      ?= cc
PREFIX  ?= /usr/local
B       := build/$(if $(SAN),$(subst $(comma),-,$(SAN)),plain)$(if $(FAULTS),-faults)$(if $(filter-out cc gcc,$(CC)),-$(notdir $(CC)))
quiet   := $(if $(V),,@)

# clang before 16 has it only under a longer name.
zero-init := $(shell $(CC) -ftrivial-auto-var-init=zero -E -x c /dev/null \
	>/dev/null 2>&1 && echo -ftrivial-auto-var-init=zero)
cflags  := -std=c17 -D_GNU_SOURCE -DHASH_FUNCTION=HASH_FNV \
	-Iservices/lib -Iservices -O2 -g -MMD -MP \
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wundef \
	-Wvla -Wstrict-prototypes -Wmissing-prototypes -Wimplicit-fallthrough \
	-Werror=implicit -Werror=incompatible-pointer-types \
	-Werror=int-conversion -Werror=format-security $(if $(WERROR),-Werror) \
	$(if $(FAULTS),-DTW_FAULTS) \
	-fPIE -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection=full $(zero-init) \
	-fno-delete-null-pointer-checks -fno-strict-overflow \
	-fno-strict-aliasing \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
ldflags := -pie -Wl,-z,noexecstack,-z,relro,-z,now,-z,nodlopen \
	-Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN))
libs    := -lrdkafka -lavro -lcurl -ljq -lyaml -lseccomp -lsqlite3 -lmicrohttpd -lz \
	-lcrypto -licalss -lical -lpthread -lm

objs     = $(patsubst %.c,$B/%.o,$(wildcard $(1)))
program  = $B/twinwire$(if $(filter-out cli,$1),-$1)
folders := $(patsubst services/%/main.c,%,$(wildcard services/*/main.c))
programs:= $(foreach f,$(folders),$(call program,$f))
lib     := $B/libtwinwire.a
units   := $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
fuzzers := $(patsubst %.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(programs)

$(foreach f,$(folders),$(eval $(call program,$f): $(call objs,services/$f/*.c) $(lib)))
$(programs):
	@echo "  LINK  $@"
	$(quiet)$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs)

# q, not r: two layers may have a file of the same name.
$(lib): $(call objs,services/lib/*/*.c)
	@echo "  AR    $@"
	$(quiet)rm -f $@ && $(AR) qcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D); echo "  CC    $<"
	$(quiet)$(CC) $(cflags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The schemas, each ended by a zero byte, become part of the library.
$B/schemas.bin: $(wildcard schemas/*.avsc)
	@mkdir -p $(@D); echo "  CAT   $@"
	$(quiet)for f in $(sort $^); do cat $$f && printf '\0'; done >$@
$B/services/lib/event/schema_files.o: $B/schemas.bin
$B/services/lib/event/schema_files.o: cflags += -Wa,-I$B

# The portal's files and catalogues, each after its name, become part of it.
portal_files := $(wildcard services/portal/static/* services/portal/i18n/*.yaml)
$B/portal.bin: $(portal_files) services/portal/static services/portal/i18n
	@mkdir -p $(@D); echo "  CAT   $@"
	$(quiet)for f in $(sort $(portal_files)); do printf '%s\0' "$${f##*/}" && \
		cat $$f && printf '\0'; done >$@
$B/services/portal/assets.o: $B/portal.bin
$B/services/portal/assets.o: cflags += -Wa,-I$B

# A unit test of a program's module names the objects it needs in its first
# lines: `/* links: services/connector/core.c */`.
links = $(patsubst %.c,$B/%.o,$(shell sed -n 's|^/\* links: \(.*\) \*/|\1|p' $(1)))
.SECONDEXPANSION:
$(units): $B/%: $B/%.o $$(call links,%.c) $(lib)
	@echo "  LINK  $@"
	$(quiet)$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ -lcmocka $(libs)

# Fuzz targets: with clang a libFuzzer program, with gcc one that replays files.
$(fuzzers): $B/%: $B/%.o $(if $(FUZZ),,$B/tests/fuzz/replay.o) $(lib)
	$(quiet)$(CC) $(ldflags) $(if $(FUZZ),-fsanitize=fuzzer) $(LDFLAGS) -o $@ $^ $(libs)

unit: $(units)
	@for t in $(units); do ./$$t || exit 1; done

lint:
	@for l in tests/lint/*.sh; do sh $$l || exit 1; done

corpus: $(fuzzers)
	@for f in $(fuzzers); do ./$$f tests/fuzz/corpus/$$(basename $$f) || exit 1; done

check: all unit lint corpus sim

# Threads of ours: the watchdog of jq programs and the topic listing; the latter
# lives with librdkafka, whose own threads ThreadSanitizer cannot follow.
sanitize:
	$(MAKE) check SAN=address,undefined
	$(MAKE) build/thread/tests/unit/test_program SAN=thread
	./build/thread/tests/unit/test_program

# Connections, sites, brokers and a reconciler in virtual time, by seeds. Each
# planted bug ends with the first seed that finds it.
SEEDS ?= 1000
sim_bugs  := skip_find offset_first skip_settle compare_clocks ignore_marker \
	every_version trust_pending trust_id purge_early echo half_listing \
	row_before_ack forget_parked no_verify replay_old no_bar \
	trust_stop easy_stop trust_404 lost_output
sim_parts := $(addprefix services/connector/,core.c intake.c advance.c \
	outcome.c ledger.c decide.c lane.c gate.c window.c position.c poll.c) \
	$(addprefix services/reconciler/,merge.c merge_outputs.c notice.c \
	partnership.c aliases.c)
simulator := $B/tests/sim/sim
$(simulator): $(call objs,tests/sim/*.c) $(sim_parts:%.c=$B/%.o) $(lib)
	@echo "  LINK  $@"
	$(quiet)$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs)
sim: $(simulator)
	@for b in $(sim_bugs); do \
		$(simulator) -n 3000 -b $$b || exit 1; done
	@$(simulator) -n $(SEEDS) -j 2

# Long: every target for FUZZ_S seconds from its corpus.
FUZZ_S ?= 60
fuzz:
	$(MAKE) FUZZ=1 CC=clang SAN=address,undefined,fuzzer-no-link fuzz-run
fuzz-run: $(fuzzers)
	@for f in $(fuzzers); do n=$$(basename $$f); mkdir -p build/fuzz/$$n; \
		./$$f -max_total_time=$(FUZZ_S) build/fuzz/$$n tests/fuzz/corpus/$$n || exit 1; done

# Figures and plots of what the project itself does, see tests/README.md.
# ONLY=REGEX measures some of the rows; PEERS="rpconnect node" builds others and
# gives them the same.
target := $B/tests/bench/target
$(target): $(call objs,tests/bench/*.c) $(lib)
	@echo "  LINK  $@"
	$(quiet)$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs)
bench: all $(target)
	@bash tests/bench/run.sh $(if $(ONLY),--only '$(ONLY)') $(PEERS)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

tidy:
	clang-tidy --quiet $$(git ls-files 'services/*.c') -- $(filter-out -MMD -MP,$(cflags))

packages:
	@sh deploy/packages.sh build

test:
	@bash tests/run.sh

# What the portal looks like: services/portal/screenshots; two stand in README.
screenshots: all
	@sh deploy/packages.sh test
	@bash -c '. tests/tools.sh; python_env'
	TWINWIRE_BUILD=$B .venv/bin/python -m pytest -q tests/portal/screenshots.py

# Long: kills, outages, lost disks and hostile peers on real processes.
faults:
	@bash tests/run.sh --faults

# docker-compose.yml on a Docker Engine of its own; root needed.
test-deploy:
	@bash tests/run.sh --deploy

# Manual pages, completion and METRICS.md, from the tables of the code.
manuals:
	python3 tests/lint/manuals.py --write
	python3 tests/lint/metrics.py --write

debian13:
	@sh tests/debian13.sh

demo:
	@bash deploy/demo/run.sh

# What the programs look for, and what the manual pages speak of.
share   := $(DESTDIR)$(PREFIX)/share/twinwire
man     := $(DESTDIR)$(PREFIX)/share/man
shared  := data/cities.tsv data/demo.jsonl deploy/members.yaml \
	deploy/aliases.tsv services/cli/TABLES.md LICENSE
install: all
	install -d $(share) $(DESTDIR)$(PREFIX)/bin $(man)/man1 $(man)/man5 \
		$(man)/man8 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install $(programs) $(DESTDIR)$(PREFIX)/bin
	cp -R schemas deploy/connectors deploy/kit $(share)
	install -m 644 $(shared) $(share)
	install -m 644 $(wildcard services/*/*.1) $(man)/man1
	install -m 644 $(wildcard deploy/manual/*.5) $(man)/man5
	install -m 644 $(wildcard services/*/*.8) $(man)/man8
	install -m 644 deploy/completion/twinwire \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions

# A Debian package for the Debian that it is built on: build/twinwire_*.deb.
deb: all
	@sh deploy/deb/build.sh

clean:
	rm -rf build

.PHONY: all unit lint corpus check sim sanitize fuzz fuzz-run bench format tidy packages test screenshots faults test-deploy debian13 demo manuals deb install clean
-include $(shell find $B -name '*.d' 2>/dev/null)
