# Benchmarks; not part of make check.
