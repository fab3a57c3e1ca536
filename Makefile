# Martlet: make run, make test; make help shows the rest.
PREFIX ?= /usr/local
SWIFT ?= swift
RELEASE := .build/release

.PHONY: help packages build run test lint release bench install clean sanitize

help: ## Show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 22

packages: ## Install the Debian packages that building and testing need
	@sh Packaging/packages

build: packages ## Build everything for debugging
	$(SWIFT) build --build-tests

test: build ## Install what is missing, build, and run every test
	$(SWIFT) test

lint: ## Check the format of all Swift code
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

release: packages ## Build the release
	$(SWIFT) build -c release --static-swift-stdlib

run: packages ## Install what is missing, build the release, and start a router
	$(SWIFT) build -c release --static-swift-stdlib --product martletd
	$(RELEASE)/martletd

install: release ## Install the programs below PREFIX
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin
	install $(RELEASE)/martletd $(DESTDIR)$(PREFIX)/sbin
	install $(RELEASE)/martlet $(DESTDIR)$(PREFIX)/bin

clean: ## Remove all that was built
	rm -rf .build Benchmarks/.work

bench: packages ## Measure the router beside the null forwarder
	@Benchmarks/run
