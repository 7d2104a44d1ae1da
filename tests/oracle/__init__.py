"""The model of three cells once more, by the equations of docs/method.md: plain numpy in double precision.

No block, no kernel and no single precision: of the engine it takes figures, constants, names of series and random
numbers. Most of it is what is left of a plain reference engine of all cells that grew up beside the product; it was not
written anew from the equations, so an error that both were given alike would not show. What the engine draws of these
cells has to be what stands here.
"""
