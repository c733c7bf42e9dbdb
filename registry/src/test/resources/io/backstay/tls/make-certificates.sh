#!/bin/sh
# Makes the certificates and keys of TlsSettingsTest anew. Not part of the build. Needs OpenSSL 3.
# They are worth nothing outside these tests: the keys are public.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
century=36500

root() { # name, subject
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days $century \
        -subj "/CN=$2" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$work/$1.key" -out "$1.pem"
}

issue() { # name, subject; the key is there already
    openssl req -new -key "$1.key.pem" -subj "/CN=$2" -out "$work/$1.csr"
    openssl x509 -req -in "$work/$1.csr" -CA ca.pem -CAkey "$work/ca.key" -days $century -out "$1.pem"
}

root ca "Backstay test CA"
root other-ca "Backstay other test CA"

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key.pem
openssl genpkey -algorithm ED25519 -out ed25519.key.pem
issue rsa "rsa client"
issue ec "ec client"
issue ed25519 "ed25519 client"

openssl pkcs8 -topk8 -in rsa.key.pem -passout pass:rope-and-sail -out rsa-encrypted.key.pem
openssl pkcs8 -topk8 -in ec.key.pem -passout pass:rope-and-sail -v1 PBE-SHA1-3DES -out ec-encrypted.key.pem
openssl pkcs8 -topk8 -in ed25519.key.pem -passout pass:rope-and-sail -out ed25519-encrypted.key.pem
openssl pkey -in rsa.key.pem -traditional -out rsa-pkcs1.key.pem
openssl pkey -in ec.key.pem -traditional -out ec-sec1.key.pem
openssl genpkey -algorithm X25519 -out x25519.key.pem

# An own certificate that was valid for a day of 2020.
mkdir "$work/db"
: >"$work/db/index.txt"
cat >"$work/ca.cnf" <<CONFIG
[ca]
default_ca = here
[here]
database = $work/db/index.txt
new_certs_dir = $work/db
serial = $work/db/serial
default_md = sha256
policy = any
[any]
commonName = supplied
CONFIG
openssl req -new -key rsa.key.pem -subj "/CN=expired client" -out "$work/expired.csr"
openssl ca -batch -notext -config "$work/ca.cnf" -rand_serial -cert ca.pem -keyfile "$work/ca.key" \
    -startdate 20200101000000Z -enddate 20200102000000Z -in "$work/expired.csr" -out expired.pem
