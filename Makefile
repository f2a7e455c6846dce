# Every target builds in the dev profile into the one target folder.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.tools/bin:$(PATH)

# The schemas that are ours; proto/third_party is kept as its owners wrote it.
OUR_PROTO := --path almanac

.PHONY: help
help: ## Show this list
	@awk -F ' *## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Load real figures and make a cited report of them (SERVE=1 goes on serving)
	cargo build --locked -p almanac
	SERVE="$(SERVE)" services/almanac/demo/run.sh

.PHONY: test
test: tools ## Run every test, on SQLite and on PostgreSQL
	cargo test --workspace --locked

.PHONY: build
build: ## Build all that the tests run, without running it
	cargo test --workspace --locked --no-run

.PHONY: check
check: tools ## Check format, schemas, licences, lints and documentation
	cargo fmt --all --check
	cd proto && buf build
	cd proto && buf lint
	cd proto && buf format -d --exit-code $(OUR_PROTO)
	cargo deny --locked check --hide-inclusion-graph bans licenses sources
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

.PHONY: proto-format
proto-format: tools ## Rewrite our schemas in the standard format
	cd proto && buf format -w $(OUR_PROTO)

.PHONY: tools
tools: ## Install the pinned helper programs into .tools
	@./tools.sh

.PHONY: clean
clean: ## Delete what was built, the helper programs included
	cargo clean
	rm -rf .tools
