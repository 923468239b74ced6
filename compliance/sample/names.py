"""Invented people and companies of the sample product, in nine scripts.

Nobody here exists: names are put together from lists, addresses end in `.example` (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, product

from compliance.sample.draws import draws
from compliance.sample.vocabulary import listed


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    slug: str
    """The name as the left part of an address: ASCII, no spaces."""


@dataclass(frozen=True, slots=True)
class Firm:
    name: str
    domain: str


# Surnames are chosen to be no one in particular; each non-Latin name is followed by its spelling
# in ASCII, which its e-mail address needs.
GIVEN = listed(
    "Aoife Anton Beatriz Bram Camille Carlos Clara Dagmar Daniel Élodie Emil Fiona François Greta "
    "Hélène Hugo Ingrid Iñaki Jana Jörg Katarzyna Lars Lucía Łukasz Maeve Mateo Márta Nils Noémie "
    "Oisín Paola Priya Renée Rhys Saoirse Søren Tomáš Úna Viktória Willem Yusuf Zoë"
)
FAMILY = listed(
    "Abernathy Achterberg Álvarez Bakker Bergström Castellanos Ó'Dálaigh Delacroix Dvořák Eriksen "
    "Fitzsimmons Förster García-Núñez Grønlund Haverkamp Ibáñez Jansen Kőszegi Kowalczyk Lindqvist "
    "MacAllister Marchetti Müller-Lüdenscheidt Nakashima Øvergård Pemberton Quesada Rossignol "
    "Sørensen Strauß Szczepański Thibault Tremblay Ulrichsen Vandenberghe Varga Weißmann Ximénez "
    "Yıldırım Zwijnenburg"
)
FOLDED = str.maketrans(
    "áàâäãåčćçéèêëęíìîïñńóòôöõőøřšśşțúùûüűýžźżłıÁÉÍÓÚØÖÜÑŁ",
    "aaaaaaccceeeeeiiiinnooooooorssstuuuuuyzzzliAEIOUOOUNL",
    "'",
)
# (given names, family names, how the two are joined, family name first)
SCRIPTS = (
    (
        "Ελένη:eleni Γιώργος:giorgos Δήμητρα:dimitra Νίκος:nikos",
        "Παπαδοπούλου:papadopoulou Καραγιάννης:karagiannis Οικονόμου:oikonomou",
        " ",
        False,
    ),
    (
        "Оксана:oksana Борис:boris Светлана:svetlana Йордан:yordan",
        "Шевченко:shevchenko Кузнецова:kuznetsova Ђорђевић:djordjevic",
        " ",
        False,
    ),
    (
        "فاطمة:fatima خالد:khalid ليلى:layla يوسف:yousef",
        "العتيبي:alotaibi المنصوري:almansoori حدّاد:haddad",
        " ",
        False,
    ),
    (
        "נועה:noa איתן:eitan תמר:tamar",
        "לוי-כהן:levi-cohen מזרחי:mizrahi ברקוביץ׳:berkovich",
        " ",
        False,
    ),
    ("伟:wei 秀英:xiuying 思远:siyuan 𠮷安:jian", "王:wang 欧阳:ouyang 陈:chen", "", True),
    (
        "さくら:sakura 健太:kenta 悠人:yuto",
        "髙橋:takahashi 渡邊:watanabe 小鳥遊:takanashi",
        " ",
        True,
    ),
    ("สมชาย:somchai มาลี:malee ณัฐพล:natthaphon", "ศรีสุวรรณ:srisuwan แก้วมณี:kaewmanee", " ", False),
    (
        "अनन्या:ananya विक्रम:vikram क्षितिज:kshitij",
        "शर्मा:sharma चट्टोपाध्याय:chattopadhyay",
        " ",
        False,
    ),
)


def ascii_slug(text: str) -> str:
    folded = text.replace("ß", "ss").translate(FOLDED).lower()
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in folded)


def latin_people() -> list[Person]:
    return [
        Person(f"{given} {family}", f"{ascii_slug(given)}.{ascii_slug(family)}")
        for given in GIVEN
        for family in FAMILY
    ]


def people_in_other_scripts() -> list[Person]:
    people = []
    for givens, families, joint, family_first in SCRIPTS:
        for given in givens.split():
            for family in families.split():
                (own, own_slug), (of, of_slug) = given.split(":"), family.split(":")
                name = f"{of}{joint}{own}" if family_first else f"{own}{joint}{of}"
                people.append(Person(name, f"{own_slug}.{of_slug}"))
    return people


LATIN = latin_people()
OTHERS = people_in_other_scripts()
# Nearly a quarter of a large address book is not in Latin letters.
PEOPLE = LATIN + OTHERS * (len(LATIN) // (3 * len(OTHERS)))
draws(20).shuffle(PEOPLE)

FIRST = listed(
    "Alder Amber Anchor Birch Bramble Cairn Cedar Cobalt Copper Drift Elm Ember Fern Flint Gable "
    "Granite Harbour Hazel Heron Juniper Kestrel Lantern Larch Linden Maple Marsh Meadow Mill "
    "North Oak Orchard Osprey Pebble Quarry Rowan Saffron Slate Sparrow Tern Thistle Willow Yarrow"
)
SECOND = listed(
    "bay bridge brook craft dale field ford forge gate grove haven hill light line loom mark mere "
    "moor path point port reach ridge scale shore side span stead stone ton vale wick works yard"
)
FORMS = {
    "IE": "Ltd",
    "DE": "GmbH",
    "FR": "SAS",
    "ES": "S.L.",
    "AT": "GmbH & Co KG",
    "GB": "plc",
    "BE": "SA/NV",
    "US": "Inc.",
}
FOREIGN_FIRMS = [
    Firm(name, f"{slug}.example")
    for name, slug in (
        ("Αιγαίο Ναυτιλιακή Α.Ε.", "aigaio-nautiliaki"),
        ("Полярная Звезда ООО", "polyarnaya-zvezda"),
        ("شركة النخيل للتجارة", "nakheel-trading"),
        ("אורן מערכות בע״מ", "oren-systems"),
        ("青石科技有限公司", "qingshi-tech"),
        ("株式会社みどり製作所", "midori-seisakusho"),
        ("บริษัท ช้างขาว จำกัด", "white-elephant"),
        ("नीलगिरि उद्योग प्रा. लि.", "nilgiri-udyog"),
        ('Brüder "Eisen" & Söhne, Nachf. OHG', "brueder-eisen"),
        ("Smith; Jones, \\Partners\\ LLP", "smith-jones"),
    )
]
FIRMS = [
    Firm(f"{first}{second} {form}", f"{first.lower()}{second}.example")
    for (first, second), form in zip(product(FIRST, SECOND), cycle(FORMS.values()), strict=False)
] + FOREIGN_FIRMS * 20
draws(21).shuffle(FIRMS)


def customer(contract: int, country: str) -> Firm:
    """The company that signed contract number `contract`, a different one for each."""
    turn, place = divmod(contract - 1, len(FIRST) * len(SECOND))
    shift, start = divmod(place, len(FIRST))
    stem = f"{FIRST[start]}{SECOND[(start + shift) % len(SECOND)]}"
    name = f"{stem} {turn + 1}" if turn else stem
    return Firm(f"{name} {FORMS[country]}", f"{name.lower().replace(' ', '')}.example")


@dataclass(frozen=True, slots=True)
class Outsider:
    """Someone who is no member: who gets mail, becomes a lead, looks at a presentation."""

    name: str
    email: str
    firm: Firm
    slug: str


OUTSIDERS = [
    Outsider(one.name, f"{one.slug}@{firm.domain}", firm, one.slug)
    for one, firm in zip(PEOPLE * 3, cycle(FIRMS), strict=False)
]
