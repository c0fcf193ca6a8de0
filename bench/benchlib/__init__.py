"""The parts of bench/run: what is compared, how it is started, measured and reported."""
