#!/bin/sh
# deploy/deb/build.sh PROGRAMS...: a Debian package of this tree, built with what
# this Debian has, into build/. The version is that of base/version.h: alone
# where the tag vVERSION stands on this commit, else ~git and the commit, which
# sorts before it.
set -eu
cd "$(dirname "$0")/../.."
number=$(sed -n 's/^#define TWINWIRE_VERSION "\(.*\)"$/\1/p' \
	services/lib/base/version.h)
tags=$(git tag --points-at HEAD 2>/dev/null | grep '^v' || :)
version=$number~git$(git log -1 --format=%cd.%h --date=format:%Y%m%d \
	2>/dev/null || echo 0)
for tag in $tags; do
	if [ "$tag" = "v$number" ]; then
		version=$number
	else
		echo "$0: the tag $tag stands here, but base/version.h says $number" >&2
		exit 1
	fi
done
. /etc/os-release
arch=$(dpkg --print-architecture)
root=build/deb/twinwire
rm -rf build/deb
mkdir -p $root/DEBIAN $root/lib/systemd/system $root/etc/twinwire \
	$root/usr/share/doc/twinwire
make -s install DESTDIR="$root" PREFIX=/usr >/dev/null
strip $root/usr/bin/*
install -m 644 deploy/systemd/*.service $root/lib/systemd/system
install -m 644 README.md CHANGELOG.md $root/usr/share/doc/twinwire
cp -R deploy/metrics deploy/METRICS.md $root/usr/share/twinwire
mv $root/usr/share/twinwire/LICENSE $root/usr/share/doc/twinwire/copyright
gzip -9n $root/usr/share/man/man*/* $root/usr/share/doc/twinwire/CHANGELOG.md

# What the programs are linked with, in the versions that this Debian has.
mkdir -p build/deb/debian
printf 'Source: twinwire\n\nPackage: twinwire\nArchitecture: any\n' >build/deb/debian/control
depends=$(cd build/deb && dpkg-shlibdeps -O twinwire/usr/bin/* 2>/dev/null |
	sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "$0: dpkg-shlibdeps found nothing" >&2; exit 1; }
cat >$root/DEBIAN/control <<END
Package: twinwire
Version: $version+deb$VERSION_ID
Architecture: $arch
Maintainer: The Twinwire authors <twinwire@localhost>
Installed-Size: $(du -sk $root | cut -f 1)
Depends: $depends, ca-certificates, tzdata
Section: net
Priority: optional
Description: a wire between associations of cities
 Carries news of partnerships and events between the systems of associations
 of cities over Apache Kafka: connector, reconciler, portal, watch and the
 operator's command line. Services start once their configuration stands in
 /etc/twinwire.
END
install -m 755 deploy/deb/postinst deploy/deb/prerm deploy/deb/postrm \
	$root/DEBIAN
chmod -R u=rwX,go=rX $root
chmod 750 $root/etc/twinwire
dpkg-deb --root-owner-group --build $root \
	"build/twinwire_$version+deb${VERSION_ID}_$arch.deb"
