# pgkeep: plain `make` needs only the libraries and leaves build/pgkeep.
#
#   make              build/pgkeep and its man page
#   make test         everything (scripts/test); `make test-unit` needs no Docker
#   make SANITIZE=1 BUILD=build/asan
#                     address and undefined-behaviour sanitizers, in a folder of their own
#   make fuzz         libFuzzer programs in build/fuzz (clang); scripts/fuzz runs them
#   make lint bench install clean

BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
VERSION := $(shell cat VERSION)

PACKAGES := libcurl jansson zlib libpq libssl libcrypto libzstd liblz4 inih
PKG_CONFIG ?= pkg-config
ifneq ($(filter-out clean format test lint,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell $(PKG_CONFIG) --exists $(PACKAGES) 2> /dev/null && echo there),there)
$(error a library is missing ($(strip $(foreach package,$(PACKAGES),$(shell \
    $(PKG_CONFIG) --exists $(package) 2> /dev/null || echo $(package)))), as pkg-config calls them): \
    scripts/install-deps build installs them on Debian)
endif
endif

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
           -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wcast-qual -Wno-unused-parameter
ifdef WERROR
WARN    += -Werror
endif
# What only the tests may do (orchestrator/proof/sabotage.h): never in a program that ships.
ifdef TEST_HOOKS
HOOKS   := -DPGKEEP_TEST_HOOKS
endif
ifdef FUZZER
# What main is linked with comes from libFuzzer; the library is only told to count its branches.
HARDEN  := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
           -fno-omit-frame-pointer
else ifdef SANITIZE
HARDEN  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
HARDEN  := -fstack-protector-strong -D_FORTIFY_SOURCE=2
endif

ALL_CPPFLAGS := -I. -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DPGKEEP_VERSION='"$(VERSION)"' \
                $(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(HOOKS) $(CPPFLAGS)
ALL_CFLAGS   := -std=gnu17 $(WARN) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  := $(HARDEN) -Wl,--as-needed $(LDFLAGS)
LIBS         := $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lpthread

LIB_SOURCES  := $(sort $(wildcard base/*.c docker-api/*.c orchestrator/*/*.c))
LIB_OBJECTS  := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
LIBRARY      := $(BUILD)/libpgkeep.a
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
UNIT_BINS    := $(UNIT_SOURCES:%.c=$(BUILD)/%) $(BUILD)/tests/faults/test_draft_faults
# Makes the n-th system call of a program fail, or kills it there (LD_PRELOAD).
FAULT_SHIM   := $(BUILD)/tests/faults/shim.so
# Each target twice: for libFuzzer, and to feed it the files of tests/fuzz/corpus.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_BINS    := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%)
REPLAY_BINS  := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/replay_%)

.PHONY: all install test test-unit unit-binaries replay-binaries fuzz fuzz-binaries lint bench \
        clean format
.SECONDARY:
all: $(BUILD)/pgkeep $(BUILD)/pgkeep.1

$(BUILD)/pgkeep: $(BUILD)/orchestrator/main.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The man page comes from the same table as --help.
$(BUILD)/pgkeep.1: $(BUILD)/pgkeep
	$(BUILD)/pgkeep help --man >$@.new && mv $@.new $@

$(LIBRARY): $(LIB_OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/%.o: %.c VERSION
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) -lcmocka $(LIBS)

$(BUILD)/tests/faults/test_draft_faults: tests/faults/test_draft_faults.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) -lcmocka $(LIBS)

# Never with sanitizers: it is loaded into programs that bring their own.
$(FAULT_SHIM): tests/faults/shim.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE $(WARN) -O2 -shared -fPIC -o $@ $< -ldl

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Only where FUZZER is set.
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

unit-binaries: $(UNIT_BINS) $(FAULT_SHIM)

replay-binaries: $(REPLAY_BINS)

fuzz-binaries: $(FUZZ_BINS)

fuzz:
	$(MAKE) --no-print-directory CC=clang FUZZER=1 BUILD=build/fuzz fuzz-binaries

test-unit: unit-binaries
	@for t in $(UNIT_BINS); do echo "== $$t"; $$t || exit 1; done

test:
	./scripts/test

lint:
	./scripts/lint

bench: $(BUILD)/pgkeep
	./scripts/bench

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

install: all
	install -D -m 0755 $(BUILD)/pgkeep $(DESTDIR)$(PREFIX)/bin/pgkeep
	install -D -m 0644 $(BUILD)/pgkeep.1 $(DESTDIR)$(PREFIX)/share/man/man1/pgkeep.1

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJECTS:.o=.d) $(BUILD)/orchestrator/main.d $(UNIT_BINS:=.d) \
         $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%.d) $(BUILD)/tests/fuzz/replay.d
