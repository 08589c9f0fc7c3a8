#!/bin/sh
# Builds the stand-in images inside the test's machine, where they are not built already.
# usage: build.sh DOUBLE VERSION…     DOUBLE is the program that plays admin and podop; the last
# version signs no mails
set -eu
cd "$(dirname "$0")"
double=$1
shift
here=$(cd ../../../build/mailu && pwd)
export DOCKER_HOST=unix:///run/docker.sock DOCKER_BUILDKIT=0 PATH=/usr/bin:/bin:/usr/sbin:/sbin

want=$(cat ./* "$double" "$here/base.tar.from" | sha256sum)
[ "$(cat "$here/images.from" 2>/dev/null)" = "$want $*" ] && exit 0
if [ "$(cat "$here/base.loaded" 2>/dev/null)" != "$(cat "$here/base.tar.from")" ]; then
	docker import "$here/base.tar" penguin/base >/dev/null
	cp "$here/base.tar.from" "$here/base.loaded"
fi
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp ./* "$context/"
cp "$double" "$context/double"
for name in redis unbound nginx admin dovecot postfix rspamd; do
	docker build --quiet --target "$name" --tag "standin/$name" "$context" >/dev/null
	for version in "$@"; do
		docker tag "standin/$name" "ghcr.io/mailu/$name:$version"
	done
done
docker build --quiet --target unsigned --tag standin/unsigned "$context" >/dev/null
docker tag standin/unsigned "ghcr.io/mailu/rspamd:$version"
docker tag standin/redis redis:alpine
docker image prune --force >/dev/null
echo "$want $*" >"$here/images.from"
