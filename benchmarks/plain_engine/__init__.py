"""The projection as plain vectorised numpy in double precision: every equation over all draws at once.

It is what the product's engine was before it drew in blocks: the reference its tests compare with, given the same
random numbers, and the measure of ``python -m benchmarks.engine_speed``. It reads the product's figures, assumptions,
grid, verdicts and definitions (concepts, books, what is counted, constants), and has its own random streams, drivers,
chips, routes, sites, floor, firm balance and order books as drawn.
"""
