# make demo    one recipe all the way to a dom0 generation, and back, on a simulated dom0
# make test    everything: formatting, clippy, all tests, and the checks with stock programs, which it installs (as root)
# make check   the same without the stock programs, for the inner loop
# make bench   how long each step takes on this machine, and how much memory
# make dom0    halite-dom0 alone, as dom0 gets it; RELEASE=1 for the optimised one

.POSIX:

.PHONY: demo test check bench dom0 clean

demo: dom0
	cargo build --locked --quiet
	scripts/demo

test:
	scripts/install-tools
	scripts/check all

check:
	scripts/check quick

bench:
	scripts/bench

# CC=/bin/false: no C code may slip in. A target directory of its own: no feature of another build may, either.
dom0:
	CC=/bin/false cargo build --locked --no-default-features --features dom0 --bin halite-dom0 --target-dir target/dom0 $${RELEASE:+--release}

clean:
	cargo clean
