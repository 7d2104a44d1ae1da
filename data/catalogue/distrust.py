"""Series to be used with wide bands or not at all, each with the reason."""

import re

_REASONS: tuple[tuple[str, str], ...] = (
    (r"\.itk(\.|$)", "unit counts of one author, far from the designers' own figures"),
    (r"nearline_exabytes$", "makers and analysts define nearline differently"),
    (r"construction_spending\.real$", "constant dollars of an old vintage; use the nominal series"),
    (r"\.gpu_clusters\.", "self-selected sample on a 16-bit basis"),
    (r"^cn\.ai_accelerators\.", "press counts with differing definitions of an accelerator"),
    (
        r"^(africa|middle_east|c_s_america|asia_pacific|europe|north_america)\..*\.iea2025",
        "small regions of the IEA annex, rounded to a digit or two",
    ),
    (r"^us\.datacenter\.market\.", "one market alone: thin, and redrawn between editions"),
    (r"^cn\.nuclear\.under_construction\.units\.press$", "one undated press count, unconfirmed"),
    (r"\.compute_commitment(_|$)|contracted_compute_total$|\.tpu_cloud$", "gigawatt deals overlap; never summed"),
    (r"[._](backlog|rpo)([._]|$)", "companies define backlog differently"),
    (r"\.tracked_h100e$", "sites were re-rated between vintages; never fit power per H100e over vintages"),
    (r"\.ai_datacenter\.slip\.", "overlapping summaries published at compilation; use the vintages pair by pair"),
    (r"\.ai_server_electricity\.", "another boundary: all accelerated servers since 2017"),
    (r"^world\.storagesphere\.", "all devices, three times data-center disk; partly a forecast"),
)
_RULES = tuple((re.compile(pattern), reason) for pattern, reason in _REASONS)


def distrust(series_id: str) -> str | None:
    """Why a series is not to be leaned on; None when nothing speaks against it.

    >>> distrust("us.gpu_clusters.tracked_share")
    'self-selected sample on a 16-bit basis'
    """
    return next((reason for pattern, reason in _RULES if pattern.search(series_id)), None)
