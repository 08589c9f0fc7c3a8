#!/bin/sh
set -eu
mkdir -p /data /dkim
exec /standin/double admin
