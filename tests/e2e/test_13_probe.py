"""Goal: what `twinwire probe` says of a real WordPress is what its preset says,
and nothing of the test record is left there for readers."""

import json


def test_wordpress_is_as_its_preset_says(twinwire, wordpress):
    file = twinwire.wordpress(
        "www", "mag", wordpress, subscribe=[{"topics": ["tw.events.*"]}])
    before = [p for p in wordpress.stock("tw_event") if p[1] != "trash"]
    out = twinwire.run("probe", "--json", "--yes", file, timeout_s=120)
    assert out.returncode == 0, out.stdout + out.stderr
    found = json.loads(out.stdout)
    assert found["keeps_key"] and found["updates"] and found["lists"]
    assert found["idempotent"] is False  # core makes a post for each POST
    assert found["shows_deletions"] is True
    assert found["preset_should_say"]["tier"] == "find"
    assert found["preset_should_say"]["agrees"]
    after = [p for p in wordpress.stock("tw_event") if p[1] != "trash"]
    assert after == before

    people = twinwire.run("probe", "--yes", file, timeout_s=120)
    assert "The preset wordpress should say `tier: find`, and does." \
        in people.stdout
