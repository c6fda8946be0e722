# The commands of this project; README.md explains them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export CITIES NODES ENGINE

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	@command -v node >/dev/null || { echo "✖ there is no Node.js on PATH: install version 20.19 or newer" >&2; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: node_modules/.package-lock.json ## bring the three cities up on this machine; CITIES="jakarta bandung"
	@node_modules/.bin/tsx local/cli.ts up

.PHONY: status
status: node_modules/.package-lock.json ## what runs now and how to reach it
	@node_modules/.bin/tsx local/cli.ts status

.PHONY: down
down: node_modules/.package-lock.json ## stop and remove everything that up started
	@node_modules/.bin/tsx local/cli.ts down
