# The commands of this project; README.md explains them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export CITIES NODES ENGINE STACK OUT TARGET LOCKED SCENARIO N QUOTAS
# What the commands that break things are told; a variable of the environment must not.
faults = $(if $(filter command line,$(origin $(1))),--$(2)='$($(1))')

bin := node_modules/.bin
installed := node_modules/.package-lock.json
sources := index.ts $(shell find stacks components policy local images/builder -name '*.ts')
# One file that starts in a third of the time that it takes to compile two hundred at every start.
bundle := $(bin)/esbuild --bundle --platform=node --target=node20 '--external:@pulumi/*' '--external:@cyclonedx/*' '--external:@grpc/*' --external:google-protobuf --external:esbuild --log-level=warning
cli := .local/cli.cjs
local := node $(cli)
# As the engine would start it from its sources, but in a third of the time.
pack := .local/policy.cjs

$(installed): package.json package-lock.json .npmrc
	@command -v node >/dev/null || { echo "✖ there is no Node.js on PATH: install version 20.19 or newer" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "✖ there is no npm on PATH: it comes with Node.js" >&2; exit 1; }
	npm ci --include=dev --loglevel=error
	@touch $@

$(cli): $(installed) $(sources)
	@$(bundle) local/cli.ts --outfile=$@

$(pack): $(installed) $(shell find policy -name '*.ts') components/kubernetes/quantity.ts | $(cli)
	@$(local) policy-pack

# Go modules with code of our own.
go_modules := local/tools/coredns local/tools/drills local/tools/kubernetes local/tools/nodes local/tools/storage images/service

.PHONY: help up status down link node city drill storage test test-go tools images image-locks check-types lint render quotas check manifests policy-rules golden bench format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(cli) ## bring the three cities up on this machine, or up to date; CITIES="jakarta bandung"
	@$(local) up

status: $(cli) ## what runs now and how to reach it
	@$(local) status

down: $(cli) ## stop and remove everything that up started
	@$(local) down

link: $(cli) ## the links between the cities; CUT=jakarta cuts one off, HEAL=jakarta joins it again
	@$(local) link $(call faults,CUT,cut) $(call faults,HEAL,heal)

node: $(cli) ## the real nodes; KILL=, START=, FREEZE= or THAW=jakarta-database-1
	@$(local) node $(call faults,KILL,kill) $(call faults,START,start) $(call faults,FREEZE,freeze) $(call faults,THAW,thaw)

city: $(cli) ## whole cities, control plane included; KILL=jakarta or START=jakarta
	@$(local) city $(call faults,KILL,kill) $(call faults,START,start)

drill: $(cli) ## break the data tier under load and judge what its clients saw; SCENARIO=ci N=5 OUT=dir
	@$(local) drill

storage: $(cli) ## the object storage of a city; STOP=jakarta or START=jakarta
	@$(local) storage $(call faults,STOP,stop) $(call faults,START,start)

test: check-types lint tools test-go manifests ## types, lint, unit, property, configuration, golden, policy and local tests
	@$(bin)/jest --selectProjects unit property config golden policy
	@$(bin)/jest --selectProjects local

tools: $(cli) ## build the tools that are missing or out of date
	@$(local) tools

images: $(cli) ## build the images that are missing or out of date; LOCKED=1 insists on the locked packages
	@$(local) images

image-locks: $(cli) ## write the packages' versions that the mirror has now into the locks
	@$(local) image-locks

# The same flags as the build of the tools: with others, Go would compile everything below them a second time.
test-go: export CGO_ENABLED = 0
test-go: export GOFLAGS = -trimpath -mod=readonly -buildvcs=false
test-go: $(installed)
	@for module in $(go_modules); do (cd $$module && go vet ./... && go test ./...); done

check-types: $(installed)
	@$(bin)/tsc --noEmit

lint: $(installed)
	@$(bin)/eslint .
	@$(bin)/prettier --check --log-level warn .

render: $(cli) ## what a stack would register, its capacity and cost; STACK=jakarta OUT=dir; without STACK all
	@$(local) render

quotas: $(cli) ## what production needs of AWS's quotas; QUOTAS=dir compares with your account's
	@$(local) quotas

check: $(cli) $(pack) ## the policy pack over the stacks, without credentials; STACK=jakarta TARGET=production OUT=dir
	@$(local) check

manifests: $(cli) ## kubeconform and checkov over what every stack renders
	@$(local) manifests

policy-rules: $(cli) ## write the page of the policy pack's rules anew
	@$(local) policy-rules | $(bin)/prettier --parser markdown > docs/policy-rules.md

golden: $(cli) ## write the golden files anew; review the difference before you commit it
	@$(local) golden

bench: $(cli) ## speed and size, measured here and now
	@$(bundle) local/bench/main.ts --outfile=.local/bench.cjs
	@node .local/bench.cjs

format: $(installed) ## put every file into form
	@$(bin)/eslint --fix .
	@$(bin)/prettier --write --log-level warn .

clean: $(cli) ## down, and remove the tools and images too
	@$(local) clean
