# Martlet: make run, make test; make help shows the rest.
PREFIX ?= /usr/local
SWIFT ?= swift
RELEASE := .build/release
ROOT = $(DESTDIR)$(PREFIX)

.PHONY: docs help packages build run test test-brokers test-browser lint release bench install replace clean sanitize \
	simulate fuzz

help: ## Show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

packages: ## Install the Debian packages that building and testing need
	@sh Packaging/packages

build: packages ## Build everything for debugging
	$(SWIFT) build --build-tests

test: build ## Install what is missing, build, and run every test
	$(SWIFT) build -c release --static-swift-stdlib --product martletd
	SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT) test
	/usr/bin/python3 Tests/Wire/run

test-brokers: packages ## Install a broker, build the release, and test them together
	@sh Packaging/packages rabbitmq-server
	$(SWIFT) build -c release --static-swift-stdlib --product martletd
	MARTLETD=$(CURDIR)/$(RELEASE)/martletd Tests/Brokers/run

test-browser: packages ## Install a browser, and let its pages speak AMQP with the router
	@sh Packaging/packages chromium
	$(SWIFT) build --product martletd
	Tests/Browser/run

lint: ## Check the format of all Swift code
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

release: packages ## Build the release
	$(SWIFT) build -c release --static-swift-stdlib

run: packages ## Install what is missing, build the release, and start a router
	$(SWIFT) build -c release --static-swift-stdlib --product martletd
	$(RELEASE)/martletd

install: release ## Install below PREFIX: programs, manual pages, completions
	install -d $(ROOT)/sbin $(ROOT)/bin $(ROOT)/share/man/man1 $(ROOT)/share/man/man8 \
		$(ROOT)/share/bash-completion/completions $(ROOT)/share/zsh/site-functions
	install $(RELEASE)/martletd $(ROOT)/sbin
	install $(RELEASE)/martlet $(ROOT)/bin
	$(RELEASE)/martlet manual martlet >$(ROOT)/share/man/man1/martlet.1
	$(RELEASE)/martlet manual martletd >$(ROOT)/share/man/man8/martletd.8
	$(RELEASE)/martlet completion bash >$(ROOT)/share/bash-completion/completions/martlet
	$(RELEASE)/martlet completion zsh >$(ROOT)/share/zsh/site-functions/_martlet

replace: install ## Install, and answer to the old names too: qdrouterd, qdmanage, qdstat
	ln -sf martletd $(ROOT)/sbin/qdrouterd
	ln -sf martletd.8 $(ROOT)/share/man/man8/qdrouterd.8
	for name in qdmanage qdstat; do \
		ln -sf martlet $(ROOT)/bin/$$name; \
		ln -sf martlet.1 $(ROOT)/share/man/man1/$$name.1; \
		ln -sf martlet $(ROOT)/share/bash-completion/completions/$$name; \
	done

docs: ## Write docs/configuration.md anew, after a change of the schema
	$(SWIFT) run -q martlet-reference >.build/configuration.md
	mv .build/configuration.md docs/configuration.md

clean: ## Remove all that was built
	rm -rf .build Benchmarks/.work

bench: packages ## Measure the router beside the null forwarder
	@Benchmarks/run

SECONDS ?= 60
simulate: ## Plague simulated meshes, or whole routers (OPTIONS=--plane); SECONDS=…, SEED=…
	$(SWIFT) build -c release --product martlet-simulate
	SWIFT_DETERMINISTIC_HASHING=1 $(RELEASE)/martlet-simulate --seconds $(SECONDS) $(if $(SEED),--seed $(SEED) --count 1) $(OPTIONS)

fuzz: packages ## Draw what strangers may say, under AddressSanitizer; SECONDS=…, SANITIZER=thread or none
	@SWIFT="$(SWIFT)" Tests/fuzz $(SECONDS)

sanitize: packages ## Run every test under ThreadSanitizer, then under AddressSanitizer: half an hour
	@SWIFT="$(SWIFT)" Tests/sanitize
