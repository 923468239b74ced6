"""The longer texts of the sample company. All of it invented, and no model for anybody's own."""

from __future__ import annotations

TERMS = """\
1. What this is
You use Larkfield because your company pays for your seat. These terms say how.

2. Your seat
- It is yours alone: do not let others use it.
- It ends when your company takes it back, or when its contract ends.
- What you make in it belongs to you and your company.

3. Messages
3.1 We send you what you need to use the product.
3.2 Promotional messages are sent only if you agree to them separately. Accepting these terms is \
no such agreement.

4. The end
You can stop at any time. What happens to your data is in our privacy policy.
"""

_WHO = """\
1. Who we are
Larkfield Software Ltd, 14 Hanover Quay, Dublin D02 KX54, Ireland, decides how your account data \
is used. For the data you make in a seat, your company decides, and we act for it.

You reach our data protection officer at dpo@larkfield.example.

2. What we keep
- Your account: name, e-mail address, language, and when you used the product.
- What you make in your seat: leads, notes, messages, presentations.
- What you chose: which messages you want, and which not.

"""
_MESSAGES = """\
3. Messages
3.1 We send messages about the service.
3.2 We send promotional messages only to those who agreed to them."""
_ONE_CLICK = " Every one of them can be stopped in one click."
_LONG = """

4. How long
1. Your account, as long as you hold a seat.
2. What you make in a seat, as long as your company pays for it.
3. What you agreed to and stopped, for three years after.

"""
_HELPERS = """\
5. Who helps us
Other companies work for us. All of them are named on our trust page.

"""
_ASSISTANT = """\
6. The assistant
It suggests leads from your searches. No decision about you is automatic. Your company can switch \
it off for everybody, and you for yourself.

"""
_RIGHTS = """\
{number}. Your rights
You can get a copy of your data, have it corrected, or have it deleted. You can object to how we \
use it. You can complain to the Data Protection Commission.
"""

POLICY_2024 = _WHO + _MESSAGES + _LONG + _HELPERS + _RIGHTS.format(number=6)
POLICY_2026 = _WHO + _MESSAGES + _ONE_CLICK + _LONG + _HELPERS + _RIGHTS.format(number=6)
POLICY_NEXT = (
    _WHO + _MESSAGES + _ONE_CLICK + _LONG + _HELPERS + _ASSISTANT + _RIGHTS.format(number=7)
)

_WER = """\
1. Wer wir sind
Larkfield Software Ltd, 14 Hanover Quay, Dublin D02 KX54, Irland, entscheidet, wie Ihre Kontodaten \
verwendet werden. Über die Daten in einem Platz entscheidet Ihr Unternehmen; wir handeln für es.

Unsere Datenschutzbeauftragte erreichen Sie unter dpo@larkfield.example.

2. Was wir aufbewahren
- Ihr Konto: Name, E-Mail-Adresse, Sprache, und wann Sie das Produkt benutzt haben.
- Was Sie in Ihrem Platz anlegen: Leads, Notizen, Nachrichten, Präsentationen.
- Was Sie gewählt haben: welche Nachrichten Sie möchten, und welche nicht.

3. Nachrichten
3.1 Wir senden Nachrichten über den Dienst.
3.2 Werbung senden wir nur denen, die zugestimmt haben. Jede lässt sich mit einem Klick abbestellen.

4. Wie lange
1. Ihr Konto, solange Sie einen Platz haben.
2. Was Sie in einem Platz anlegen, solange Ihr Unternehmen ihn bezahlt.
3. Was Sie erlaubt und beendet haben, drei Jahre danach.

5. Wer uns hilft
Andere Unternehmen arbeiten für uns. Alle stehen auf unserer Vertrauensseite.

"""
_ASSISTENT = """\
6. Der Assistent
Er schlägt Leads nach Ihren Suchen vor. Keine Entscheidung über Sie fällt automatisch. Ihr \
Unternehmen kann ihn für alle abschalten, und Sie für sich selbst.

"""
_RECHTE = """\
{number}. Ihre Rechte
Sie können eine Kopie Ihrer Daten, ihre Berichtigung oder ihre Löschung verlangen. Sie können der \
Verwendung widersprechen. Sie können sich bei der Data Protection Commission beschweren.
"""

RICHTLINIE_2026 = _WER + _RECHTE.format(number=6)
RICHTLINIE_NEXT = _WER + _ASSISTENT + _RECHTE.format(number=7)

_SUBJECT = """\
1. Subject
We process personal data for the customer, on its documented instruction and for as long as the \
contract runs. The kinds of data, and the people it is about, are listed in the product.

2. Our duties
- Everybody who handles the data is bound to secrecy.
- We protect it as the trust page says, and have that checked every year.
- We help the customer to answer people who ask about their data.
- We tell the customer of a breach within 24 hours.

"""
_TOLD = """\
3. Sub-processors
The list is on our trust page. The customer is told 30 days before a new one begins."""
_MAY_OBJECT = " It may object; then we find another way, or it may end the contract."
_AUDIT = """

4. Proof
The customer may read our certificates, and may check us itself once a year.
"""
_END = """
5. The end
Data is deleted or returned, as the customer chooses, within 30 days. Backups follow within 35.
"""

DPA_2024 = _SUBJECT + _TOLD + _AUDIT
DPA_2026 = _SUBJECT + _TOLD + _MAY_OBJECT + _AUDIT + _END
