#!/bin/sh
# deploy/packages.sh build|component|test|faults|deploy|demo|fuzz...
#
# Installs the Debian packages that the named kinds of work need and that are
# missing, after saying which. Nothing happens when none is missing. On other
# systems it lists them and leaves the choice to you. Services that packages
# bring along are not started.
set -eu

build='gcc libc6-dev make pkg-config git librdkafka-dev libavro-dev libcurl4-openssl-dev
	libjq-dev libyaml-dev libseccomp-dev libsqlite3-dev libmicrohttpd-dev zlib1g-dev libssl-dev
	libical-dev uthash-dev libcmocka-dev tzdata ca-certificates'
component="$build python3 python3-venv"
test="$component clang maven php-cli php-mysql mariadb-server
	wordpress binutils prometheus chromium fonts-dejavu-core fonts-noto-cjk"
faults='iptables iproute2 strace faketime'
deploy='docker.io docker-compose mmdebstrap iptables maven python3 python3-venv'
demo="$build"
fuzz="$build clang"

want=
for kind in "${@:-build}"; do
	case $kind in
	build) want="$want $build" ;;
	demo) want="$want $demo" ;;
	fuzz) want="$want $fuzz" ;;
	faults)
		want="$want $faults"
		command -v go >/dev/null || want="$want golang-go"
		;;
	deploy) want="$want $deploy" ;;
	component | test)
		[ "$kind" = test ] && want="$want $test" ||
			want="$want $component"
		# A JRE of 17 or later that is already there will do.
		have=$(java -version 2>&1 |
			sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || :
		[ "${have:-0}" -ge 17 ] || want="$want default-jre-headless"
		;;
	*) echo "usage: $0 build|component|test|faults|deploy|demo|fuzz..." >&2; exit 2 ;;
	esac
done

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null |
		cut -c 1-2)" = ii ]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "Not a Debian system. Twinwire needs what these packages hold:"
	printf '  %s\n' $want | sort -u
	exit 0
fi

missing=
for p in $want; do
	installed "$p" || missing="$missing $p"
done
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
[ -n "${missing% }" ] || exit 0

as=
if [ "$(id -u)" != 0 ]; then
	as=sudo
	if ! command -v sudo >/dev/null; then
		echo "Missing, and neither root nor sudo to install them:" >&2
		echo "  apt-get install --no-install-recommends $missing" >&2
		exit 1
	fi
fi
echo "Installing: $missing"

# dpkg asks policy-rc.d before it starts a service: 101 means no. One that is
# already there stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | $as tee $policy >/dev/null
	$as chmod 755 $policy
	trap '$as rm -f $policy' EXIT
	trap 'exit 130' INT TERM
fi
apt() {
	$as env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Use-Pty=0 "$@"
}
apt install --no-install-recommends $missing >/dev/null 2>&1 || {
	apt update >/dev/null
	apt install --no-install-recommends $missing
}
