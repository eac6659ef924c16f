# What tests need beyond packages; sourced in the tree's root, downloads are
# kept in build/tools and .venv.

# Runs a command again where a network has hiccups.
thrice() {
	"$@" || { sleep 5; "$@"; } || { sleep 15; "$@"; }
}

python_env() {
	[ -x .venv/bin/pip ] || python3 -m venv .venv
	cmp -s tests/requirements.txt .venv/installed && return
	thrice .venv/bin/pip install -q -r tests/requirements.txt
	cp tests/requirements.txt .venv/installed
}

tools() {
	cmp -s pom.xml build/tools/pom.xml && return
	rm -rf build/tools
	mkdir -p build/tools/registry
	thrice mvn -B -q -ntp package
	tar -xzf build/tools/registry.tar.gz -C build/tools/registry
	rm build/tools/registry.tar.gz
	cp pom.xml build/tools/pom.xml
}

# The Debian mirror that this machine's own apt uses.
debian_mirror() {
	apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' | awk '
		$1 == "Debian" && !/security/ { found = $NF }
		END { print found; exit found == "" }' || {
		echo "no Debian mirror in this machine's apt sources" >&2
		return 1
	}
}

# What the images of tests/deploy stand on, in place of debian:trixie-slim. As
# in that one, dpkg does not sync each file and apt takes no translations; the
# lists stay, or every image would fetch them anew.
base_image() {
	[ ! -e build/deploy/trixie.tar ] || return 0
	mirror=$(debian_mirror) || return 1
	mkdir -p build/deploy
	# What this machine needs to reach a mirror, the images need, too.
	apt-config dump | grep -E '^Acquire::https?::Proxy ' \
		>build/deploy/apt.conf || :
	echo 'Acquire::Languages "none";' >>build/deploy/apt.conf
	thrice mmdebstrap --quiet --variant=minbase --format=tar \
		--aptopt=build/deploy/apt.conf --dpkgopt=force-unsafe-io \
		--skip=cleanup/apt/lists \
		trixie build/deploy/trixie.new "$mirror" || return 1
	mv build/deploy/trixie.new build/deploy/trixie.tar
}
