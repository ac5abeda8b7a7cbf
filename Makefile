# Two commands matter: `make run` and `make test`. Both install what they need first.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help run trial dev test fuzz fmt clean release setup bench scale

# Settings come from the environment, as .env.example lists them: TOLLGATE_ADDR=127.0.0.1:8080 make run
run: setup ## Build the portal and start it on http://127.0.0.1:3000
	@. scripts/lib.sh; cargo leptos build; target/debug/tollgate demo --product; TOLLGATE_DEV_OUTBOX=$${TOLLGATE_DEV_OUTBOX:-1} exec target/debug/tollgate serve

trial: setup ## The portal beside a fake Stripe, to try payments with (docs/billing.md)
	@. scripts/lib.sh; cargo leptos build; cargo build --features ssr --example fake_stripe; \
	target/debug/examples/fake_stripe --webhook "http://$${TOLLGATE_ADDR:-127.0.0.1:3000}/webhooks/stripe" & trap "kill $$!" EXIT; \
	TOLLGATE_DEV_OUTBOX=$${TOLLGATE_DEV_OUTBOX:-1} STRIPE_SECRET_KEY=sk_test_fake STRIPE_WEBHOOK_SECRET=whsec_fake STRIPE_API_BASE=http://127.0.0.1:12111 target/debug/tollgate serve

dev: setup ## The same, rebuilt and reloaded at every change
	@. scripts/lib.sh; TOLLGATE_DEV_OUTBOX=$${TOLLGATE_DEV_OUTBOX:-1} exec cargo leptos watch

test: ## Formatting, lints, all tests on both back ends, journeys in a browser (AREA=webhooks: the tests of one area)
	@scripts/test

fuzz: setup ## Try random documents and values on crates/openapi for a long time (CASES=100000 per test)
	@. scripts/lib.sh; PROPTEST_CASES=$${CASES:-100000} CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true \
	cargo test --release -p tollgate-openapi --lib -- fuzz:: oracle random_schemas

fmt: ## Format the code
	cargo fmt --all

bench: setup ## Measure the cost of a call beside a bare server
	@. scripts/lib.sh; cargo bench --features ssr

scale: setup ## Fill ./data-large with 100,000 organisations, to look at pages and jobs at size (ORGS=…, INTO=folder or postgres://…)
	@. scripts/lib.sh; cargo bench --features ssr --bench scale -- "$${INTO:-data-large}" "$${ORGS:-100000}"

release: setup ## Optimised build: target/release/tollgate with hash.txt, target/site, Leptos.toml
	@. scripts/lib.sh; cargo leptos build --release --precompress

setup: ## Install the build tools (done by the others as well)
	@scripts/setup

clean: ## Remove all that was built; keeps ./data and the tools
	rm -rf target end2end/artefacts {style,end2end}/node_modules

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
