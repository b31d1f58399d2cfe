"""Generated Swedish sentences with edge numbers, as text that a reader of the authorities' Swedish in Finland accepts.

Read them: the numbers 0, 1, 2 and many, nobody and unknown, decimal commas and signs are what this file holds. Spaces
stand for no-break spaces too, and hyphens for those that no line breaks at.
"""
# ruff: noqa: E501 - a sentence stands on one line, as a reader gets it

import re

from spoken import as_read, each, writers

from evaltools import i18n

spoken, whole, share, decimal, money = writers("sv")
SENTENCES = [
    (
        spoken("participants.total", n=0),
        "Projektet har haft 0 deltagare.",
    ),
    (spoken("participants.total", n=1), "Projektet har haft 1 deltagare."),
    (
        spoken("participants.total", n=1000),
        "Projektet har haft 1 000 deltagare.",
    ),
    (
        spoken("participants.target_total", n=1, total=whole(2), share=share(0.5)),
        "1 person hör till minst en målgrupp, vilket är 50,0 % av alla deltagare (2).",
    ),
    (
        spoken("participants.target_total", n=0, total=whole(21), share=share(0)),
        "0 personer hör till minst en målgrupp, vilket är 0,0 % av alla deltagare (21).",
    ),
    (
        spoken("participants.standing_is", completed=share(0.3333), dropped=share(0), ongoing=share(0.6667)),
        "Av dem som inlett studier har 33,3 % slutfört dem, 0,0 % har avbrutit dem och 66,7 % fortsätter.",
    ),
    (spoken("participants.by", per=spoken("per.age_group")), "Deltagare efter åldersgrupp"),
    (spoken("monitoring.standing_missed"), "Målet nåddes inte."),
    (spoken("monitoring.standing_unknown"), "Utfallet kan inte visas."),
    (spoken("monitoring.unused", channels=i18n.listing(["kaféer", "mässor"], "sv")), "Kanaler utan verksamhet: kaféer och mässor."),
    (spoken("monitoring.unit_cost", total=money(1234)), "Kostnaden är 1 234 € per deltagare."),
    (
        spoken("monitoring.unit_costs", total=money(-50), target_group=money(0)),
        "Kostnaden är −50 € per deltagare och 0 € per studerande som hör till målgrupperna.",
    ),
    (spoken("placement.followup.nobody"), "Ingen har ännu bjudits in till uppföljningen."),
    (spoken("placement.followup.all_known", n=1), "Uppföljningen omfattar 1 person, vars situation är känd."),
    (spoken("placement.followup.all_known", n=2), "Uppföljningen omfattar 2 personer, och allas situation är känd."),
    (
        spoken("placement.followup.few_unknown", n=1000),
        "Uppföljningen omfattar 1 000 personer. De som inte svarat är så få att antalet inte visas.",
    ),
    (
        spoken("placement.followup.undeclared", n=1),
        "Situationen är känd för 1 person. Det är inte känt hur många som tillfrågades, så svarsfrekvensen är inte känd.",
    ),
    (spoken("placement.followup.leavers", n=2), "2 deltagare har avslutat sina studier."),
    (
        spoken("placement.rate.nobody", share=spoken("placement.share.employed")),
        "Andelen sysselsatta: ingen av de inbjudna har svarat, så andelen är inte känd.",
    ),
    (
        spoken("placement.groups.terms_differ", share=spoken("placement.share.student_any")),
        "Andelen som studerar skiljer sig mellan uppföljningsterminerna mer än slumpen förklarar.",
    ),
    (
        spoken("survey.results.not_judged", n=1, total=whole(2), items="”Jag mår bra”"),
        "En huvudfråga (1/2) kan inte bedömas, eftersom svarsparen är för få: ”Jag mår bra”.",
    ),
    (
        spoken("survey.results.not_judged", n=2, total=whole(2), items="”Jag mår bra” och ”Jag tror på min framtid”"),
        "Dessa huvudfrågor (2/2) kan inte bedömas, eftersom svarsparen är för få: ”Jag mår bra” och ”Jag tror på min framtid”.",
    ),
    (
        spoken("survey.results.nobody_both"),
        "Förändringen kan inte bedömas: ingen har svarat på samma fråga i båda enkäterna.",
    ),
    (
        spoken("report.concluded.not_judged", n=1),
        "Förändringen kan inte bedömas för en huvudfråga: svarspar saknas eller är för få.",
    ),
    (
        spoken("report.concluded.not_judged", n=21),
        "Förändringen kan inte bedömas för 21 huvudfrågor: svarspar saknas eller är för få.",
    ),
    (spoken("report.concluded.reached", n=1, names="Studerande"), "Det kvantitativa målet nåddes: Studerande."),
    (
        spoken("report.concluded.reached", n=2, names="Studerande och Sysselsatta"),
        "De kvantitativa målen (2) nåddes: Studerande och Sysselsatta.",
    ),
    (spoken("report.objective_group", group="55 år fyllda", n=0, share=share(0)), "55 år fyllda: 0 deltagare, 0,0 % av alla."),
    (spoken("figure.state.late", n=1), "genomförd 1 dag försenad"),
    (spoken("figure.state.overdue", n=31), "31 dagar försenad"),
    (spoken("figure.alt.missing", n=1), "Ett tal saknas."),
    (spoken("figure.alt.missing", n=2), "2 tal saknas."),
    (spoken("html.rest", n=1), "Visa den återstående raden"),
    (spoken("html.rest", n=1000), "Visa de återstående 1 000 raderna"),
    (spoken("disclosure.audit_releases", n=1), "1 tidigare publicering"),
    (spoken("disclosure.audit_releases", n=0), "0 tidigare publiceringar"),
    (spoken("problem.ragged_row", found=1, expected=3), "antal fält på raden: 1; förväntat antal: 3. Kontrollera avgränsare och citattecken."),
    (
        spoken("clusters.too_few", n=2),
        "Det finns bara 2 grupper. Variationen mellan dem kan därför inte bedömas, och inga slutsatser dras om förändringen.",
    ),
    (spoken("report.kind.register"), "Inget konfidensintervall: fullständigt register"),
    (
        spoken("survey.answered.start", participants=whole(1), start=whole(1), start_share=share(1)),
        "Av deltagarna (1) svarade 1 på startenkäten (100,0 %).",
    ),
    (
        spoken("survey.answered.end", asked_at_end=whole(1), end=whole(1), end_share=share(1), both=whole(0), both_share=share(0)),
        "På slutenkäten kunde de svara som avslutat sina studier och de som svarade redan under studierna (sammanlagt 1). Av dem svarade 1 på slutenkäten (100,0 %) och 0 på båda enkäterna (0,0 %).",
    ),
    (
        spoken("report.data_both", both=whole(1), both_share=share(1), persons=whole(2)),
        "Start- och slutenkäten besvarades av 1, vilket är 100,0 % av dem som kunde ha svarat på båda. Antalet deltagare är totalt 2.",
    ),
    (
        spoken("report.data_followup_undeclared", answered=whole(0)),
        "Antalet personer vars placering är känd är 0. Det är inte känt hur många som tillfrågades, så svarsfrekvensen kan inte räknas ut.",
    ),
    (
        spoken("report.verdict_counts", n=1, counts=spoken("report.verdict_count.not", n=1)),
        "Av målen (1): 1 nåddes inte.",
    ),
    (
        spoken("report.concluded.actions_late", done=whole(1), done_late=whole(1), open_late=whole(0)),
        "Av de genomförda åtgärderna (1) blev 1 försenade. Av de ej slutförda har 0 överskridit tidsfristen.",
    ),
    (
        spoken("monitoring.outreach_total", reached=whole(1), applicants=whole(1), enrolled=whole(0)),
        "Antalet möten i den uppsökande verksamheten var 1; samma person kan ha mötts flera gånger. Antalet sökande var 1, och 0 inledde studier.",
    ),
    (
        spoken("placement.followup.asked", n=470, answered=whole(275), rate=share(0.585), unknown=whole(1)),
        "470 personer bjöds in till uppföljningen. Av dem svarade 275 (svarsfrekvens 58,5 %); för 1 är situationen inte känd.",
    ),
    (spoken("label.unknown"), "Uppgift saknas"),
    (spoken("run.say.terms", n=1), "1 termin"),
    (spoken("run.say.terms", n=5), "5 terminer"),
]  # fmt: skip


@each(SENTENCES)
def test_a_swedish_reader_would_accept_it(made, accepted):
    assert not isinstance(made, i18n.Foreign)
    assert as_read(made) == accepted


def test_the_swedish_of_authorities_in_finland():
    """What they recommend against stands nowhere: words of Sweden, straight quotation marks in reports, a percent
    sign without a space."""
    against = re.compile(r"skolform|läroverk|folkbokför|personnummer|länsstyrels|universitetspoäng|\d%|“")
    odd = []
    for key, entry in i18n.catalogue().items():
        said = entry["sv"]
        odd += [key for form in (said.values() if isinstance(said, dict) else [said]) if against.search(form)]
    assert not odd
