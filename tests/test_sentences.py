"""Generated Finnish sentences with edge numbers, as text that a Finnish reader would accept.

Read them: cases, plurals, decimal commas and signs are what this file holds. Spaces stand for no-break spaces too,
and hyphens for those that no line breaks at.
"""
# ruff: noqa: E501 - a sentence stands on one line, as a reader gets it

from spoken import as_read, each, writers

from evaltools import i18n

spoken, whole, share, decimal, money = writers("fi")


def points(value):
    number = ("+" if value > 0 else "") + decimal(value * 100, 1)
    return spoken("html.points", number=number)


def points_said(value):
    return spoken("html.points_said", number=decimal(value * 100, 1))


SENTENCES = [
    (
        spoken("participants.total", n=0),
        "Hankkeessa on ollut 0 osallistujaa.",
    ),
    (
        spoken("participants.total", n=1),
        "Hankkeessa on ollut 1 osallistuja.",
    ),
    (
        spoken("participants.total", n=2),
        "Hankkeessa on ollut 2 osallistujaa.",
    ),
    (
        spoken("participants.total", n=5),
        "Hankkeessa on ollut 5 osallistujaa.",
    ),
    (
        spoken("participants.total", n=21),
        "Hankkeessa on ollut 21 osallistujaa.",
    ),
    (
        spoken("participants.total", n=1000),
        "Hankkeessa on ollut 1 000 osallistujaa.",
    ),
    (
        spoken("participants.again", again=whole(0)),
        "Heistä 0 ilmoittautui uudelleen jollakin myöhemmällä lukukaudella.",
    ),
    (
        spoken("participants.again", again=whole(1)),
        "Heistä 1 ilmoittautui uudelleen jollakin myöhemmällä lukukaudella.",
    ),
    (
        spoken("participants.again", again=whole(1000)),
        "Heistä 1 000 ilmoittautui uudelleen jollakin myöhemmällä lukukaudella.",
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
            interval=i18n.interval(decimal(0.4), decimal(0.57), "fi"),
        ),
        "Yli 55-vuotiaat: ryhmä on aliedustettu väestöön verrattuna. Sen osuus opiskelijoista on 0,48-kertainen väestöosuuteen verrattuna (95 %:n luottamusväli 0,40–0,57).",
    ),
    (
        spoken("ingestion.late", late=whole(0), total=whole(1015)),
        "Vastauksia on 1 015. Niistä 0 annettiin lukukauden päätyttyä; nekin on laskettu mukaan.",
    ),
    (
        spoken("ingestion.late", late=whole(1), total=whole(1015)),
        "Vastauksia on 1 015. Niistä 1 annettiin lukukauden päätyttyä; nekin on laskettu mukaan.",
    ),
    (
        spoken("ingestion.late", late=whole(25), total=whole(1015)),
        "Vastauksia on 1 015. Niistä 25 annettiin lukukauden päätyttyä; nekin on laskettu mukaan.",
    ),
    (
        spoken(
            "monitoring.target",
            name="Kohderyhmiin kuuluvat opiskelijat",
            actual=whole(1000),
            target=whole(500),
            standing=spoken("monitoring.standing_reached"),
            time=spoken("monitoring.ended"),
        ),
        "Kohderyhmiin kuuluvat opiskelijat: 1 000. Tavoite on 500. Tavoite saavutettiin. Hanke on päättynyt.",
    ),
    (
        spoken(
            "monitoring.target",
            name="Työllistyneet",
            actual=share(0.3333),
            target=share(0.6),
            standing=spoken("monitoring.standing_behind"),
            time=spoken("monitoring.elapsed", elapsed=share(0.5, 0)),
        ),
        "Työllistyneet: 33,3 %. Tavoite on 60,0 %. Tavoitteesta ollaan jäljessä. Hankeajasta on kulunut 50 %.",
    ),
    (
        spoken("monitoring.unsure", interval=i18n.interval(decimal(55.1, 1), share(0.671), "fi")),
        "Tavoite on arvion 95 %:n luottamusvälin sisällä (55,1–67,1 %), joten sattuma on voinut ratkaista, kummalle puolelle tavoitetta tulos jäi.",
    ),
    (
        spoken("monitoring.best_channel", n=1, channel="Ohjaamot"),
        "Eniten opiskelijoita tuli tätä kautta: Ohjaamot, 1 henkilö.",
    ),
    (
        spoken("monitoring.best_channel", n=2, channel="Ohjaamot"),
        "Eniten opiskelijoita tuli tätä kautta: Ohjaamot, 2 henkilöä.",
    ),
    (
        spoken("monitoring.best_channel", n=1000, channel="Ohjaamot"),
        "Eniten opiskelijoita tuli tätä kautta: Ohjaamot, 1 000 henkilöä.",
    ),
    (
        spoken("monitoring.outreach_total", reached=whole(1000), applicants=whole(1), enrolled=whole(0)),
        "Hakevan toiminnan kohtaamisia oli 1 000; sama ihminen on voitu kohdata monta kertaa. Hakijoita oli 1, ja opinnot aloitti 0.",
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
        "Suunnitelmassa on 1 toimenpide. Toteutettu: 0 (myöhässä 0). Kesken: 1 (määräaika ylitetty: 1). Peruttu: 0.",
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
        "Suunnitelman 19 toimenpiteestä 0 on toteutettu, 1 on kesken ja 18 peruttu. Toteutetuista 0 valmistui myöhässä; keskeneräisistä määräajan on ylittänyt 1.",
    ),
    (
        spoken("monitoring.actions_late", n=1),
        "Myöhässä valmistuneet olivat myöhässä keskimäärin 1 päivän.",
    ),
    (
        spoken("monitoring.actions_late", n=31),
        "Myöhässä valmistuneet olivat myöhässä keskimäärin 31 päivää.",
    ),
    (
        spoken("monitoring.contacts_are", contact=whole(1), network=whole(0), negotiation=whole(21)),
        "Yhteydenottoja kumppaneihin oli 1, verkostoja koskevia kirjauksia 0 ja neuvotteluja 21.",
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
        "Hankkeen kustannukset ovat −50 € eli −0,5 % budjetista (110 000 €). Omarahoitusta on käytetty 0 € (budjetissa 10 000 €).",
    ),
    (
        spoken("monitoring.unit_costs", total=money(1000), target_group=money(1234)),
        "Kustannus on 1 000 € osallistujaa kohden ja 1 234 € kohderyhmään kuuluvaa opiskelijaa kohden.",
    ),
    (
        spoken("survey.answered.start", start=whole(1), start_share=share(0.0476), participants=whole(21)),
        "Osallistujista (21) alkukyselyyn vastasi 1 (4,8 %).",
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
        "Loppukyselyyn olisivat voineet vastata opintonsa päättäneet ja ne, jotka vastasivat jo opintojen aikana (yhteensä 5). Heistä loppukyselyyn vastasi 2 (40,0 %) ja molempiin kyselyihin 1 (20,0 %).",
    ),
    (
        spoken("survey.results.improved", n=1, total=whole(4), items="”Osaan suunnitella opiskeluani”"),
        "Molempiin kyselyihin vastanneiden vastaukset olivat lopussa myönteisempiä yhdessä pääkysymyksessä (1/4): ”Osaan suunnitella opiskeluani”.",
    ),
    (
        spoken("survey.results.improved", n=2, total=whole(4), items="”Osaan suunnitella opiskeluani”"),
        "Molempiin kyselyihin vastanneiden vastaukset olivat lopussa myönteisempiä näissä pääkysymyksissä (2/4): ”Osaan suunnitella opiskeluani”.",
    ),
    *(
        (
            spoken("survey.results.open_improved", n=n, total=whole(4), items="”Osaan suunnitella opiskeluani”"),
            f"Molempiin kyselyihin vastanneiden vastaukset olivat lopussa myönteisempiä {which}: "
            "”Osaan suunnitella opiskeluani”. Kaikista alkukyselyyn vastanneista tätä ei voi sanoa, koska osa ei vastannut lopussa.",
        )
        for n, which in ((1, "yhdessä pääkysymyksessä (1/4)"), (2, "näissä pääkysymyksissä (2/4)"))
    ),
    (
        spoken("survey.results.others_worse", n=1, total=whole(11), items="”Voin hyvin ja jaksan arjessa”"),
        "Muista arvioiduista kysymyksistä ja mittareista (11) yhdessä vastaukset muuttuivat kielteisemmiksi: ”Voin hyvin ja jaksan arjessa”.",
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
            interval=i18n.interval(decimal(-2.1, 1), decimal(60.2, 1) + " prosenttiyksikköä", "fi"),
            p="p = " + i18n.p_value(0.07, "fi"),
        ),
        "Osaan suunnitella opiskeluani: 33,3 % vastasi lopussa myönteisemmin ja 0,0 % kielteisemmin kuin alussa (n = 21). Nettomuutos on +33,3 prosenttiyksikköä (luottamusväli −2,1…60,2 prosenttiyksikköä, kysymysten määrä otettu huomioon; korjattu p = 0,070), eikä selvää muutosta näy. Keskiarvo oli alussa 3,27 ja lopussa 3,82.",
    ),
    (
        spoken(
            "survey.feedback.most",
            question="Opetus oli laadukasta",
            share=share(1),
            count=whole(1000),
            answered=whole(1000),
            interval=i18n.interval(share(0.996), share(1), "fi"),
        ),
        "Eniten kannatusta sai väite ”Opetus oli laadukasta”: samaa mieltä oli 100,0 % vastanneista (1 000/1 000; 95 %:n luottamusväli 99,6–100,0 %).",
    ),
    (
        spoken("survey.caution.missing", share=share(0.3333)),
        "Molempiin kyselyihin vastasi 33,3 % niistä, jotka olisivat voineet vastata. Jos vastaamatta jättäneillä meni huonommin kuin vastanneilla, muutos näyttää todellista paremmalta.",
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
        "Seurantaan kutsuttiin 1 000 henkilöä. Heistä 999 vastasi (vastausosuus 99,9 %); 1 henkilön tilannetta ei tiedetä.",
    ),
    (
        spoken(
            "placement.rate.employed",
            share=share(0.3333),
            count=whole(7),
            answered=whole(21),
            interval=i18n.interval(decimal(17.2, 1), share(0.546), "fi"),
        ),
        "Seurantaan vastanneista 33,3 % oli töissä (7/21; 95 %:n luottamusväli 17,2–54,6 %).",
    ),
    (
        spoken("placement.rate.bounds", invited=whole(1000), lower=share(0), upper=share(1)),
        "Osa ei vastannut, joten todellinen osuus kaikista kutsutuista (1 000) on vähintään 0,0 % ja enintään 100,0 %.",
    ),
    (
        spoken(
            "placement.benchmark.below",
            share="Työllisten osuus",
            ours=share(0.3333),
            theirs=share(0.52),
            points=points_said(-0.187),
            interval=i18n.interval(decimal(-20.1, 1), points_said(-0.17), "fi"),
        ),
        "Työllisten osuus: vastanneista 33,3 %, vertailutiedossa 52,0 %. Osuus on vertailutietoa pienempi (ero −18,7 prosenttiyksikköä; 95 %:n luottamusväli −20,1…−17,0 prosenttiyksikköä).",
    ),
    (
        spoken("report.changes_count", changed=whole(0), all=whole(58), before="Syksy 2022"),
        "Seuratuista 58 tunnusluvusta 0 on muuttunut huomattavasti edellisestä lukukaudesta (Syksy 2022): tavoite ylittyi tai alittui, muutos oli selvä, aineiston laatu heikkeni tai lukua ei enää näytetä. Tärkeimmät ovat ensin.",
    ),
    (
        spoken("report.changes_count", changed=whole(1), all=whole(58), before="Syksy 2022"),
        "Seuratuista 58 tunnusluvusta 1 on muuttunut huomattavasti edellisestä lukukaudesta (Syksy 2022): tavoite ylittyi tai alittui, muutos oli selvä, aineiston laatu heikkeni tai lukua ei enää näytetä. Tärkeimmät ovat ensin.",
    ),
    (
        spoken("report.changes_count", changed=whole(5), all=whole(58), before="Syksy 2022"),
        "Seuratuista 58 tunnusluvusta 5 on muuttunut huomattavasti edellisestä lukukaudesta (Syksy 2022): tavoite ylittyi tai alittui, muutos oli selvä, aineiston laatu heikkeni tai lukua ei enää näytetä. Tärkeimmät ovat ensin.",
    ),
    (
        spoken(
            "report.why.clear_fall",
            label="Työllisten osuus",
            before=share(0.714),
            now=share(0.3333),
            difference=points(-0.381),
            interval=i18n.interval(points(-0.5), points(-0.26), "fi"),
        ),
        "Työllisten osuus: selvä lasku (aiemmin 71,4 %, nyt 33,3 %; muutos −38,1 %-yks.; 95 %:n luottamusväli −50,0…−26,0 %-yks.).",
    ),
    (
        spoken("report.data_both", both=whole(0), both_share=share(0), persons=whole(1)),
        "Alku- ja loppukyselyyn vastasi 0 eli 0,0 % niistä, jotka olisivat voineet vastata molempiin. Osallistujia on kaikkiaan 1.",
    ),
    (
        spoken("report.data_missing", variable="maakunta", share=share(0.333)),
        "Useimmin puuttuva taustatieto on maakunta: se puuttuu 33,3 %:lta osallistujista.",
    ),
    (
        spoken("report.hidden_withheld", n=1, results=whole(1000), least=whole(10)),
        "Raporteissa on 1 000 lukua. Niistä 1 ei näytetä, koska sen takana on alle 10 henkilöä ja joku voisi olla tunnistettavissa, tai koska pyöristys ei jätä siitä mitään kerrottavaa.",
    ),
    (
        spoken("report.hidden_withheld", n=21, results=whole(1000), least=whole(10)),
        "Raporteissa on 1 000 lukua. Niistä 21 ei näytetä, koska niiden takana on alle 10 henkilöä ja joku voisi olla tunnistettavissa, tai koska pyöristys ei jätä niistä mitään kerrottavaa.",
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
        spoken("report.objective_group_of", n=105, group="Yli 55-vuotiaat", share="16 %", population="33 %"),
        "Yli 55-vuotiaat: 105 osallistujaa, 16 % kaikista; väestössä 33 %.",
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
            interval=i18n.interval(decimal(0.1), decimal(0.4), "fi"),
        ),
        "”Uskon omaan tulevaisuuteeni”: vastaukset muuttuivat myönteisemmiksi (nettomuutos 0,27; luottamusväli 0,10–0,40, kysymysten määrä otettu huomioon; 1 vastauspari).",
    ),
    (
        spoken(
            "report.objective_improved",
            n=1000,
            question="Uskon omaan tulevaisuuteeni",
            effect=decimal(0.27),
            interval=i18n.interval(decimal(0.1), decimal(0.4), "fi"),
        ),
        "”Uskon omaan tulevaisuuteeni”: vastaukset muuttuivat myönteisemmiksi (nettomuutos 0,27; luottamusväli 0,10–0,40, kysymysten määrä otettu huomioon; 1 000 vastausparia).",
    ),
    (
        spoken("report.objective_network", n=1),
        "Verkostoista tehtiin 1 kirjaus.",
    ),
    (
        spoken("report.objective_network", n=2),
        "Verkostoista tehtiin 2 kirjausta.",
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
        "Koulutusalat, joiden vuosisuunnitelmassa kohderyhmät on huomioitu: 6/8 (Kevät 2023), nousua hankkeen alusta (Kevät 2021: 1).",
    ),
    (
        spoken("report.concluded.change_better", n=1, improved=whole(1), worse=whole(0), unclear=whole(0)),
        "Molempiin kyselyihin vastanneiden vastaukset ainoaan pääkysymykseen muuttuivat opintojen aikana myönteisemmiksi.",
    ),
    (
        spoken("report.concluded.change_better", n=4, improved=whole(1), worse=whole(0), unclear=whole(3)),
        "Pääkysymyksistä (4) molempiin kyselyihin vastanneiden vastaukset muuttuivat myönteisemmiksi 1 kysymyksessä; yhdessäkään ne eivät muuttuneet kielteisemmiksi.",
    ),
    (
        spoken("report.concluded.employed_most_unsure", share=share(0.691), lower=share(0.404), upper=share(0.819)),
        "Yli puolet seurantaan vastanneista on töissä (69,1 %), mutta kaikista kutsutuista osuus voi olla vähintään 40,4 % ja enintään 81,9 %.",
    ),
    (
        spoken("report.concluded.money_behind", spent=share(0.3333), elapsed=share(1, 0)),
        "Varoja on käytetty suunniteltua hitaammin (33,3 % budjetista, hankeajasta kulunut 100 %).",
    ),
    (
        spoken("report.limit_hidden", n=1),
        "Julkisista luvuista ei voi päätellä mitään pienistä ryhmistä: tietosuojan vuoksi näyttämättä on 1 tulos.",
    ),
    (
        spoken("report.limit_hidden", n=604),
        "Julkisista luvuista ei voi päätellä mitään pienistä ryhmistä: tietosuojan vuoksi näyttämättä on 604 tulosta.",
    ),
    (
        spoken("report.limit_placement", share=share(0.585)),
        "Ei tiedetä, miten kaikki opintonsa päättäneet sijoittuivat: tilanne on selvillä vain 58,5 %:sta kutsutuista.",
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
            interval=i18n.interval(decimal(10, 1), share(0.6), "fi"),
        ),
        "Työllisten osuus: vastanneista 20,0 % (1/5); kaikista kutsutuista 10,0–60,0 % sen mukaan, mikä vastaamatta jättäneiden tilanne on.",
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
        spoken("report.verdict_counts", n=1, counts=spoken("report.verdict_count.not", n=1)),
        "Tavoitteita on 1: 1 jäi toteutumatta.",
    ),
    (
        spoken("report.concluded.actions_late", done=whole(1), done_late=whole(1), open_late=whole(0)),
        "Toteutetuista toimenpiteistä (1) myöhässä valmistui 1. Keskeneräisistä määräajan on ylittänyt 0.",
    ),
    (
        spoken("survey.answered.no_register", start=whole(1), end=whole(0), both=whole(0)),
        "Alkukyselyyn vastasi 1, loppukyselyyn 0 ja molempiin 0. Rekisteriä ei ole, joten ei tiedetä, kuinka monelta kysyttiin. Vastausosuudet on siksi laskettu niistä, jotka vastasivat jompaankumpaan kyselyyn.",
    ),
    (spoken("report.kind.register"), "Ei luottamusväliä: täydellinen rekisteri"),
    (
        spoken("disclosure.audit_targets", n=1),
        "1 lukumäärä tai erotus",
    ),
]


@each(SENTENCES)
def test_a_finnish_reader_would_accept_it(made, accepted):
    assert as_read(made) == accepted


def test_there_are_sixty_with_every_edge_number():
    assert len(SENTENCES) >= 60
    said = " ".join(accepted for _, accepted in SENTENCES)
    for number in (" 0 ", " 1 ", " 2 ", " 5 ", " 21 ", "1 000 ", "33,3 %", "\N{MINUS SIGN}"):
        assert number in said, number
