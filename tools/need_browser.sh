#!/bin/sh
# The journeys need Debian's Chromium and a Chinese font; install them where we may, else say the one command.
set -u
command -v chromium >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qi 'cjk' && exit 0
say="apt-get update && apt-get install -y chromium fonts-noto-cjk fontconfig"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium and a Chinese font for the browser journeys …"
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fontconfig) >/dev/null 2>&1 && exit 0
fi
echo "The browser journeys need Chromium. Run: sudo sh -c '$say'"
exit 1
