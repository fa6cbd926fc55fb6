# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# The image's own toolchain: rust-toolchain.toml would have rustup fetch linters too.
ENV RUSTUP_TOOLCHAIN=1.95.0 CARGO_INCREMENTAL=0
COPY . .
# Queries are checked against the committed .sqlx; no database is needed.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked -p indistylo-server \
    && install -D target/release/indistylo /out/indistylo

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --no-install-recommends -y ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin indistylo
COPY --from=build /out/indistylo /usr/local/bin/indistylo
USER 10001
WORKDIR /
# In production everything that connects it to the world must be given: see .env.example.
ENV INDISTYLO_ENV=production \
    INDISTYLO_LISTEN=0.0.0.0:8080 \
    INDISTYLO_METRICS_LISTEN=0.0.0.0:9090 \
    INDISTYLO_METRICS_ANYWHERE=true
# The API, and the metrics: publish the first only.
EXPOSE 8080 9090
# There is no curl in the image, but bash opens sockets by itself. Ready means: the database answers
# and has every migration. (A worker listens nowhere: switch the check off where `work` is run.)
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && IFS= read -r status <&3 && [[ $status == *' 200 '* ]]"]
# It stops within half a minute: requests under way may end, then jobs.
STOPSIGNAL SIGTERM
ENTRYPOINT ["indistylo"]
CMD ["serve"]
