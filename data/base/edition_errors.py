"""Errors of published editions: a branch of the tree in ``errors.py``."""

from data.base.errors import ProjectionError


class DrawsRemoved(ProjectionError):  # noqa: N818 - the tree reads as nouns
    """An answer needs draws of an edition that are not kept any more; what is kept as bands is still answered."""

    code = "draws_removed"
    title = "Draws are not kept any more"

    def __init__(self, edition: str, day: str) -> None:
        remedy = (
            "ask an edition of /v1/editions that keeps its draws; those that are cited keep them for ever: "
            "headroom editions cite"
        )
        super().__init__(f"the draws of {edition} were removed on {day}, and this is read off draws", remedy=remedy)
