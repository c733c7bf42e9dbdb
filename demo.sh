#!/usr/bin/env bash
# Builds the demo and runs it: a small fleet of services that is broken by script while calls go on.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: ./demo.sh [--quick]
       ./demo.sh --against URL [--rate N] [--seconds N]

Without --against: starts a real Redis, and user-, project- and knowledge-service as processes of their own, two instances
of each, which register there and are found there. Sends guarded calls, breaks instances by script, adds and removes one,
kills Redis and brings it back empty, and measures what callers see. Exit status 0 when everything held that must hold, 1
when something did not. BACKSTAY_REDIS_SERVER=/path names another redis-server than the one that comes along.

  --quick         shorter steps; done within 60 s after the build
  --against URL   sends guarded GETs to a server of your own instead; exit status 0 when it ran
  --rate N        with --against: calls per second, 1 to 1000, default 20
  --seconds N     with --against: for how long, 1 to 3600, default 10
  --help          this text

A bad option, or an address that cannot be used or reached, gives exit status 2.
USAGE
}

refuse() {
  printf 'demo.sh: %s\n' "$1" >&2
  exit 2
}

# Names only, so that a slip costs no build; the program checks the values.
expects_value=''
for argument in "$@"; do
  if [[ -n $expects_value ]]; then
    expects_value=''
    continue
  fi
  case $argument in
    --help | -h) usage; exit 0 ;;
    --quick) ;;
    --against | --rate | --seconds) expects_value=$argument ;;
    *) refuse "unknown option $argument; see ./demo.sh --help" ;;
  esac
done
[[ -z $expects_value ]] || refuse "$expects_value needs a value; see ./demo.sh --help"

java=java
javac=javac
if [[ -n ${JAVA_HOME:-} ]]; then
  java=$JAVA_HOME/bin/java
  javac=$JAVA_HOME/bin/javac
fi
command -v "$java" >/dev/null || refuse "no java found: install a JDK 17 or later, or set JAVA_HOME to one"
command -v "$javac" >/dev/null || refuse "no javac found: this needs a JDK 17 or later, not only a Java runtime"
command -v mvn >/dev/null || refuse "no mvn found: install Maven 3.8 or later"

version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
[[ $version =~ ^[0-9]+$ && $version -ge 17 ]] || refuse "Java ${version:-of an unknown version} found: this needs a JDK 17 or later"

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
echo 'Building ...'
built=$(mvn -q -B -ntp -Dstyle.color=never -f "$root/pom.xml" -pl demo -am package -Dmaven.test.skip=true 2>&1) \
  || { printf '%s\n' "$built" >&2; refuse "the build failed; what Maven said is above"; }
# It runs for a minute or two: code that is ready soon beats code that is best in the end.
exec "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -jar "$root/demo/target/demo.jar" "$@"
