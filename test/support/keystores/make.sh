#!/bin/sh
# Makes the keystores in this directory anew, with keytool of a JDK: what readers are tested with is
# written by the tool that people use. They are valid from 2025 for thirty years, and sign nothing.
set -eu
cd "$(dirname "$0")"
rm -f ./*.jks ./*.p12 ./*.jceks

generate() { # file, store type, store password, alias, key password, key kind and size, validity in days
  keytool -genkeypair -noprompt -keystore "$1" -storetype "$2" -storepass "$3" -alias "$4" \
    -keypass "$5" -keyalg "$6" ${7:+-keysize "$7"} -startdate '2025/01/01 00:00:00' -validity "$8" \
    -dname "CN=Lumen $4, OU=Mobile, O=Lumen GmbH, L=Berlin, C=DE" >/dev/null 2>&1
}

# One key, with a password of its own.
generate upload.jks JKS store-pass-1 upload key-pass-1 RSA 2048 10950
# Two keys with the password of the store, and a certificate that is only trusted.
generate two.jks JKS store-pass-2 debug store-pass-2 RSA 2048 10950
generate two.jks JKS store-pass-2 release store-pass-2 RSA 2048 10950
keytool -exportcert -keystore upload.jks -storepass store-pass-1 -alias upload -file trusted.cer 2>/dev/null
keytool -importcert -noprompt -keystore two.jks -storepass store-pass-2 -alias partner -file trusted.cer 2>/dev/null
# Nothing but a trusted certificate.
keytool -importcert -noprompt -keystore trusted.jks -storetype JKS -storepass store-pass-3 -alias partner -file trusted.cer 2>/dev/null
# What keytool writes since Java 9, whatever the name.
generate play.p12 PKCS12 'store-pass-4' play 'store-pass-4' EC 256 10950
# A key whose certificate ended in 2025.
generate expired.p12 PKCS12 store-pass-5 old store-pass-5 RSA 2048 30
# The old kind that is not read.
generate old.jceks JCEKS store-pass-6 old store-pass-6 RSA 2048 10950
rm -f trusted.cer
