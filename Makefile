# Thin names for the scripts. `make help` lists them.
SHELL  := /bin/sh
BUILD  ?= build
PREFIX ?= /usr/local
CHECK  ?= full
BENCH  ?= full
ARGS   ?=
export JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: all setup build run test check bench lint format proto proto-lint install clean help
.DEFAULT_GOAL := all

all: test ## build and test (the default)

setup: ## install every Debian package and npm peer that is missing
	@scripts/setup

build: ## build the binary and the tests: build/mcp
	@scripts/setup --ensure build
	@scripts/build $(BUILD)

run: ## build, then serve the quickstart: build/mcp serve (ARGS="--listen 127.0.0.1:9090" adds options)
	@scripts/setup --ensure build
	@scripts/build $(BUILD) mcp
	@exec $(BUILD)/mcp serve $(ARGS)

test: ## build, then run every test
	@scripts/setup --ensure test
	@scripts/build $(BUILD)
	@scripts/test $(BUILD)

check: ## the tests under sanitizers, soak, fuzzers (CHECK=quick: unit and dialogue tests, a short soak)
	@scripts/setup --ensure test
	@scripts/check $(CHECK)

bench: ## measure beside peers and web servers (BENCH=quick: two minutes; ARGS=--document writes docs/performance.md)
	@scripts/setup --ensure bench
	@scripts/build $(BUILD) bench_targets
	@BENCH=$(BENCH) tests/bench/run $(BUILD) $(ARGS)

lint: ## formatting, static analysis, shellcheck, syntax of the .mjs files
	@scripts/setup --ensure all
	@scripts/lint

format: ## rewrite the C++ files as .clang-format says
	@scripts/lint --fix

proto: ## generate C++ from proto/ into build/proto
	@scripts/setup --ensure test
	@scripts/proto $(BUILD)/proto

proto-lint: ## check proto/: buf's rules, its format, compatibility with the last release
	@scripts/setup --ensure test
	@scripts/proto --lint

install: ## put the binary, completions and manual pages under PREFIX (default /usr/local)
	@scripts/setup --ensure build
	@scripts/build $(BUILD) mcp
	@scripts/install $(BUILD) $(PREFIX)

clean: ## remove the build folders
	rm -rf build build-asan build-tsan build-lint build-fuzz

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
