"""Generated Finnish sentences with edge numbers, as text that a Finnish reader would accept.

Read them: cases, plurals, decimal commas and signs are what this file holds. Spaces stand for no-break spaces too,
and hyphens for those that no line breaks at.
"""
# ruff: noqa: E501 - a sentence stands on one line, as a reader gets it

import pytest

from evaltools import i18n


def spoken(key, **words):
    return i18n.say(key, "fi", **words)


def whole(value):
    return i18n.integer(value, "fi")


def share(value, decimals=1):
    return i18n.percent(value, "fi", decimals)


def decimal(value, decimals=2):
    return i18n.decimal(value, "fi", decimals)


def money(value):
    return i18n.euro(value, "fi")


def points(value):
    number = ("+" if value > 0 else "") + decimal(value * 100, 1)
    return spoken("html.points", number=number)


def points_said(value):
    return spoken("html.points_said", number=decimal(value * 100, 1))


SENTENCES = [
    (
        spoken("participants.total", n=0),
        "Hankkeessa on ollut 0 osallistujaa. Kukin on laskettu kerran, vaikka opinto-oikeuksia olisi useita.",
    ),
    (
        spoken("participants.total", n=1),
        "Hankkeessa on ollut 1 osallistuja.",
    ),
    (
        spoken("participants.total", n=2),
        "Hankkeessa on ollut 2 osallistujaa. Kukin on laskettu kerran, vaikka opinto-oikeuksia olisi useita.",
    ),
    (
        spoken("participants.total", n=5),
        "Hankkeessa on ollut 5 osallistujaa. Kukin on laskettu kerran, vaikka opinto-oikeuksia olisi useita.",
    ),
    (
        spoken("participants.total", n=21),
        "Hankkeessa on ollut 21 osallistujaa. Kukin on laskettu kerran, vaikka opinto-oikeuksia olisi useita.",
    ),
    (
        spoken("participants.total", n=1000),
        "Hankkeessa on ollut 1 000 osallistujaa. Kukin on laskettu kerran, vaikka opinto-oikeuksia olisi useita.",
    ),
    (
        spoken("participants.again", again=whole(0)),
        "Heistä myöhempänä lukukautena uudelleen ilmoittautuneita on 0.",
    ),
    (
        spoken("participants.again", again=whole(1)),
        "Heistä myöhempänä lukukautena uudelleen ilmoittautuneita on 1.",
    ),
    (
        spoken("participants.again", again=whole(1000)),
        "Heistä myöhempänä lukukautena uudelleen ilmoittautuneita on 1 000.",
    ),
    (
        spoken("participants.target_total", n=1, total=whole(1), share=share(1.0)),
        "Ainakin yhteen kohderyhmään kuuluu 1 henkilö eli 100,0 % kaikista osallistujista (1).",
    ),
    (
        spoken("participants.target_total", n=0, total=whole(21), share=share(0)),
        "Ainakin yhteen kohderyhmään kuuluu 0 henkilöä eli 0,0 % kaikista osallistujista (21).",
    ),
    (
        spoken("participants.target_total", n=333, total=whole(1000), share=share(0.333)),
        "Ainakin yhteen kohderyhmään kuuluu 333 henkilöä eli 33,3 % kaikista osallistujista (1 000).",
    ),
    (
        spoken("participants.standing_is", completed=share(0.3333), dropped=share(0), ongoing=share(0.6667)),
        "Aloittaneista 33,3 % on suorittanut opintonsa loppuun, 0,0 % on keskeyttänyt ja 66,7 % jatkaa.",
    ),
    (
        spoken(
            "participants.ratio_under",
            group="Yli 55-vuotiaat",
            estimate=decimal(0.48),
            lower=decimal(0.4),
            upper=decimal(0.57),
        ),
        "Yli 55-vuotiaat: ryhmän osuus opiskelijoista on 0,48-kertainen sen väestöosuuteen verrattuna (95 %:n väli 0,40–0,57), eli ryhmä on aliedustettu.",
    ),
    (
        spoken("ingestion.late", late=whole(0), total=whole(1015)),
        "Vastauksista (yhteensä 1 015) lukukauden päättymisen jälkeen annettuja on 0; myös myöhässä annetut ovat mukana.",
    ),
    (
        spoken("ingestion.late", late=whole(1), total=whole(1015)),
        "Vastauksista (yhteensä 1 015) lukukauden päättymisen jälkeen annettuja on 1; myös myöhässä annetut ovat mukana.",
    ),
    (
        spoken("ingestion.late", late=whole(25), total=whole(1015)),
        "Vastauksista (yhteensä 1 015) lukukauden päättymisen jälkeen annettuja on 25; myös myöhässä annetut ovat mukana.",
    ),
    (
        spoken(
            "monitoring.target",
            name="Kohderyhmiin kuuluvat opiskelijat",
            actual=whole(1000),
            target=whole(500),
            standing=spoken("monitoring.standing_reached"),
            elapsed=share(1, 0),
        ),
        "Kohderyhmiin kuuluvat opiskelijat: toteuma 1 000, tavoite 500. Tavoite on saavutettu. Hankeajasta on kulunut 100 %.",
    ),
    (
        spoken(
            "monitoring.target",
            name="Työllistyneet",
            actual=share(0.3333),
            target=share(0.6),
            standing=spoken("monitoring.standing_missed"),
            elapsed=share(0.5, 0),
        ),
        "Työllistyneet: toteuma 33,3 %, tavoite 60,0 %. Tavoitetta ei saavutettu. Hankeajasta on kulunut 50 %.",
    ),
    (
        spoken("monitoring.unsure", interval=i18n.interval(decimal(55.1, 1), share(0.671))),
        "Tavoite on arvion 95 %:n välin sisällä (55,1 – 67,1 %), joten sattuma on voinut ratkaista, kummalle puolelle tavoitetta tulos jäi.",
    ),
    (
        spoken("monitoring.best_channel", n=1, channel="Ohjaamot"),
        "Eniten opiskelijoita on tullut kanavasta ”Ohjaamot” (1 henkilö).",
    ),
    (
        spoken("monitoring.best_channel", n=2, channel="Ohjaamot"),
        "Eniten opiskelijoita on tullut kanavasta ”Ohjaamot” (2 henkilöä).",
    ),
    (
        spoken("monitoring.best_channel", n=1000, channel="Ohjaamot"),
        "Eniten opiskelijoita on tullut kanavasta ”Ohjaamot” (1 000 henkilöä).",
    ),
    (
        spoken("monitoring.outreach_total", reached=whole(1000), applicants=whole(1), enrolled=whole(0)),
        "Hakevassa toiminnassa tavoitettuja ihmisiä on 1 000, hakijoita 1 ja opinnot aloittaneita 0. Sama ihminen on voitu tavoittaa useamman kerran.",
    ),
    (
        spoken(
            "monitoring.actions_are",
            n=1,
            done=whole(0),
            open=whole(1),
            cancelled=whole(0),
            done_late=whole(0),
            open_late=whole(1),
        ),
        "Suunnitelmassa on 1 toimenpide. Toteutettuja on 0, kesken tai aloittamatta 1 ja peruttuja 0. Määräajan jälkeen toteutettuja on 0; määräajan ylittäneitä keskeneräisiä on 1.",
    ),
    (
        spoken(
            "monitoring.actions_are",
            n=19,
            done=whole(0),
            open=whole(1),
            cancelled=whole(18),
            done_late=whole(0),
            open_late=whole(1),
        ),
        "Suunnitelmassa on 19 toimenpidettä. Toteutettuja on 0, kesken tai aloittamatta 1 ja peruttuja 18. Määräajan jälkeen toteutettuja on 0; määräajan ylittäneitä keskeneräisiä on 1.",
    ),
    (
        spoken("monitoring.actions_late", n=1),
        "Myöhässä toteutettujen viive on keskimäärin 1 päivä.",
    ),
    (
        spoken("monitoring.actions_late", n=31),
        "Myöhässä toteutettujen viive on keskimäärin 31 päivää.",
    ),
    (
        spoken("monitoring.contacts_are", contact=whole(1), network=whole(0), negotiation=whole(21)),
        "Kirjattuja yhteydenottoja on 1, verkostoja koskevia kirjauksia 0 ja neuvotteluja 21.",
    ),
    (
        spoken(
            "monitoring.money",
            spent=money(-50),
            share=share(-0.005),
            planned=money(110000),
            own=money(0),
            own_planned=money(10000),
        ),
        "Kustannuksia on kertynyt −50 €, mikä on −0,5 % suunnitellusta (110 000 €). Omarahoitusta on käytetty 0 €; suunniteltu omarahoitus on 10 000 €.",
    ),
    (
        spoken("monitoring.unit_costs", total=money(1000), target_group=money(1234)),
        "Kustannus on 1 000 € osallistujaa kohden ja 1 234 € kohderyhmään kuuluvaa opiskelijaa kohden.",
    ),
    (
        spoken("survey.answered.start", start=whole(1), start_share=share(0.0476), participants=whole(21)),
        "Alkukyselyyn vastanneita on 1 eli 4,8 % kaikista osallistujista (21).",
    ),
    (
        spoken(
            "survey.answered.end",
            asked_at_end=whole(5),
            end=whole(2),
            end_share=share(0.4),
            both=whole(1),
            both_share=share(0.2),
        ),
        "Loppukyselyn kohdejoukkoon kuuluvat ne, joiden opinnot ovat päättyneet, ja ne, jotka ovat jo vastanneet siihen (yhteensä 5). Heistä loppukyselyyn vastasi 2 (40,0 %) ja molempiin kyselyihin 1 (20,0 %).",
    ),
    (
        spoken("survey.results.improved", n=1, total=whole(4), items="”Osaan suunnitella opiskeluani”"),
        "Johtopäätös: molempiin kyselyihin vastanneilla muutos parempaan näkyy yhdessä ensisijaisessa kysymyksessä (1/4): ”Osaan suunnitella opiskeluani”.",
    ),
    (
        spoken("survey.results.improved", n=2, total=whole(4), items="”Osaan suunnitella opiskeluani”"),
        "Johtopäätös: molempiin kyselyihin vastanneilla muutos parempaan näkyy näissä ensisijaisissa kysymyksissä (2/4): ”Osaan suunnitella opiskeluani”.",
    ),
    (
        spoken("survey.results.others_worse", n=1, total=whole(11), items="”Voin hyvin ja jaksan arjessa”"),
        "Muista arvioiduista kysymyksistä ja mittareista (11) muutos huonompaan näkyy molempiin kyselyihin vastanneilla yhdessä: ”Voin hyvin ja jaksan arjessa”.",
    ),
    (
        spoken(
            "survey.results.item_unclear",
            question="Osaan suunnitella opiskeluani",
            improved=share(0.3333),
            worse=share(0),
            n=whole(21),
            start=decimal(3.27),
            end=decimal(3.82),
            net="+" + decimal(33.3, 1) + " prosenttiyksikköä",
            interval=i18n.interval(decimal(-2.1, 1), decimal(60.2, 1) + " prosenttiyksikköä"),
            p="p = " + i18n.p_value(0.07, "fi"),
        ),
        "Osaan suunnitella opiskeluani: vastaajista (n = 21) 33,3 % vastasi lopussa paremmin ja 0,0 % huonommin kuin alussa. Nettomuutos on +33,3 prosenttiyksikköä (kysymysten määrällä korjattu väli −2,1 – 60,2 prosenttiyksikköä; korjattu p = 0,070), eikä muutos erotu satunnaisvaihtelusta. Keskiarvo oli alussa 3,27 ja lopussa 3,82.",
    ),
    (
        spoken(
            "survey.feedback.most",
            question="Opetus oli laadukasta",
            share=share(1),
            count=whole(1000),
            answered=whole(1000),
            interval=i18n.interval(share(0.996), share(1)),
        ),
        "Eniten samaa mieltä oltiin väitteestä ”Opetus oli laadukasta”: 100,0 % siihen vastanneista (1 000/1 000; 95 %:n väli 99,6 – 100,0 %).",
    ),
    (
        spoken("survey.caution.missing", share=share(0.3333)),
        "Molempiin kyselyihin vastasi 33,3 % loppukyselyn kohdejoukosta. Jos vastaamatta jättäneillä meni huonommin kuin vastanneilla, muutos näyttää todellista paremmalta.",
    ),
    (
        spoken("placement.followup.leavers", n=0),
        "Opintonsa on päättänyt 0 osallistujaa.",
    ),
    (
        spoken("placement.followup.leavers", n=1),
        "Opintonsa on päättänyt 1 osallistuja.",
    ),
    (
        spoken("placement.followup.leavers", n=2),
        "Opintonsa on päättänyt 2 osallistujaa.",
    ),
    (
        spoken("placement.followup.asked", n=1, answered=whole(1), rate=share(1.0), unknown=whole(0)),
        "Seurantaan kutsuttiin 1 henkilö. Tilanne tiedetään 1 henkilöstä (vastausosuus 100,0 %).",
    ),
    (
        spoken("placement.followup.asked", n=1000, answered=whole(999), rate=share(0.999), unknown=whole(1)),
        "Seurantaan kutsuttiin 1 000 henkilöä. Heistä 999 henkilön tilanne tiedetään (vastausosuus 99,9 %) ja 1 henkilön tilannetta ei tiedetä.",
    ),
    (
        spoken(
            "placement.rate.employed",
            share=share(0.3333),
            count=whole(7),
            answered=whole(21),
            interval=i18n.interval(decimal(17.2, 1), share(0.546)),
        ),
        "Seurantaan vastanneista 33,3 % (7/21; 95 %:n väli 17,2 – 54,6 %) oli työllisiä.",
    ),
    (
        spoken("placement.rate.bounds", invited=whole(1000), lower=share(0), upper=share(1)),
        "Kun vastaamatta jättäneet otetaan huomioon, osuus kaikista 1 000 kutsutusta on vähintään 0,0 % ja enintään 100,0 %.",
    ),
    (
        spoken(
            "placement.benchmark.below",
            share="Työllisten osuus",
            ours=share(0.3333),
            theirs=share(0.52),
            points=points_said(-0.187),
            interval=i18n.interval(decimal(-20.1, 1), points_said(-0.17)),
        ),
        "Työllisten osuus on vastanneilla 33,3 % ja vertailutiedossa 52,0 %: ero on −18,7 prosenttiyksikköä (95 %:n väli −20,1 – −17,0 prosenttiyksikköä), eli osuus on vertailutietoa pienempi.",
    ),
    (
        spoken("report.changes_count", changed=whole(0), all=whole(58), before="Syksy 2022"),
        "Selvästi muuttuneita tunnuslukuja on 0 (seurattuja 58), kun vertailukohtana on edellinen lukukausi (Syksy 2022). Tärkeimmät muutokset ovat ensin.",
    ),
    (
        spoken("report.changes_count", changed=whole(1), all=whole(58), before="Syksy 2022"),
        "Selvästi muuttuneita tunnuslukuja on 1 (seurattuja 58), kun vertailukohtana on edellinen lukukausi (Syksy 2022). Tärkeimmät muutokset ovat ensin.",
    ),
    (
        spoken("report.changes_count", changed=whole(5), all=whole(58), before="Syksy 2022"),
        "Selvästi muuttuneita tunnuslukuja on 5 (seurattuja 58), kun vertailukohtana on edellinen lukukausi (Syksy 2022). Tärkeimmät muutokset ovat ensin.",
    ),
    (
        spoken(
            "report.why.clear_fall",
            label="Työllisten osuus",
            before=share(0.714),
            now=share(0.3333),
            difference=points(-0.381),
            interval=i18n.interval(points(-0.5), points(-0.26)),
        ),
        "Työllisten osuus: selvä lasku (aiemmin 71,4 %, nyt 33,3 %; muutos −38,1 %-yks.; 95 %:n väli −50,0 – −26,0 %-yks.).",
    ),
    (
        spoken("report.data_both", both=whole(0), both_share=share(0), persons=whole(1)),
        "Molempiin kyselyihin vastanneita on 0, mikä on 0,0 % niistä, jotka olisivat voineet vastata loppukyselyyn. Osallistujia on kaikkiaan 1.",
    ),
    (
        spoken("report.data_missing", variable="maakunta", share=share(0.333)),
        "Taustatiedoista puuttuu useimmin maakunta: tieto puuttuu osallistujista 33,3 %:lta.",
    ),
    (
        spoken("report.hidden_withheld", n=1, results=whole(1000), least=whole(10)),
        "Raporttien 1 000 tuloksesta 1 on jätetty näyttämättä, koska se on laskettu alle 10 henkilöstä (pyöristettynä) tai koska pyöristys ei jätä siitä mitään kerrottavaa.",
    ),
    (
        spoken("report.hidden_withheld", n=21, results=whole(1000), least=whole(10)),
        "Raporttien 1 000 tuloksesta 21 on jätetty näyttämättä, koska ne on laskettu alle 10 henkilöstä (pyöristettynä) tai koska pyöristys ei jätä niistä mitään kerrottavaa.",
    ),
    (
        spoken("report.objective_group", n=0, group="Yli 55-vuotiaat", share=share(0.0)),
        "Yli 55-vuotiaat: 0 osallistujaa, 0,0 % kaikista.",
    ),
    (
        spoken("report.objective_group", n=1, group="Yli 55-vuotiaat", share=share(0.0476)),
        "Yli 55-vuotiaat: 1 osallistuja, 4,8 % kaikista.",
    ),
    (
        spoken("report.objective_group", n=5, group="Yli 55-vuotiaat", share=share(0.2381)),
        "Yli 55-vuotiaat: 5 osallistujaa, 23,8 % kaikista.",
    ),
    (
        spoken(
            "report.objective_improved",
            n=1,
            question="Uskon omaan tulevaisuuteeni",
            effect=decimal(0.27),
            interval=i18n.interval(decimal(0.1), decimal(0.4)),
        ),
        "”Uskon omaan tulevaisuuteeni”: muutos parempaan (nettomuutos 0,27; kysymysten määrällä korjattu väli 0,10 – 0,40; 1 vastauspari).",
    ),
    (
        spoken(
            "report.objective_improved",
            n=1000,
            question="Uskon omaan tulevaisuuteeni",
            effect=decimal(0.27),
            interval=i18n.interval(decimal(0.1), decimal(0.4)),
        ),
        "”Uskon omaan tulevaisuuteeni”: muutos parempaan (nettomuutos 0,27; kysymysten määrällä korjattu väli 0,10 – 0,40; 1 000 vastausparia).",
    ),
    (
        spoken("report.objective_network", n=1),
        "Verkostoihin on liitytty 1 kerran.",
    ),
    (
        spoken("report.objective_network", n=2),
        "Verkostoihin on liitytty 2 kertaa.",
    ),
    (
        spoken(
            "report.practice_rose",
            name="Koulutusalat, joiden vuosisuunnitelmassa kohderyhmät on huomioitu",
            now="6/8",
            term="Kevät 2023",
            first="Kevät 2021",
            before=whole(1),
        ),
        "Koulutusalat, joiden vuosisuunnitelmassa kohderyhmät on huomioitu: 6/8 (Kevät 2023). Arvo on noussut: aluksi (Kevät 2021) se oli 1.",
    ),
    (
        spoken("report.concluded.change_better", n=1, improved=whole(1), worse=whole(0), unclear=whole(0)),
        "Ainoassa ensisijaisessa kysymyksessä näkyy muutos parempaan molempiin kyselyihin vastanneilla.",
    ),
    (
        spoken("report.concluded.change_better", n=4, improved=whole(1), worse=whole(0), unclear=whole(3)),
        "Ensisijaisista kysymyksistä (4) muutos parempaan näkyy molempiin kyselyihin vastanneilla 1 kysymyksessä, eikä yhdessäkään näy muutosta huonompaan.",
    ),
    (
        spoken("report.concluded.employed_most_unsure", share=share(0.691), lower=share(0.404), upper=share(0.819)),
        "Seurantaan vastanneista yli puolet on työllisiä (69,1 %), mutta kaikista kutsutuista osuus voi olla mitä tahansa väliltä 40,4 % – 81,9 %.",
    ),
    (
        spoken("report.concluded.money_behind", spent=share(0.3333), elapsed=share(1, 0)),
        "Rahaa on käytetty hitaammin kuin aikaa on kulunut (33,3 % rahoista, 100 % ajasta).",
    ),
    (
        spoken("report.limit_hidden", n=1),
        "Julkisista luvuista ei voi päätellä mitään pienistä ryhmistä: 1 tulos on jätetty näyttämättä tietosuojan vuoksi.",
    ),
    (
        spoken("report.limit_hidden", n=604),
        "Julkisista luvuista ei voi päätellä mitään pienistä ryhmistä: 604 tulosta on jätetty näyttämättä tietosuojan vuoksi.",
    ),
    (
        spoken("report.limit_placement", share=share(0.585)),
        "Kaikkien opintonsa päättäneiden sijoittumista ei voi päätellä: tilanne tiedetään vain 58,5 %:lta kutsutuista.",
    ),
    (
        spoken("comments.read", survey="Loppukysely", n=1),
        "Loppukysely: avoimen vastauksen jätti 1 henkilö.",
    ),
    (
        spoken("placement.followup.all_known", n=1),
        "Seurannassa on 1 henkilö, ja hänen tilanteensa tiedetään.",
    ),
    (
        spoken("placement.followup.all_known", n=2),
        "Seurannassa on 2 henkilöä, ja kaikkien tilanne tiedetään.",
    ),
    (
        spoken("report.concluded.missed", n=1, names="Työllistyneet"),
        "Määrällistä tavoitetta ei saavutettu: Työllistyneet.",
    ),
    (
        spoken("report.concluded.missed", n=2, names="Työllistyneet; Tutkinnon osan opiskelijat"),
        "Määrällisiä tavoitteita (2) ei saavutettu: Työllistyneet; Tutkinnon osan opiskelijat.",
    ),
    (
        spoken(
            "report.objective_placed",
            n=5,
            count=whole(1),
            share=share(0.2),
            measure="Työllisten osuus",
            interval=i18n.interval(decimal(10, 1), share(0.6)),
        ),
        "Työllisten osuus: vastanneista 20,0 % (1/5), kaikista kutsutuista 10,0 – 60,0 % sen mukaan, mikä vastaamatta jättäneiden tilanne on.",
    ),
    (
        spoken("problem.ragged_row", found=1, expected=3),
        "rivin kenttien määrä on 1, odotettiin 3. Tarkista erottimet ja lainausmerkit.",
    ),
    (
        spoken("problem.more", n=1),
        "… ja 1 muu samanlainen",
    ),
    (
        spoken("disclosure.audit_targets", n=1),
        "1 lukumäärä tai erotus",
    ),
]


@pytest.mark.parametrize(("made", "accepted"), SENTENCES, ids=range(1, len(SENTENCES) + 1))
def test_a_finnish_reader_would_accept_it(made, accepted):
    assert made.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-") == accepted


def test_there_are_sixty_with_every_edge_number():
    assert len(SENTENCES) >= 60
    said = " ".join(accepted for _, accepted in SENTENCES)
    for number in (" 0 ", " 1 ", " 2 ", " 5 ", " 21 ", "1 000 ", "33,3 %", "\N{MINUS SIGN}"):
        assert number in said, number
