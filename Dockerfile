# All programs of Twinwire on Debian 13, for docker-compose.yml. The state of a
# daemon stands in /var/lib/twinwire; everything else may be read-only.
FROM debian:trixie-slim AS build
WORKDIR /src
COPY deploy/packages.sh deploy/
RUN apt-get update && sh deploy/packages.sh build
COPY Makefile ./
COPY schemas schemas
COPY services services
RUN make -j"$(nproc)" CFLAGS=-g0 all
COPY LICENSE ./
COPY data data
COPY deploy deploy
RUN make install DESTDIR=/out && strip /out/usr/local/bin/* \
	&& rm -r /out/usr/local/share/man /out/usr/local/share/bash-completion
# The packages of the libraries that the programs are linked with.
RUN objdump -p /out/usr/local/bin/* | awk '$1 == "NEEDED" { print "*/" $2 }' | \
	sort -u | xargs dpkg -S | cut -d : -f 1 | sort -u >/packages && cat /packages

FROM debian:trixie-slim
COPY --from=build /packages /usr/local/share/twinwire/packages
# Without manuals, catalogues and what only comes along: GLib, parts of ICU and
# of libical, which nothing here is linked with.
RUN printf 'path-exclude=%s\n' '/usr/share/man/*' '/usr/share/locale/*' \
	'/usr/share/doc/*' '*/libgio-2.0.so*' '*/libgobject-2.0.so*' \
	'*/libglib-2.0.so*' '*/libgmodule-2.0.so*' '*/libical-glib.so*' \
	'*/libical_cxx.so*' '*/libicalss*.so*' '*/libicalvcal.so*' \
	'*/libicutest.so*' '*/libicutu.so*' '*/libicuio.so*' \
	'*/libbrotlienc.so*' '*/glib-2.0/*' '*/krb5/plugins/*' \
	'/usr/share/bash-completion/*' \
	>/etc/dpkg/dpkg.cfg.d/twinwire \
	&& echo 'path-include=/usr/share/doc/*/copyright' \
	>>/etc/dpkg/dpkg.cfg.d/twinwire \
	&& apt-get update && apt-get install -y --no-install-recommends \
	tzdata $(cat /usr/local/share/twinwire/packages) \
	&& rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
		/var/lib/dpkg/*-old /var/lib/dpkg/info/*.symbols
# The authorities that Debian trusts, without the tools that come with them.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out /
COPY deploy/demo/run.sh /usr/local/share/twinwire/demo.sh
COPY deploy/compose/healthy /usr/local/bin/twinwire-healthy
RUN useradd --uid 10001 --home-dir /var/lib/twinwire --create-home \
	--shell /usr/sbin/nologin twinwire \
	&& for p in /usr/local/bin/twinwire*[a-z]; do \
		case $p in *-healthy) ;; *) $p --version || $p -V ;; esac || exit 1; done
USER twinwire
