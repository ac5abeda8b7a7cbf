# Sourced by the Makefile's recipes and by every script: where things are, and how things are said.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Build tools that belong to no one project are kept outside the checkout, so that a new clone or
# `make clean` does not build them again.
tools=${TOLLGATE_TOOLS:-}
if [ -z "$tools" ]; then
  tools=${XDG_CACHE_HOME:-$HOME/.cache}/tollgate/tools
  { mkdir -p "$tools" && [ -w "$tools" ]; } 2>/dev/null || tools=$root/.tools
fi

# cargo-leptos takes wasm-bindgen, tailwindcss and wasm-opt from PATH; what is missing there it
# would download from outside the package registries.
PATH=$tools/bin:$root/style/node_modules/.bin:$PATH
export PATH

# These would override .cargo/config.toml, and then cargo and cargo-leptos rebuild each other's work.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR

# `say WORDS`: one quiet line of progress.
say() { printf '  %s\n' "$*" >&2; }

# `die WORDS`: what is wrong and what to do about it; the end.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# `headline WORDS`: stands out in a long log, with or without colours.
headline() {
  if [ -t 1 ]; then printf '\n\033[1m── %s\033[0m\n' "$*"; else printf '\n── %s\n' "$*"; fi
}

# `took SECONDS`: a time as a person says it.
took() {
  if [ "$1" -ge 60 ]; then printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); else printf '%d s' "$1"; fi
}

# The newest PostgreSQL server's programs; Debian keeps them off PATH.
postgres_bin() {
  local dir
  dir=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
    echo "$dir"
  elif command -v initdb >/dev/null && command -v postgres >/dev/null; then
    dirname "$(command -v initdb)"
  fi
}
