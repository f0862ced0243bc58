.PHONY: build test race lint fuzz sim bench check dist clean
build: ; CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/bot
test:  ; go test ./...
race:  ; go test -race -shuffle=on ./...
lint:  ; ./.ci/run lint
fuzz:  ; ./.ci/run fuzz
sim:   ; ./.ci/run sim
bench: ; go test ./... -run '^$$' -bench . -benchmem
check: ; ./.ci/run
dist:  ; ./.ci/run dist
clean: ; rm -rf bin dist
