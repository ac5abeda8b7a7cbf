# syntax=docker/dockerfile:1

FROM rust:1.95-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The tools change with these files only, and take longer than the rest: a layer of their own.
COPY Makefile Cargo.lock rust-toolchain.toml ./
COPY scripts scripts
COPY style/package.json style/package-lock.json style/.npmrc style/
RUN make setup
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    make release && \
    mkdir /app && \
    # hash.txt names the hashed files of the site, and is looked for beside the program.
    cp -r target/release/tollgate target/release/hash.txt Leptos.toml /app && \
    mkdir /app/target && cp -r target/site /app/target/site

FROM debian:trixie-slim
RUN useradd --system --uid 10001 tollgate && install -d -o tollgate /data
COPY --from=build /app /app
WORKDIR /app
USER tollgate
ENV TOLLGATE_ADDR=0.0.0.0:3000 TOLLGATE_DATA_DIR=/data
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["/app/tollgate"]
CMD ["serve"]
