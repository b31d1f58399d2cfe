"""Logs of a project itself, in Finnish, Swedish or English: outreach, actions, contacts, money."""

DAY = ("date", "day", "päivä", "pvm", "päivämäärä", "kirjauspäivä", "tositepäivä", "datum", "dag", "bokföringsdag")

# A file is one of these where it has all columns that its table must have, and nothing of a person.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "outreach": {
        "date": DAY,
        "channel": ("channel", "kanava", "kanal"),
        "place": ("place", "paikka", "plats"),
        "region": ("region", "maakunta", "alue", "landskap"),
        "reached": ("reached", "people reached", "tavoitet.*", "nådda", "antal nådda"),
        "applicants": ("applicants", "applied", "haki.+", "sökande"),
    },
    "actions": {
        "action": ("action", "action id", "toimenpide", "tunnus", "åtgärd", "id"),
        "owner": ("owner", "responsible", "vastuutaho", "vastuuhenkilö", "ansvarig"),
        "planned": ("planned", "due", "due date", "deadline", "suunniteltu.*", "määräaika", "planerad.*"),
        "status": ("status", "state", "tila", "läge"),
        "done": ("done", "completed", "done on", "toteutu.*", "valmis", "genomförd.*"),
    },
    "contacts": {
        "date": DAY,
        "partner": ("partner", "organisation", "kumppani", "taho", "samarbetspartner"),
        "partner_kind": ("partner (type|kind)", "type of partner", "kumppanin (tyyppi|laji)", "typ av partner"),
        "kind": ("kind", "type", "laji", "tyyppi", "slag", "typ"),
        "outcome": ("outcome", "result", "tulos", "resultat"),
    },
    "budget": {
        "date": DAY,
        "category": (
            *("category", "cost category", "expense category", "account", "account name", "kululaji", "kategoria"),
            *("tilin nimi", "tili", "kustannuslaji", "kostnadsslag", "kontonamn", "konto"),
        ),
        "funding": ("funding", "source of funding", "rahoitus", "rahoituslähde", "finansiering"),
        "amount": (
            "amount",
            "euros?",
            "eur",
            "amount \\(?(eur|€)\\)?",
            "summa",
            "euroa",
            "summa, €",
            "belopp",
            "total",
        ),
    },
}
ROLES = {  # of their codes, the first whose pattern is found, else the last
    "funding": {"own": r"own|oma|omara|egen|själv", "grant": ""},
    "action_status": {
        "cancelled": r"cancel|peru|inställ|avbru",
        "open": r"not |ei |inte |progress|open|ongoing|käynn|kesken|avoin|pågå|plan",
        "done": "",
    },
    "contact_kind": {"negotiation": r"negoti|neuvott|förhandl", "network": r"network|verkos|nätverk", "contact": ""},
}
