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
