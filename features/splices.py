"""Rules for reading several sources of one id as one series.

A series id is one definition, but often no single source prints all of it: one source covers the years before 2018 and
another those after, or three press releases give a quarter each. A series is read by the first of these that applies;
the name of the splice then stands in ``recipe``.

1. One source (within one scenario) has every period, and none published later: it is used unchanged.
2. The sources say the same within :data:`AGREEMENT` wherever two give a figure for one period: they are parts of one
   definition, and for every period the last published figure is read (``splice.one_definition``).
3. They differ, and the source that reaches furthest among those at least half as long as the longest (ties: the longer
   one, then the later publication) has at least :data:`MINIMUM`: that source alone is used, unchanged.
4. They differ and no source has that many: the last published figure of every period is read, whoever printed it
   (``splice.last_published``). Such a series mixes publishers and says so.

A blank publication day is the latest revision and counts as the day the tables were compiled.
"""

MINIMUM = 8
"""Fewest periods a series is forecast from."""

AGREEMENT = 0.02
"""Largest relative difference between sources of one definition: rounding in press releases and small revisions."""

ONE_DEFINITION = "splice.one_definition"
LAST_PUBLISHED = "splice.last_published"

SUBSTITUTION = "substitution"
"""Beginning of the recipe of a driver that a user's own series stands in for; its id follows."""
