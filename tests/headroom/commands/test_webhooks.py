def test_a_webhook_is_added_listed_and_removed(headroom):
    code, hook = headroom("webhooks", "add", "https://example.org/hook", "--event", "edition.published", "--by", "ann")
    assert code == 0
    assert hook["secret"].startswith("whsec_")
    assert (hook["kinds"], hook["actor"]) == (["edition.published"], "ann")
    _, listed = headroom("webhooks", "list")
    assert [item["url"] for item in listed["items"]] == ["https://example.org/hook"]
    assert "secret" not in listed["items"][0]
    assert headroom("webhooks", "remove", "1") == (0, {"id": 1, "removed": True})
    assert headroom("webhooks", "list")[1] == {"items": []}
    assert headroom("webhooks", "deliveries")[1] == {"items": []}


def test_faults_say_what_is_allowed(headroom):
    code, fault = headroom("webhooks", "add", "https://127.0.0.1/hook")
    assert (code, fault["code"]) == (2, "invalid_parameter")
    assert "HEADROOM_WEBHOOK_NETWORKS" in fault["detail"]
    code, fault = headroom("webhooks", "add", "https://example.org/hook", "--event", "weather")
    assert code == 2
    assert "edition.published" in fault["remedy"]
    assert headroom("webhooks", "remove", "7")[0] == 2


def test_a_test_that_reaches_nobody_fails_with_the_reason(headroom, monkeypatch):
    monkeypatch.setenv("HEADROOM_WEBHOOK_NETWORKS", "127.0.0.0/8")
    headroom("webhooks", "add", "http://127.0.0.1:9/hook")
    code, answer = headroom("webhooks", "test", "1")
    assert (code, answer["status"]) == (1, None)
    assert answer["error"]
