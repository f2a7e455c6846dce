# Every target builds in the dev profile into the one target folder.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.tools/bin:$(PATH)

# The schemas that are ours; proto/third_party is kept as its owners wrote it.
OUR_PROTO := --path almanac

# The contract as it was last released: what clients were generated from.
RELEASED := released.binpb
# By way of an image: a workspace of two modules cannot be compared with one.
COMPATIBLE := buf build -o ../.tools/contract.binpb && buf breaking ../.tools/contract.binpb --against $(RELEASED)

.PHONY: help
help: ## Show this list
	@awk -F ' *## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Import real figures and make a cited report of them (SERVE=1 goes on serving)
	cargo build --locked -p almanac
	SERVE="$(SERVE)" services/almanac/demo/run.sh

.PHONY: test
test: cargo-test ## Run every test, on SQLite and on PostgreSQL, and those of the clients
	ALMANAC_BIN=$(CURDIR)/target/debug/almanac $(MAKE) --no-print-directory clients-test

.PHONY: cargo-test
cargo-test: tools
	cargo test --workspace --locked

.PHONY: clients
clients: tools ## Generate and package the clients: Python, Go, TypeScript, Java
	proto/clients/check.sh build

# ALMANAC_BIN names a binary that is built already, against which the clients are tested.
.PHONY: clients-test
clients-test: tools ## Check the clients and test them against the server
	[[ -n "$${ALMANAC_BIN:-}" ]] || cargo build --locked -p almanac
	ALMANAC_BIN=$${ALMANAC_BIN:-$(CURDIR)/target/debug/almanac} proto/clients/check.sh test

.PHONY: build
build: ## Build all that the tests run, without running it
	cargo test --workspace --locked --no-run

.PHONY: bench
bench: tools ## Measure it beside what it is built from (OBSERVATIONS=100000 ONLY=sqlite,read ROUNDS=5)
	cargo bench --locked -p almanac --bench bench

.PHONY: check
check: tools ## Check format, schemas, licences, lints and documentation
	cargo fmt --all --check
	cd proto && buf build
	cd proto && buf lint
	cd proto && buf format -d --exit-code $(OUR_PROTO)
	cd proto && $(COMPATIBLE)
	cargo deny --locked check --hide-inclusion-graph bans licenses sources
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Compared with the release before it first, so that a release cannot hide a break.
.PHONY: release-contract
release-contract: tools ## Release the contract as it stands: later changes must stay compatible
	cd proto && if [[ -f $(RELEASED) ]]; then $(COMPATIBLE); fi
	cd proto && buf build --exclude-source-info -o $(RELEASED)

# ALMANAC names a binary that is built already, against which the settings are checked.
.PHONY: chart
chart: deploy-tools ## Check the chart, the plain manifests, the compose file and the Dockerfile
	[[ -n "$${ALMANAC:-}" ]] || cargo build --locked -p almanac
	PYTHONDONTWRITEBYTECODE=1 .tools/deploy/venv/bin/python deploy/check/chart.py

.PHONY: manifests
manifests: deploy-tools ## Render the plain manifests and the chart's table of values anew
	PYTHONDONTWRITEBYTECODE=1 .tools/deploy/venv/bin/python deploy/check/chart.py --write

.PHONY: image
image: ## Build the container image, with docker, podman or buildah
	deploy/build-image.sh

.PHONY: try-image
try-image: deploy-tools ## Run the built binary as the image and the chart do (needs root, docker and PostgreSQL)
	cargo build --locked -p almanac
	deploy/try-image.sh target/debug/almanac

.PHONY: deploy-tools
deploy-tools:
	@deploy/tools.sh

.PHONY: service-config
service-config: ## Write the service config, which says what clients may retry, from the contract
	WRITE_SERVICE_CONFIG=1 cargo test --locked -p almanac --bin almanac service_config

.PHONY: proto-format
proto-format: tools ## Rewrite our schemas in the standard format
	cd proto && buf format -w $(OUR_PROTO)

.PHONY: tools
tools: ## Install the pinned helper programs into .tools
	@./tools.sh

.PHONY: clean
clean: ## Delete what was built, the helper programs included
	cargo clean
	rm -rf .tools proto/clients/python/dist proto/clients/go/almanac proto/clients/java/target
	rm -rf proto/clients/typescript/{build,dist,node_modules,src/gen}
