import re

from shared.platform.http import page as pages
from shared.platform.http.openapi import document
from tests.shared.platform.http.notes import surface


def test_the_page_shows_every_operation_and_loads_nothing_else():
    described = document(surface.routes, version="1.2.3", address="https://hub.example")
    shown = pages.page(described).decode()
    for route in surface.routes:
        assert f'id="{route.name}"' in shown
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", shown)
    assert "url(" not in shown
    assert "@import" not in shown


def test_its_policy_allows_its_own_style_and_script_only():
    assert pages.POLICY.startswith("default-src 'none'")
    assert pages.POLICY.count("'sha256-") == 2
    assert "unsafe" not in pages.POLICY


def test_what_is_described_is_escaped():
    described = document(surface.routes, version="<script>", address="x")
    assert b"<script> API" not in pages.page(described)
    assert b"&lt;script&gt;" in pages.page(described)
