#!/bin/sh
# Builds and runs the searches for races, by jcstress: ./stress.sh [settings]
# Settings are jcstress'; without any it is a short run of some 12 minutes, a long one is: ./stress.sh -m tough, and one search
# alone: ./stress.sh -m quick -t LastPermit
set -eu
cd "$(dirname "$0")"

# Many mixed calls through guards from eight threads, every permit and count checked at the end: ./stress.sh guards [calls]
if [ "${1-}" = guards ]; then
  exec mvn -q -B -Dstyle.color=never -pl core -am test -Dtest=GuardStressTest -Dsurefire.failIfNoSpecifiedTests=false \
      -Dbackstay.stress.calls="${2:-10000000}"
fi

[ $# -gt 0 ] || set -- -m quick

# Tests and checks are for "mvn verify".
mvn -q -B -Dstyle.color=never -pl benchmarks -am package -DskipTests -Dforbiddenapis.skip
# What a run leaves behind, results and report, is under target.
mkdir -p benchmarks/target/jcstress
cd benchmarks/target/jcstress
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp ../benchmarks.jar org.openjdk.jcstress.Main -r report/ "$@"
