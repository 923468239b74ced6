"""The words from which the sample product's messages and notes are put together.

A pattern is a row of slots; a capital slot takes one of its words, anything else stands as it is.
N is a number, D a day.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    joint: str
    """What stands between two words."""
    stop: str
    patterns: tuple[str, ...]
    words: dict[str, list[str]]


def listed(words: str) -> list[str]:
    return words.split(" | ") if " | " in words else words.split()


ENGLISH = Language(
    " ",
    ".",
    (
        "the ADJ AGENT VERB the ADJ NOUN PREP DET NOUN",
        "OPENING , the AGENT VERB DET ADJ NOUN and DET NOUN",
        "could you VERBS DET ADJ NOUN PREP DET ADJ NOUN by D MONTH ?",
        "we expect N ADJ NOUNS PREP DET NOUN , the AGENT said",
        "OPENING , DET NOUN for N seats stays at EUR N PREP DET ADJ NOUN",
        "I will VERBS DET NOUN with the ADJ AGENT on D MONTH",
    ),
    {
        "ADJ": listed(
            "annual audited binding brief broad central cheaper clear complete confidential "
            "current detailed draft early external final fixed formal former hidden initial "
            "internal joint large late legal local lower main minor missing mutual narrow next "
            "nordic older open original partial pending planned possible printed private public "
            "quarterly recent regional remote renewed revised rough second secure shared signed "
            "simple small southern standing steady technical third updated urgent usual verbal "
            "weekly written wrong yearly"
        ),
        "AGENT": listed(
            "accountant auditor board buyer carrier chair committee consultant controller "
            "customer dealer deputy director distributor engineer financier founder headquarters "
            "importer installer lawyer manager operator owner partner planner purchaser "
            "reseller retailer reviewer sponsor subsidiary supervisor supplier tenant trainer "
            "vendor wholesaler"
        ),
        "NOUN": listed(
            "agenda agreement answer appendix approval assessment attachment backlog benchmark bid "
            "brochure budget bulletin calendar campaign catalogue clause comparison contract "
            "correction dashboard deadline delivery demo deposit discount estimate evaluation "
            "exception extension feature forecast framework guarantee handover inspection "
            "inventory invoice kickoff launch licence list margin meeting memo migration milestone "
            "notice offer order outline overview package payment permit pilot plan policy position "
            "presentation price proof proposal prototype question quote rebate record reference "
            "release reminder renewal report request review roadmap rollout sample schedule scope "
            "service shipment shortlist signature slot statement summary survey target tender "
            "territory timeline training transfer trial update upgrade vacancy version visit "
            "volume warranty workshop"
        ),
        "NOUNS": listed(
            "approvals calls deliveries invoices leads orders replies seats sites visits"
        ),
        "VERB": listed(
            "accepted adjusted answered archived assigned booked cancelled checked circulated "
            "compared completed confirmed corrected declined delayed described discussed drafted "
            "dropped extended finished forwarded halved handled ignored improved moved noticed "
            "opened ordered paused postponed prepared presented printed proposed published "
            "questioned raised received renewed repeated replaced rescheduled reviewed sent "
            "shortened signed split started supported tested translated updated verified welcomed "
            "withdrew"
        ),
        "VERBS": listed(
            "check compare confirm correct discuss extend finish forward move prepare present "
            "print renew replace review send share shorten sign split test translate update verify"
        ),
        "DET": listed("a a our your their this that each another one the the the"),
        "PREP": listed(
            "about after against alongside before behind beside beyond despite during except for "
            "from in inside amid near outside over past since through under until with "
            "without"
        ),
        "OPENING": listed(
            "as agreed | before the summer | after our call | by the way | for your records | if "
            "all goes well | in short | on a different note | once more | on Monday | on Thursday "
            "| so far"
        ),
        "MONTH": listed(
            "January February March April May June July August September October November December"
        ),
    },
)
GERMAN = Language(
    " ",
    ".",
    ("WER TUT WAS WANN", "WANN TUT WER WAS WOZU", "bitte prüfen Sie WAS bis zum D. Mai WOZU"),
    {
        "WER": listed(
            "der Einkauf | die Geschäftsführung | unser Vertrieb | Ihre Fachabteilung | der "
            "Betriebsrat | die Rechtsabteilung | unser Partner in Köln | die Außenstelle Görlitz | "
            "der Großkunde | das Projektteam | die Prüferin | der Lieferant aus Österreich"
        ),
        "TUT": listed(
            "prüft | bestätigt | verschiebt | ergänzt | übernimmt | kündigt | veröffentlicht | "
            "streicht | überarbeitet | genehmigt | begrüßt | verlängert"
        ),
        "WAS": listed(
            "das Angebot über N Plätze | den Rahmenvertrag | die Übergabeliste | den Maßnahmenplan "
            "| die Rechnung Nr. N | das Größenverzeichnis | die Schulungsunterlagen | den "
            "Prüfbericht | die Preisliste ab D. Juli | den Auftragsverarbeitungsvertrag | die "
            "Gesprächsnotiz | das Pflichtenheft | die Straßenliste für Außendienste"
        ),
        "WANN": listed(
            "am Montag | nächste Woche | nach Rücksprache | bis Monatsende | im März | übermorgen "
            "| vor Weihnachten | nach der Messe | im dritten Quartal | heute noch"
        ),
        "WOZU": listed(
            "für den Vorstand | wegen der Frist | zur Freigabe | ohne Aufpreis | mit Vorbehalt | "
            "für alle Standorte | gemäß Absprache | trotz der Verzögerung"
        ),
    },
)
FRENCH = Language(
    " ",
    ".",
    (
        "QUI FAIT QUOI QUAND",
        "QUAND , QUI FAIT QUOI POURQUOI",
        "pourriez-vous relire QUOI POURQUOI ?",
    ),
    {
        "QUI": listed(
            "la direction générale | notre équipe à Besançon | le service achats | votre siège | "
            "l’intégrateur | la déléguée régionale | le comité | l’hôtelier | notre conseil | la "
            "responsable logistique | le client pilote"
        ),
        "FAIT": listed(
            "valide | reporte | complète | révise | publie | signe | conteste | préfère | "
            "réexamine | transmet | reçoit | annule"
        ),
        "QUOI": listed(
            "le devis pour N licences | l’avenant n° N | la synthèse des échanges | le dossier "
            "d’août | les conditions générales | la facture de D euros | l’étude de marché | le "
            "compte rendu | la maquette | l’accord-cadre | le relevé d’activité | la liste des "
            "présélectionnés"
        ),
        "QUAND": listed(
            "dès lundi | avant la rentrée | à la mi-décembre | après l’été | sous huitaine | ce "
            "matin | à l’issue du salon | d’ici vendredi | en février"
        ),
        "POURQUOI": listed(
            "pour le conseil | sans surcoût | à titre d’essai | selon nos échanges | malgré le "
            "délai | par précaution | dans les règles de l’art | à l’œil nu"
        ),
    },
)
SPANISH = Language(
    " ",
    ".",
    ("QUIEN HACE QUE CUANDO", "CUANDO QUIEN HACE QUE PORQUE", "¿nos envía QUE CUANDO ?"),
    {
        "QUIEN": listed(
            "la dirección | nuestro equipo en Cádiz | el área de compras | su oficina central | la "
            "auditora | el cliente piloto | el señor del almacén | la jefa de campaña | el "
            "distribuidor de Logroño | la asesoría"
        ),
        "HACE": listed(
            "aprueba | revisa | aplaza | amplía | firma | rechaza | actualiza | envía | compara | "
            "prepara | señala | anula"
        ),
        "QUE": listed(
            "la oferta de N puestos | el contrato marco | la factura n.º N | el informe de año | "
            "los números del trimestre | la lista de precios | el acta de la reunión | la garantía "
            "| el calendario de formación | la campaña de otoño | el albarán D/N"
        ),
        "CUANDO": listed(
            "el lunes | mañana | antes del puente | tras la feria | en enero | esta misma semana | "
            "a fin de mes | después de la visita"
        ),
        "PORQUE": listed(
            "sin coste añadido | por si acaso | según lo acordado | para el consejo | con cariño | "
            "a pesar del retraso | según el pliego"
        ),
    },
)
