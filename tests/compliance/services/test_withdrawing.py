"""Whichever way somebody says no, the very next `may_send` is no, and only of what they meant."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from django.utils import timezone

from compliance import personal_data
from compliance.services import on_behalf
from compliance.services.on_behalf import Said
from consent.enums import OPT_OUTS, PAIRS, Act, Channel, Origin, Purpose
from consent.models import Suppression
from consent.services import centre, choices, consents, links, unsubscribing
from consent.services.permission import may_send
from consent.services.projection import Pair
from seats.models import Member
from seats.roles import Role
from tests.factories import make_evidence, make_member, make_staff, suppress

pytestmark = pytest.mark.django_db
Way = Callable[[Member], object]
FORM = {"List-Unsubscribe": ["One-Click"]}


def answers(member: Member) -> object:
    version = centre.of(member).version
    return centre.save(member, dict.fromkeys(PAIRS, False), make_evidence(), {}, version=version)


def by_support(act: Act, purpose: str = "", channel: str = "") -> Way:
    said = Said(act=act, purpose=purpose, channel=channel, way="phone", reason="She rang.")
    return lambda member: on_behalf.record(member, said, actor=make_staff(Role.SUPPORT))


def by_product(act: Act, purpose: str, channel: str) -> Way:
    evidence = make_evidence(Origin.API, text="")
    how = {"purpose": purpose, "channel": channel, "evidence": evidence}
    return lambda member: consents.record(member, act, **how)


def by_footer(pair: Pair, *, everything: bool = False) -> Way:
    def click(member: Member) -> object:
        token = links.unsubscribe_token(member, *pair)
        return unsubscribing.unsubscribe(token, everything=everything)

    return click


def by_mail_program(pair: Pair) -> Way:
    return lambda member: unsubscribing.one_click(links.unsubscribe_token(member, *pair), FORM)


INMAIL = {pair for pair in PAIRS if pair[1] == Channel.INMAIL}
EVERYTHING: list[Way] = [
    answers,
    lambda member: choices.stop_all(member, make_evidence()),
    by_footer(PAIRS[0], everything=True),
    *map(by_support, sorted(OPT_OUTS)),
    *(by_product(act, "", "") for act in sorted(OPT_OUTS)),
    lambda member: suppress(member.email, origin=Origin.ONE_CLICK),
    personal_data.erase_member,
]
WAYS: list[tuple[Way, set[Pair]]] = [
    *((way, set(PAIRS)) for way in EVERYTHING),
    (lambda member: choices.never_inmail(member, make_evidence()), INMAIL),
    *(
        (by(act, "", channel), {pair for pair in PAIRS if pair[1] == channel})
        for by, act, channel in product((by_support, by_product), sorted(OPT_OUTS), Channel)
    ),
    *(
        (by_product(Act.OBJECTED, purpose, ""), {pair for pair in PAIRS if pair[0] == purpose})
        for purpose in Purpose
    ),
    *((by(pair), {pair}) for by, pair in product((by_footer, by_mail_program), PAIRS)),
]


def blocked(member: Member) -> set[Pair]:
    return {pair for pair in PAIRS if not may_send(member, *pair).allowed}


@pytest.mark.parametrize(("way", "meant"), WAYS)
def test_a_no_holds_at_once_and_for_what_was_meant(way: Way, meant: set[Pair]) -> None:
    member = make_member()
    namesake = make_member(email=member.email)
    for someone in (member, namesake):
        choices.save_choices(someone, dict.fromkeys(PAIRS, True), make_evidence())
    before = timezone.now()

    way(member)

    assert blocked(member) == meant
    # Who shares the address decides for themselves, but for what was said about the address.
    assert blocked(namesake) == (meant if Suppression.objects.exists() else set())
    if Member.objects.get(pk=member.pk).erased_at is None:
        assert all(may_send(member, *pair, at=before).allowed for pair in PAIRS)
