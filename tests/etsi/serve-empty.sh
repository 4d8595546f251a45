#!/usr/bin/env bash
# Serves an empty city for ETSI's suite; the one that it served before goes first. As the suite's --clean command it empties
# the store before each file: what a file leaves behind is read by the next otherwise.
#   serve-empty.sh EXECUTABLE FOLDER [PORT]
set -euo pipefail
executable=$1 folder=$2 port=${3:-9700}
pid=$folder.pid
if [ -f "$pid" ]; then
  kill -9 "$(cat "$pid")" 2>/dev/null || true
  while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$folder"
mkdir -p "$folder"
# The suite asks for a temporal answer that is cut at its numbers (020_13 to 021_16); the rest are the defaults.
DALGU_MAX_TEMPORAL_INSTANCES=${DALGU_MAX_TEMPORAL_INSTANCES:-30} DALGU_LOG_LEVEL=Warning \
  setsid nohup "$executable" serve --open --data "$folder" --urls "http://127.0.0.1:$port" >"$folder.log" 2>&1 </dev/null &
echo $! >"$pid"
for _ in $(seq 400); do
  curl -sf -o /dev/null "http://127.0.0.1:$port/health/ready" && exit 0
  sleep 0.05
done
cat "$folder.log" >&2
exit 1
