#!/bin/sh
# Builds and runs a named set of benchmarks: ./bench.sh NAME [settings]
# Settings of engine are JMH's. A quick try:
#   ./bench.sh engine -f 1 -wi 1 -i 2 -w 1s -r 1s
#   ./bench.sh registry --quick
#   ./bench.sh transports --quick
#   ./bench.sh store --quick
set -eu
cd "$(dirname "$0")"

case "${1-}" in
  engine) main=io.backstay.benchmarks.EngineSuite ;;
  guards) main=io.backstay.benchmarks.GuardsSuite ;;
  registry) main=io.backstay.benchmarks.RegistrySuite ;;
  store) main=io.backstay.benchmarks.StoreSuite ;;
  transports) main=io.backstay.benchmarks.TransportSuite ;;
  *)
    cat >&2 <<'NAMES'
usage: ./bench.sh NAME [settings]
  engine       what the engine adds to a call, beside Resilience4j and Failsafe, and over loopback beside the bare JDK client
  guards       what guards cost: permit, record and refusal, alone and round a call, beside Failsafe, Resilience4j and Sentinel
  registry     what discovery costs: choosing, cached lookups, the way through a real Redis, memory, checks of 10,000 instances; some 8 minutes
  store        what shared state on Redis costs: puts beside bare Lettuce, changes told to another process, reading, renewing; some 4 minutes
  transports   what a call over each transport costs beside the bare client below it; some 11 minutes
NAMES
    exit 2
    ;;
esac
shift

# Tests and checks are for "mvn verify".
mvn -q -B -Dstyle.color=never -pl benchmarks -am package -DskipTests -Dforbiddenapis.skip
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp benchmarks/target/benchmarks.jar "$main" "$@"
