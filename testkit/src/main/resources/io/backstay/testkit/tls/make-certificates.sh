#!/bin/sh
# Makes the certificates of HttpTransportContract anew. Not part of the build. Needs OpenSSL 3.
#
#   ca              whom the transport is told to trust
#   server          ca's, for localhost, 127.0.0.1 and *.contract.test
#   elsewhere       ca's, for another host name
#   expired         ca's, for the right hosts, valid for a day of 2020
#   stranger        of an issuer whom nobody trusts, for the right hosts
#   client          ca's, for a client
#   foreign-client  of the issuer whom nobody trusts, for a client
#
# All but one are valid for a century. They are worth nothing outside tests: the keys are public.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
from=20200101000000Z
until=21200101000000Z
hosts="DNS:localhost,IP:127.0.0.1,DNS:*.contract.test"

root() { # name, subject
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 36500 \
        -subj "/CN=$2" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$work/$1.key" -out "$work/$1.pem"
}

leaf() { # name, issuer, end, usage, alternative names
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key.pem"
    openssl req -new -key "$1.key.pem" -subj "/CN=$1" -out "$work/$1.csr"
    mkdir "$work/$1.db"
    : >"$work/$1.db/index.txt"
    cat >"$work/$1.cnf" <<CONFIG
[ca]
default_ca = here
[here]
database = $work/$1.db/index.txt
new_certs_dir = $work/$1.db
serial = $work/$1.db/serial
default_md = sha256
policy = any
x509_extensions = more
[any]
commonName = supplied
[more]
extendedKeyUsage = $4
subjectAltName = $5
CONFIG
    openssl ca -batch -notext -config "$work/$1.cnf" -rand_serial -cert "$work/$2.pem" -keyfile "$work/$2.key" \
        -startdate $from -enddate "$3" -in "$work/$1.csr" -out "$1.pem"
}

root ca "Backstay contract CA"
root stranger-ca "Backstay stranger CA"
cp "$work/ca.pem" ca.pem
leaf server ca $until serverAuth "$hosts"
leaf elsewhere ca $until serverAuth "DNS:elsewhere.test"
leaf expired ca 20200102000000Z serverAuth "$hosts"
leaf stranger stranger-ca $until serverAuth "$hosts"
leaf client ca $until clientAuth "DNS:client.test"
leaf foreign-client stranger-ca $until clientAuth "DNS:client.test"
