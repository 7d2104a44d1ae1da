"""The model of three cells once more, from the equations of docs/method.md: plain numpy in double precision.

No block, no kernel, no single precision, and no function of the engine: only its figures, constants and random numbers.
What the engine draws of these cells has to be what stands here.
"""
