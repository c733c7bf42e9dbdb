#!/bin/sh
# Builds and runs the searches for races, by jcstress: ./stress.sh [settings]
# Settings are jcstress'; without any it is a short run of about two minutes, a long one is: ./stress.sh -m tough
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
mkdir -p benchmarks/target/jcstress
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp benchmarks/target/benchmarks.jar org.openjdk.jcstress.Main \
    -t 'io\.backstay\.stress\.' -r benchmarks/target/jcstress/ "$@"
