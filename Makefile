# karvan: build, test and run. `make demo` and `make test` do all the set-up.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GOFILES := $(shell git ls-files '*.go' 2>/dev/null || find . -name '*.go' -not -path './web/node_modules/*')
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null)
TEST_RESULT := web/test-results/study.gpkg

.PHONY: build demo check test lint bench dev clean changelog page words test-go test-browser study

build: page words
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/karvan ./cmd/karvan

# The page is built from the lock file; dist/index.html stays the placeholder.
page: web/dist/app/index.html

web/dist/app/index.html: web/node_modules/.installed $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts
	cd web && npm run build
	@touch $@

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

# A word that lacks a language fails the build.
words:
	@go test -run Words ./server/pages && go test ./register/labels

demo: build
	bin/karvan demo

# The quick part: under five minutes.
check: lint
	go test ./...

# Everything: under 45 minutes from cold on two cores.
test: lint build
	cd web && npm run check
	$(MAKE) test-go
	$(MAKE) test-browser

test-go:
ifneq ($(CC_FOUND),)
	CGO_ENABLED=1 go test -race -timeout 40m ./...
	go test ./trade ./assignment -run 'Reference|Backtest|Bias' # the large cases, which the detector makes too slow
	go test ./server -run 'Attack|WorkLeaks|WorkPolicy'
	KARVAN_TEST_DATABASE=postgres go test -timeout 20m ./store/... ./moderation ./server # the same tests on PostgreSQL
else
	@echo "no C compiler found: the tests run without the race detector"
	go test -timeout 40m ./...
endif

# The browser walks through a real result of the built-in study.
test-browser: build
	mkdir -p web/test-results
	bin/karvan run azerbaijan-turkiye -o $(TEST_RESULT) --scenario base --scenario btk-5mt --scenario alat-25mt --year 2020 --year 2030 --draws 4
	cd web && KARVAN_BIN=../bin/karvan KARVAN_RESULT=test-results/study.gpkg npm test

lint:
	@test -z "$$(gofmt -l $(GOFILES))" || { echo "not formatted with gofmt:"; gofmt -l $(GOFILES); exit 1; }
	go vet ./...
	go tool staticcheck ./...

bench: build
	go test -run '^$$' -bench . -benchmem ./assignment ./routing ./study
	bin/karvan bench synth --nodes 1e3,1e4,1e5

# The page with live reload, against a server on its usual address.
dev: web/node_modules/.installed
	cd web && npm run dev

study:
	go run ./studies/build

changelog:
	go run ./changelog/build > CHANGELOG.md

clean:
	rm -rf bin web/dist/app web/test-results
