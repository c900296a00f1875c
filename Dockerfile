# The server alone, on nothing: one static binary that runs as nobody in particular and writes to /data, if at all.
#
#   docker build --tag carefinder .
#   docker run --read-only --volume carefinder:/data --publish 8080:8080 carefinder

FROM node:22-bookworm-slim AS pages
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM golang:1.26-bookworm AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=pages /src/frontend/dist/ frontend/dist/
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/carefinder ./cmd/carefinder \
 && mkdir -m 700 /out/data

FROM scratch
COPY --from=program /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=program /out/carefinder /carefinder
COPY --from=program --chown=65532:65532 /out/data /data
USER 65532:65532
ENV CAREFINDER_ADDR=:8080 CAREFINDER_DATA=/data CAREFINDER_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/carefinder", "health"]
ENTRYPOINT ["/carefinder"]
CMD ["serve"]
