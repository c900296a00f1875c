# Two commands are enough: make run, make test. Everything CI checks is .ci/run.
GO ?= go

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = mvdan.cc/gofumpt@v0.12.0

SOURCES = $(shell find . -name '*.go' -not -path './frontend/node_modules/*')

.PHONY: build run test bench lint frontend

build: frontend
	$(GO) build -trimpath -o bin/carefinder ./cmd/carefinder

# The frontend needs Node only once it has something to build.
frontend:
	@if [ -f frontend/package.json ]; then cd frontend && npm ci --no-audit --no-fund && npm run build; fi

# Real helplines, centers and programs, and 2,000 made-up therapists that say so, on http://localhost:8080, kept in
# run/ and apart from what `carefinder serve` keeps in carefinder-data/.
run: build
	bin/carefinder demo --data run --listings 2000 --seed 1
	bin/carefinder serve --data run --addr 127.0.0.1:8080

# With PostgreSQL too where there is one: .ci/test says when there is none.
test:
	@GO="$(GO)" .ci/test $(TESTFLAGS) ./...

# SIZES=10k,100k is enough for a first look: a million listings take some minutes.
SIZES ?= 10k,100k,1M
bench: build
	bin/carefinder bench --sizes $(SIZES) $(BENCHFLAGS)

lint:
	$(GO) vet ./...
	@unformatted=$$($(GO) run $(GOFUMPT) -l $(SOURCES)); \
	if [ -n "$$unformatted" ]; then echo "make lint: not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
