"""On-site power: plants by how far they are, as the tracker had them on a day."""

from datetime import date

import pytest

from data.catalogue.stages import FacilityType, stages
from data.store.store import Store
from features.generation.on_site import on_site, on_site_facts
from features.view import View

STORE = Store.shipped()


def test_plants_are_counted_by_stage_beside_what_is_signed():
    plants = on_site(View.of(STORE, as_of=date(2026, 11, 23)))
    # Abilene and Southaven run; Homer City is most of what is being built.
    assert plants.running == pytest.approx(0.3605 + 0.495)
    assert plants.building == pytest.approx(4.5 + 0.12 + 0.216 + 0.2 + 0.2 + 0.09)
    assert plants.planned == pytest.approx(2.7 + 0.25 + 0.2 + 1.0 + 1.0 + 0.5 + 0.218 + 0.144 + 0.03)
    assert (plants.contracted, plants.agreed, plants.most) == (1.2, 2.8, 40)


def test_a_day_knows_the_plants_of_its_edition_alone():
    assert on_site(View.of(STORE, as_of=date(2026, 7, 1))) is None
    august, november = (on_site(View.of(STORE, as_of=date(2026, month, 10))) for month in (8, 11))
    assert august.planned < november.planned
    assert august.building + august.running <= november.building + november.running


def test_every_plant_that_is_named_is_one_of_the_trackers():
    plants = stages(date.max, facility=FacilityType.POWER)["site_id"].unique().to_list()
    assert set(on_site_facts().plants) <= set(plants)
