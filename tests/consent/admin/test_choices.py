from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from consent.models import ConsentEvent, Suppression
from consent.services import choices, consents
from tests.factories import (
    make_document,
    make_evidence,
    make_member,
    make_staff,
    make_version,
)

pytestmark = pytest.mark.django_db


def shown(row: ConsentEvent | Suppression) -> tuple[str, str]:
    desk = admin.site._registry[type(row)]
    return str(desk.about(row)), str(desk.by(row))


def test_an_opt_out_of_everything_does_not_look_like_one_of_nothing() -> None:
    member = make_member()
    choices.never_inmail(member, make_evidence())
    assert shown(ConsentEvent.objects.get()) == ("All", "InMail")
    choices.stop_all(member, make_evidence())
    assert shown(ConsentEvent.objects.latest("pk")) == ("All", "All")
    assert shown(Suppression(key="k", purpose="tips")) == ("Tips for your work", "All")


def test_accepted_terms_are_about_no_messages() -> None:
    version = make_version(make_document("terms"))
    consents.accept_terms(make_member(), version, make_evidence("joining"))
    assert shown(ConsentEvent.objects.get()) == ("None", "None")


def test_the_page_of_an_event_says_so_too(client: Client) -> None:
    choices.stop_all(make_member(), make_evidence())
    client.force_login(make_staff(is_superuser=True))
    event = ConsentEvent.objects.get()
    page = client.get(reverse("admin:consent_consentevent_change", args=[event.pk]))
    assert page.content.decode().count(">All<") == 2
