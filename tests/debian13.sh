#!/bin/sh
# Goal of this test: unit and component tests also pass on Debian 13, with its
# newer librdkafka, avro-c, curl and jq, and the Debian package installs there.
#
#   tests/debian13.sh [FOLDER]     root needed; FOLDER (build/debian13) is kept
#                                  and used again
#
# The root is made by debootstrap from the mirror that this machine's own apt
# uses. It runs in a mount and process namespace of its own: nothing is left
# mounted or running.
set -eu
cd "$(dirname "$0")/.."
src=$PWD
root=${1:-$src/build/debian13}
suite=trixie

if [ "${TWINWIRE_IN_NAMESPACE:-}" != yes ]; then
	[ "$(id -u)" = 0 ] || exec sudo sh "$0" "$root"
	for p in debootstrap unshare; do
		command -v $p >/dev/null || {
			echo "$0: needs $p (apt-get install $p)" >&2
			exit 1
		}
	done
	TWINWIRE_IN_NAMESPACE=yes exec unshare --mount --pid --fork \
		--kill-child sh "$0" "$root"
fi

. tests/tools.sh
mirror=$(debian_mirror)

if [ ! -e "$root/.complete" ]; then
	rm -rf "$root"
	echo "Debian 13 root from $mirror into $root"
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
		tail -n 20 "$root.log" >&2
		exit 1
	}
	# What this machine needs to reach a mirror, the root needs, too.
	apt-config dump | grep -E '^Acquire::https?::Proxy ' \
		>"$root/etc/apt/apt.conf.d/90proxy" || :
	: >"$root/.complete"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"

rm -rf "$root/src"
mkdir "$root/src"
tar -C "$src" --exclude=./build --exclude=./.venv -cf - . |
	tar -C "$root/src" --no-same-owner -xf -

in_root() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 sh -euc "cd /src; $1"
}

in_root 'apt-get -q update >/dev/null
	sh deploy/packages.sh build component
	make --no-print-directory -j$(nproc) all unit corpus'

# The package, on a Debian without what built it but for the libraries.
in_root 'make --no-print-directory deb
	dpkg -i build/twinwire_*.deb
	twinwire --version
	for p in connector reconciler portal watch; do twinwire-$p -V; done
	dpkg -P twinwire'

if [ -d build/tools/registry ]; then
	mkdir -p "$root/src/build/tools"
	mount --bind build/tools "$root/src/build/tools"
	# Fetched out here, where the network is known to work.
	[ -x .venv/bin/pip ] || python3 -m venv .venv
	.venv/bin/pip download -q -d "$root/wheels" --only-binary=:all: \
		--python-version "$(chroot "$root" python3 -c \
		'import sys; print("%d.%d" % sys.version_info[:2])')" \
		-r tests/requirements.txt
	in_root 'python3 -m venv .venv
		.venv/bin/pip install -q --no-index --find-links /wheels \
			-r tests/requirements.txt
		.venv/bin/python -m pytest tests/component'
else
	echo 'No component tests: `make test` has to fetch Kafka first.' >&2
	exit 1
fi
in_root 'echo "Debian $(cat /etc/debian_version): all passed"'
