"""``/v1/designers``: quantity against quality, as counted."""

import pytest

from service.api.gaps.designers import DesignerList


def test_designers_are_listed_side_by_side(client):
    answer = client.get("/v1/designers").json()
    DesignerList.model_validate(answer)
    names = [item["designer"] for item in answer["items"]]
    assert names == sorted(names)
    assert {"huawei_ascend", "nvidia"} <= set(names)
    for item in answer["items"]:
        assert item["h100e_per_unit"] == pytest.approx(item["h100e"] / item["units"], rel=1e-4)


def test_designers_are_paged(client):
    first = client.get("/v1/designers?limit=2").json()
    second = client.get(f"/v1/designers?limit=10&cursor={first['next']}").json()
    assert len(first["items"]) == 2
    assert not {item["designer"] for item in first["items"]} & {item["designer"] for item in second["items"]}
