# Sourced by the scripts: where things are, and long steps with progress, a log each, and errors that say what to do.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deps=$root/.deps
logs=$root/build/logs
step_pid=

# One compiler for each core, but no more than there is memory for (the largest sources take about 1.5 GB each).
count_jobs() {
  local cores memory_gb
  cores=$(nproc)
  memory_gb=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  if ((memory_gb < 1)); then memory_gb=1; fi
  echo $((cores < memory_gb ? cores : memory_gb))
}
jobs=${SLUICE_JOBS:-$(count_jobs)}

# Without a home there is no cache; nothing depends on having one.
cache_home=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
if [[ -z ${HOME:-} ]]; then
  export CCACHE_DIR=${CCACHE_DIR:-$root/build/ccache} CARGO_HOME=${CARGO_HOME:-$deps/cargo}
fi

# The same source in another clone is the same to ccache.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $1"
  shift
  local line
  for line in "$@"; do say "  $line"; done
  exit 1
}

# Prints the comment at the top of the script, which is its help.
print_help() {
  awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$1"
}

stop_step() {
  if [[ -n $step_pid ]]; then kill -TERM -- "-$step_pid" 2>/dev/null || true; fi
  say "" "interrupted"
  exit 130
}
trap stop_step INT TERM

# The last line that a step wrote, made to fit.
last_line() {
  tail -c 400 "$1" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | tr -cd '[:print:]' | cut -c 1-"$2" || true
}

show_progress() {
  local what=$1 log=$2 seconds=$3
  if [[ -t 2 ]]; then
    printf '\r\033[K  %s … %d s  %s' "$what" "$seconds" "$(last_line "$log" 60)" >&2
  elif ((seconds > 0 && seconds % 20 == 0)); then
    say "  $what … $seconds s: $(last_line "$log" 100)"
  fi
}

# step NAME "what is done" "what to do if it fails" command…
# Runs the command with its output in build/logs/NAME.log. Steps of less than half a second leave no trace.
step() {
  local log=$logs/$1.log what=$2 remedy=$3 start=$SECONDS status=0 tick=0
  shift 3
  mkdir -p "$logs"
  set -m
  (set -euo pipefail; trap - INT TERM; "$@") >"$log" 2>&1 </dev/null &
  step_pid=$!
  set +m
  local shown=-1
  while kill -0 "$step_pid" 2>/dev/null; do
    if ((tick++ < 10)); then
      sleep 0.05
    else
      if ((SECONDS - start != shown)); then
        shown=$((SECONDS - start))
        show_progress "$what" "$log" "$shown"
      fi
      sleep 0.2
    fi
  done
  wait "$step_pid" || status=$?
  step_pid=
  if [[ -t 2 && $tick -gt 10 ]]; then printf '\r\033[K' >&2; fi
  if ((status == 0)); then
    if ((tick > 10)); then say "  $what: done in $((SECONDS - start)) s"; fi
    return 0
  fi
  say "  $what: FAILED after $((SECONDS - start)) s (exit status $status). The last lines of $log:"
  tail -n 40 "$log" | sed 's/^/    | /' >&2
  say "  What to do: $remedy"
  return "$status"
}

# configure PRESET FOLDER [cmake argument…]: once; ninja itself notices changes afterwards.
configure() {
  local preset=$1 folder=$root/$2 key
  shift 2
  key=$(printf '%s\n' "$root" "$preset" "$@" "$(sha256sum <"$root/CMakePresets.json")" | sha256sum)
  if [[ -f $folder/build.ninja && $(cat "$folder/configured" 2>/dev/null) == "$key" ]]; then return; fi
  rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  step "configure-$preset" "Configuring ($preset)" \
    "look for the first error above; if a package is missing, run script/bootstrap" \
    cmake -S "$root" -B "$folder" --preset "$preset" "$@"
  printf '%s\n' "$key" >"$folder/configured"
}

# compile FOLDER "what" target…
compile() {
  local folder=$1 what=$2
  shift 2
  step "build-$(basename "$folder")" "$what" "look for the first line with 'error:' above; then run this again: what was built stays" \
    ninja -C "$root/$folder" -j "$jobs" "$@"
}
