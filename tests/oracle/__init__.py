"""Three cells recomputed from the equations of docs/method.md, section 12, in plain numpy and double precision.

Taken from the product: the figures of the day, and what is drawn (assumptions, driver paths, measurement errors, the
random numbers of sites). Everything after that is computed here; no function of the engine is called. Arrays have shape
(draw, quarter), one number a draw (draw, 1).
"""
