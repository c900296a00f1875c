# Two commands are enough: make run, make test. Everything CI checks is .ci/run.
GO ?= go

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = mvdan.cc/gofumpt@v0.12.0

SOURCES = $(shell find . -name '*.go' -not -path './frontend/node_modules/*')

.DELETE_ON_ERROR:
.PHONY: build run test bench bench-engines record-meili lint frontend e2e screenshots

build: frontend
	$(GO) build -trimpath -o bin/carefinder ./cmd/carefinder

# Scripts and packed styles. A clone without Node builds as well: its pages are styled and work without scripts.
BUNDLE   = frontend/dist/app/manifest.json
PACKAGES = frontend/node_modules/.package-lock.json
frontend:
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(BUNDLE); \
	else echo "make frontend: no Node here, so pages will have no scripts; they work without"; fi

$(PACKAGES): frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund

$(BUNDLE): $(PACKAGES) $(shell find frontend/src frontend/styles frontend/geo frontend/scripts -type f) $(wildcard frontend/*.json frontend/*.ts)
	cd frontend && npm run --silent build

# Real helplines, centers and programs, and 2,000 made-up therapists that say so, on http://localhost:8080, kept in
# run/ and apart from what `carefinder serve` keeps in carefinder-data/.
run: build
	bin/carefinder demo --data run --listings 2000 --seed 1
	bin/carefinder serve --data run --addr 127.0.0.1:8080

# With PostgreSQL too where there is one: .ci/with-postgres says when there is none.
test:
	@.ci/with-postgres $(GO) test $(TESTFLAGS) ./...

# In a browser: Debian's Chromium, or the one CHROMIUM names. ONLY="listing" tries only such states of pages.
e2e: build
	@.ci/with-postgres node frontend/e2e/run.mjs $(ONLY)

# docs/home.png and docs/search.png for the README, and every main state in docs/pictures.
screenshots: build
	cd frontend && node e2e/screenshots.mjs

# SIZES=10k,100k is enough for a first look: a million listings take some minutes.
SIZES ?= 10k,100k,1M
bench: build
	bin/carefinder bench --sizes $(SIZES) $(BENCHFLAGS)

# The engines side by side: ENGINE_SIZES=1M, and MEILI_URL and MEILI_KEY when there is a Meilisearch.
ENGINE_SIZES ?= 100k
bench-engines: build
	@CAREFINDER_MEILISEARCH_KEY="$(MEILI_KEY)" bin/carefinder bench --engines --sizes $(ENGINE_SIZES) $(if $(MEILI_URL),--meilisearch-url $(MEILI_URL)) $(BENCHFLAGS)

# What a real Meilisearch answers, for tests where there is none: make record-meili MEILI_URL=http://localhost:7700 MEILI_KEY=...
record-meili:
	@test -n "$(MEILI_URL)" || { echo "make record-meili: say where a Meilisearch is with MEILI_URL, and its master key with MEILI_KEY"; exit 1; }
	rm -rf internal/search/meili/testdata/recorded
	@CAREFINDER_TEST_MEILI="$(MEILI_URL)" CAREFINDER_TEST_MEILI_KEY="$(MEILI_KEY)" CAREFINDER_TEST_MEILI_RECORD=1 \
		$(GO) test -count=1 ./internal/search/meili

lint:
	$(GO) vet ./...
	@unformatted=$$($(GO) run $(GOFUMPT) -l $(SOURCES)); \
	if [ -n "$$unformatted" ]; then echo "make lint: not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
