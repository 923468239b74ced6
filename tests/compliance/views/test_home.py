from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.compliance.views.test_cases import text_of


def test_the_start_page_says_how_to_reach_us_and_leads_to_the_check(client: Client) -> None:
    response = client.get("/")
    said = text_of(response)
    for name in ("name", "address", "email", "phone", "dpo", "authority"):
        assert settings.CONTROLLER[name] in said
    assert 'href="/v/"' in response.content.decode()
    assert not response.cookies


def test_the_start_page_speaks_the_browsers_language(client: Client) -> None:
    for language, _name in settings.LANGUAGES:
        response = client.get("/", headers={"accept-language": language})
        assert f'<html lang="{language}"' in response.content.decode()


def test_the_style_sheet_is_small_and_asks_nobody_else() -> None:
    style = Path(finders.find("compliance/member.css")).read_text()
    assert len(style.encode()) < 10_240
    assert "url(" not in style
    assert "@import" not in style
