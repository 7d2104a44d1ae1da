"""What the service answers: every module with routes."""

from service.api.beside import beside, cell_draws, coverage
from service.api.editions import changes, editions, feed, files
from service.api.figures import names, observations, series
from service.api.gaps import claims, comparisons, designers, funnel, leads, observables, questions
from service.api.models import forecasts, models, own_series
from service.api.open_models import open_models
from service.api.operation import events, health, jobs, metrics, webhooks
from service.api.scenarios import attribution, evaluation, reach, requirements, scenarios, solve, what_if
from service.api.scores import calibration, scoreboard, summary
from service.api.sites import site as one_site
from service.api.sites import sites as all_sites
from service.pages import headline, site
from service.pages.charts import comparison as comparison_chart
from service.pages.charts import gap as gap_chart
from service.pages.charts import leads as lead_chart
from service.pages.charts import series as series_chart
from service.pages.charts import site_days as sites_chart
from service.pages.charts import site_steps as site_chart
from service.pages.charts import track_record as track_record_chart
from service.pages.charts import what_if as what_if_chart
from service.pages.views import claims as claims_page
from service.pages.views import figures as figures_page
from service.pages.views import track_record, us_china
from service.pages.views.editions import page as editions_page
from service.pages.views.models import page as models_page
from service.pages.views.overview import embed
from service.pages.views.overview import page as overview
from service.pages.views.sites import page as sites_page
from service.pages.views.sites import site as site_page
from service.pages.views.what_if import page as what_if_page

RESOURCES = (
    questions,
    coverage,
    beside,
    headline,
    gap_chart,
    comparisons,
    comparison_chart,
    forecasts,
    own_series,
    observables,
    open_models,
    funnel,
    all_sites,
    one_site,
    sites_chart,
    site_chart,
    claims,
    leads,
    lead_chart,
    what_if_chart,
    series,
    observations,
    series_chart,
    names,
    scenarios,
    evaluation,
    what_if,
    reach,
    attribution,
    solve,
    requirements,
    editions,
    changes,
    files,
    cell_draws,
    feed,
    designers,
    models,
    scoreboard,
    summary,
    calibration,
    track_record_chart,
    jobs,
    events,
    webhooks,
    health,
    metrics,
    overview,
    us_china,
    what_if_page,
    embed,
    sites_page,
    site_page,
    claims_page,
    track_record,
    figures_page,
    models_page,
    editions_page,
    site,
)
"""Modules with routes, in the order of the documentation."""
