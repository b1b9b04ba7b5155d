#!/bin/sh
# Installs a Chromium for the browser tests where the system's package manager allows it.
set -eu
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if command -v apt-get >/dev/null; then
  as_root apt-get update -qq
  as_root apt-get install -y -qq --no-install-recommends chromium fonts-liberation
elif command -v dnf >/dev/null; then
  as_root dnf install -y -q chromium
elif command -v brew >/dev/null; then
  brew install --cask chromium
else
  echo "Install Chromium or Chrome, or set CSBOT_TEST_CHROMIUM to its path." >&2
  exit 1
fi
