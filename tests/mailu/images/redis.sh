#!/bin/sh
set -eu
mkdir -p /data
exec redis-server --dir /data --bind 0.0.0.0 --protected-mode no --save 60 1
