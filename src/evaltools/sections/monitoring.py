"""Stage 06: targets against actuals, outreach, action plan, contacts and networks, money."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.counts.tally import in_scope
from evaltools.ingest.tidy import ANY_GROUP, UNKNOWN, role_map
from evaltools.report import charts
from evaltools.report.document import NONE, Column, Figure, Kind, Number, Part, Table, Value
from evaltools.results.records import EXACT, ResultSet, pick, surely_greatest, value
from evaltools.sections.material import Labels, Material, as_int, floats, is_disclosed, number, within
from evaltools.study.evaluation_model import Target
from evaltools.study.model import Study

NEEDS = ("outreach", "actions", "contacts", "budget")
TOLERANCE = 0.1  # how far targets, money and actions may lag or run ahead before it is told
STEPS = ("reached", "applicants", "enrolled")
# the tables that the actual of a target is counted from
RESTS_ON = {
    "target_group_students": ("participants", "enrolments"),
    "participants": ("participants",),
    "completed": ("enrolments",),
    **dict.fromkeys(("employed", "student_full_time", "student_any"), ("followup",)),
}
RATED = ("count", "answered", "invited")
FROM_COMPOSITION = {"target_group_students": ("target_group", ANY_GROUP), "participants": (TOTAL, TOTAL)}


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Targets and actuals, outreach by channel, actions and delays, contacts by kind, budget against plan."""
    results = material.result_set("monitoring")
    if "composition" in material.counts:
        for target in material.study.targets:
            _target(results, material, target)
    if "outreach" in material.counts:
        _outreach(results, material)
    if "actions" in material.tables:
        _actions(results, material)
    if "contacts" in material.tables:
        _contacts(results, material)
    if "budget" in material.tables:
        _budget(results, material)
    return results.frame()


def time_elapsed(study: Study, until: dt.date) -> float:
    """Share of the project's time that has passed at the end of a day, from 0 to 1."""
    whole = (study.study.end - study.study.start).days + 1
    return min(1.0, max(0.0, ((until - study.study.start).days + 1) / whole))


def _target(results: ResultSet, material: Material, target: Target) -> None:
    """What was wanted and what is there: counts by the end of each term, rates of the whole project so far."""
    unit = "persons" if target.measure in FROM_COMPOSITION else "share"
    results.amount("targets", "target", target.value, unit, item=target.id)
    results.amount("targets", "time_elapsed", time_elapsed(material.study, material.term.end), "share", item=target.id)
    if target.measure in FROM_COMPOSITION:
        by, group = FROM_COMPOSITION[target.measure]
        row = pick(material.counts["composition"], scope=ALL, by=by, group=group).iloc[0]
        actual = as_int(row["count"])
        results.count("targets", "actual", actual, within=within(row, "count"), item=target.id)
        if results.rows[-1]["status"] == EXACT:
            results.amount("targets", "reached_share", actual / target.value, "share", item=target.id)
        _progress(results, material, target, pick(material.counts["composition"], by=by, group=group))
        return
    table = material.counts.get("completion" if target.measure == "completed" else "placement")
    if table is not None:
        row = pick(table, scope=ALL, by=TOTAL, measure=target.measure).iloc[0]
        count, answered, invited = (as_int(row[column]) for column in RATED)
        near = within(row, *RATED)
        results.rate("targets", "actual", count, answered, invited, within=near, item=target.id)
        reached = results.rows[-1].get("estimate")
        if reached is not None:
            results.amount("targets", "reached_share", reached / target.value, "share", item=target.id)


def _progress(results: ResultSet, material: Material, target: Target, started: pd.DataFrame) -> None:
    """The actual at the end of each term: those who started by then, each person in the term of the first start."""
    so_far = 0
    for scope in material.scopes[1:]:
        so_far += as_int(pick(started, scope=scope)["count"].sum(skipna=False))
        results.count("progress", "actual", so_far, item=target.id, scope=scope)


def _outreach(results: ResultSet, material: Material) -> None:
    counts = material.counts["outreach"]
    steps = [step for step in STEPS if step in counts]
    for scope in material.scopes:
        chosen = pick(counts, scope=scope)
        for row in chosen.itertuples():
            where = {"scope": scope, "by": "channel", "group": row.channel}
            results.amount("outreach", "events", row.events, "events", **where)
            for step in steps:
                results.count("outreach", step, as_int(getattr(row, step)), **where)
    for scope in material.scopes:
        for step in steps:
            total = as_int(pick(counts, scope=scope)[step].sum(skipna=False))
            results.count("outreach", step, total, scope=scope, by=TOTAL, group=TOTAL)


def _actions(results: ResultSet, material: Material) -> None:
    """Each action's delay in days (to its end, or so far), and how many are done, open, cancelled, late."""
    until = pd.Timestamp(material.term.end)
    actions = material.tables["actions"]
    role = actions["status"].map(role_map(material.study.codes["action_status"]))
    done = actions["done"] if "done" in actions else pd.Series(pd.NaT, actions.index)
    finished = done.where(role == "done").mask(role == "open", until)
    delay = (finished - actions["planned"]).dt.days
    for i, action in actions.iterrows():
        where = {"item": action["action"]}
        results.amount("action", "planned", None, date=_day(action["planned"]), note=role[i], **where)
        results.amount("action", "done", None, date=_day(done[i]), **where)
        days = None if pd.isna(delay[i]) or (role[i] == "open" and delay[i] <= 0) else float(delay[i])
        results.amount("action", "delay", days, "days", **where)
    for status in ("done", "open", "cancelled"):
        results.amount("actions", status, int((role == status).sum()), "actions")
    results.amount("actions", "all", len(actions), "actions")
    results.amount("actions", "done_late", int(((role == "done") & (delay > 0)).sum()), "actions")
    results.amount("actions", "open_late", int(((role == "open") & (delay > 0)).sum()), "actions")
    late = delay[(role == "done") & (delay > 0)]
    results.amount("actions", "mean_delay", float(late.mean()) if len(late) else None, "days")


def _day(moment: pd.Timestamp) -> str:
    return "" if pd.isna(moment) else moment.date().isoformat()


def _contacts(results: ResultSet, material: Material) -> None:
    contacts = material.tables["contacts"]
    role = contacts["kind"].map(role_map(material.study.codes["contact_kind"]))
    for scope in material.scopes:
        chosen = in_scope(contacts, scope)
        for kind in ("contact", "network", "negotiation"):
            part = chosen[role[chosen.index] == kind]
            results.amount("contacts", kind, len(part), "events", scope=scope)
            for partner, count in part["partner_kind"].value_counts().sort_index().items():
                results.amount("contacts", kind, count, "events", scope=scope, by="partner_kind", group=partner)
            if "outcome" in part and kind != "contact":
                none = int(part["outcome"].isna().sum())
                results.amount("contacts", kind, none, "events", scope=scope, by="contact_outcome", group=UNKNOWN)
            if kind == "negotiation" and "outcome" in part:
                for outcome, count in part["outcome"].value_counts().sort_index().items():
                    results.amount("contacts", kind, count, "events", scope=scope, by="contact_outcome", group=outcome)


def _budget(results: ResultSet, material: Material) -> None:
    ledger = material.tables["budget"]
    role = ledger["funding"].map(role_map(material.study.codes["funding"]))
    for scope in material.scopes:
        chosen = in_scope(ledger, scope)
        _spent(results, chosen["amount"].sum(), scope=scope)
        for funding in ("grant", "own"):
            spent = chosen.loc[role[chosen.index] == funding, "amount"].sum()
            _spent(results, spent, scope=scope, by="funding", group=funding)
    for category, part in ledger.groupby("category"):
        _spent(results, part["amount"].sum(), by="budget_category", group=category)
    budget = material.study.budget
    if budget is not None:
        results.amount("budget", "planned", budget.grant + budget.own, "EUR")
        results.amount("budget", "planned", budget.grant, "EUR", by="funding", group="grant")
        results.amount("budget", "planned", budget.own, "EUR", by="funding", group="own")
        for entry in budget.plan:
            results.amount("budget", "planned", entry.planned, "EUR", by="budget_category", group=entry.category)
    _unit_cost(results, material, float(ledger["amount"].sum()))
    for where in ({}, {"by": "funding", "group": "grant"}, {"by": "funding", "group": "own"}):
        _spent_share(results, where)


def _spent_share(results: ResultSet, where: dict[str, str]) -> None:
    """Money spent over money planned, from the rows that hold the two."""
    place = {"by": "", "group": "", "scope": ALL} | where
    here = {
        row["measure"]: row["estimate"]
        for row in results.rows
        if row["table"] == "budget" and all(row[k] == v for k, v in place.items())
    }
    if here.get("planned"):
        results.amount("budget", "spent_share", here["spent"] / here["planned"], "share", **where)


def _spent(results: ResultSet, amount: float, **where: str) -> None:
    results.amount("budget", "spent", round(float(amount), 2), "EUR", **where)


def _unit_cost(results: ResultSet, material: Material, spent: float) -> None:
    """Cost per person: the money spent so far over the persons counted so far."""
    if "composition" not in material.counts:
        return
    for by, group in FROM_COMPOSITION.values():
        row = pick(material.counts["composition"], scope=ALL, by=by, group=group).iloc[0]
        persons = as_int(row["count"])
        if is_disclosed(persons) and persons and results.span(persons, within(row, "count")[0]).exact:
            results.amount("budget", "cost_per_person", spent / persons, "EUR", by=by, group=group, answered=persons)


# --- parts ---


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """Scorecard, outreach, action plan, contacts and networks, budget."""
    makers = (scorecard, _outreach_part, _actions_part, _contacts_part, _budget_part)
    return [part for make in makers if (part := make(rows, labels)) is not None]


def scorecard(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Each target beside what is there, and whether that keeps pace with the time that has passed."""
    targets = pick(rows, table="targets", measure="target")
    if targets.empty:
        return None
    sentences: list[str] = []
    lines: list[list[Value]] = []
    blocks: list[Table | Figure] = []
    for target in labels.study.targets:
        here = pick(rows, table="targets", item=target.id)
        standing = labels.say(f"monitoring.standing_{standing_of(here, target)}")
        kind = _kind(target)
        found = _actual_of(here, kind, labels)
        words = target_words(here, target, labels)
        said = labels.say("monitoring.target", standing=standing, time=_time(here, labels), **words)
        sentences.append(" ".join([said, *_unsure(here, target, labels)]))
        reached = value(here, measure="reached_share")
        wanted = Number(target.value, kind)
        lines.append([words["name"], wanted, found, reached, standing, _rests_on(here, target, labels)])
    columns = [
        Column(labels.say("monitoring.target_name")),
        Column(labels.say("monitoring.target_value"), "range"),
        Column(labels.say("monitoring.actual"), "range"),
        Column(labels.say("monitoring.reached_share"), "percent"),
        Column(labels.say("monitoring.standing")),
        Column(labels.say("monitoring.rests")),
    ]
    source = labels.source("participants", "enrolments")
    blocks.append(Table("scorecard", labels.say("monitoring.scorecard"), columns, lines, labels.language, [], source))
    for target in labels.study.targets:
        series = pick(rows, table="progress", item=target.id)
        if len(series):
            blocks.append(
                charts.bars(
                    f"progress-{target.id}",
                    labels.say("monitoring.progress", name=target.name(labels.language)),
                    [labels.scope(scope) for scope in series["scope"]],
                    floats(series["count"]),
                    kind="integer",
                    target=target.value,
                    unit=labels.say("figure.unit.persons"),
                    language=labels.language,
                    source=source,
                )
            )
    heading, estimand = labels.say("monitoring.scorecard_heading"), labels.say("monitoring.estimand")
    return Part("scorecard", heading, [*sentences, estimand], blocks, summary=sentences)


def _kind(target: Target) -> Kind:
    return "integer" if target.measure in FROM_COMPOSITION else "percent"


def target_words(here: pd.DataFrame, target: Target, labels: Labels) -> dict[str, str]:
    """What sentences on a target are filled with: its name, what is there, what was wanted. ``here`` are its rows."""
    kind = _kind(target)
    show = labels.number if kind == "integer" else labels.percent
    actual = labels.formatted(_actual_of(here, kind, labels))
    if kind == "integer" and len(set(_limits(here))) > 1:
        actual = labels.say("monitoring.about", n=actual)
    return {"name": target.name(labels.language), "actual": actual, "target": show(target.value)}


def _time(here: pd.DataFrame, labels: Labels) -> str:
    """How much of the project's time has passed; that it has ended, where it has."""
    passed = value(here, measure="time_elapsed") or 0.0
    if passed >= 1:
        return labels.say("monitoring.ended")
    return labels.say("monitoring.elapsed", elapsed=labels.percent(passed, 0))


def _actual(here: pd.DataFrame) -> float | None:
    row = pick(here, measure="actual")
    return value(here, "count" if (row["kind"] == "count").any() else "estimate", measure="actual")


def _limits(here: pd.DataFrame) -> tuple[float | None, float | None]:
    """The least and the greatest that an actual can be: the same where it is exact."""
    lower, upper = (value(here, f"possible_{end}", measure="actual") for end in ("lower", "upper"))
    return (_actual(here),) * 2 if lower is None or upper is None else (lower, upper)


def standing_of(here: pd.DataFrame, target: Target) -> str:
    """``reached``, ``on_track`` (at most ``TOLERANCE`` behind time), ``behind``, ``missed`` or ``unknown``.

    ``here`` are the rows of the one target. ``close`` where the numbers are rounded and do not tell which it is.
    """
    found = {_standing(end, here, target) for end in _limits(here)}
    return found.pop() if len(found) == 1 else "close"


def _standing(actual: float | None, here: pd.DataFrame, target: Target) -> str:
    if actual is None or actual != actual:
        return "unknown"
    if actual >= target.value:
        return "reached"
    elapsed = value(here, measure="time_elapsed") or 0.0
    if elapsed >= 1:
        return "missed"
    return (
        "on_track"
        if target.measure in FROM_COMPOSITION and actual >= (elapsed - TOLERANCE) * target.value
        else "behind"
    )


def _actual_of(here: pd.DataFrame, kind: Kind, labels: Labels) -> Value:
    """The actual of a target as it is printed: a number, in words where it lies between two."""
    row = pick(here, measure="actual")
    if row.empty or kind == "integer":
        return Number(_actual(here), kind)
    share = labels.share_of(row.iloc[0])
    return share if isinstance(share, str) else Number(share, kind)


def _unsure(here: pd.DataFrame, target: Target, labels: Labels) -> list[str]:
    """Where the interval of a rate holds the target, chance may have decided on which side of it the rate fell."""
    if not len(pick(here, measure="actual", status=EXACT)):
        return []
    lower, upper = (value(here, end, measure="actual") for end in ("lower", "upper"))
    if lower is None or upper is None or not lower <= target.value <= upper:
        return []
    return [labels.say("monitoring.unsure", interval=labels.share_interval(lower, upper))]


def _rests_on(here: pd.DataFrame, target: Target, labels: Labels) -> str:
    """What the actual was counted from: a register, or so many answers of so many asked."""
    source = labels.source(*RESTS_ON[target.measure])
    row = pick(here, measure="actual")
    if row.empty or (row["kind"] == "count").any() or pd.isna(row["estimate"].iloc[0]):
        return source
    rate = row.iloc[0]
    words = {"answered": labels.number(rate["answered"]), "invited": labels.number(rate["invited"])}
    interval = labels.share_interval(rate["lower"], rate["upper"])
    return labels.say("monitoring.rests_on", source=source, interval=interval, **words)


def _outreach_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    outreach = pick(rows, table="outreach", scope=ALL)
    if outreach.empty:
        return None
    channels = list(dict.fromkeys(pick(outreach, by="channel")["group"]))
    if not channels:
        return None
    steps = [step for step in STEPS if len(pick(outreach, measure=step))]
    table = {s: [value(outreach, "count", measure=s, by="channel", group=c) for c in channels] for s in steps}
    order = sorted(range(len(channels)), key=lambda i: -(table[steps[-1]][i] or 0))
    row_labels = [labels.group("channel", channels[i]) for i in order]
    series = {labels.say(f"monitoring.{s}"): [table[s][i] for i in order] for s in steps}
    source = labels.source("outreach", "participants")
    caption = labels.say("monitoring.funnel")
    unit = labels.say("figure.unit.people")
    figure = charts.funnel(
        "outreach-funnel", caption, row_labels, series, unit=unit, language=labels.language, source=source
    )
    events = [value(outreach, measure="events", by="channel", group=channels[i]) for i in order]
    columns = [Column(labels.by("channel")), Column(labels.say("monitoring.events"), "integer")]
    columns += [Column(name, "integer") for name in series]
    lines = [[row_labels[k], events[k], *(values[k] for values in series.values())] for k in range(len(row_labels))]
    block = Table("outreach-table", caption, columns, lines, labels.language, [], source)
    totals = {s: labels.number(value(outreach, "count", measure=s, by=TOTAL)) for s in steps}
    if "enrolled" in steps and i18n.NOTHING not in (totals["applicants"], totals["enrolled"]):
        figure = replace(figure, finding=labels.say("monitoring.found_started", **totals))
    sentences = [
        labels.say("monitoring.outreach_total" if "enrolled" in steps else "monitoring.outreach_only", **totals)
    ]
    enrolled = pick(outreach, measure="enrolled", by="channel")
    for _, best in surely_greatest(enrolled[enrolled["group"] != UNKNOWN], "count").iterrows():
        if best["count"]:
            words = {"n": best["count"], "channel": labels.group("channel", best["group"])}
            sentences.insert(0, labels.say("monitoring.best_channel", **words))
    summary = list(sentences)
    unused = [c.name(labels.language) for c in labels.study.codes["channel"] if c.id not in channels]
    if unused:
        sentences.append(labels.say("monitoring.unused", channels="; ".join(unused)))
    heading = labels.say("monitoring.outreach_heading")
    return Part("outreach", heading, sentences, [figure, block], summary=summary)


def _actions_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    summary = pick(rows, table="actions")
    if summary.empty:
        return None
    counts = {row["measure"]: labels.number(row["estimate"]) for _, row in summary.iterrows()}
    sentences = [labels.say("monitoring.actions_are", n=value(summary, measure="all"), **counts)]
    mean = value(summary, measure="mean_delay")
    if mean is not None:
        sentences.append(labels.say("monitoring.actions_late", n=round(mean)))
    plan = pick(rows, table="action", measure="planned")
    names = [labels.study.code_name("action", item, labels.language) for item in plan["item"]]
    planned = [dt.date.fromisoformat(day) for day in plan["date"]]
    ended = [day for day in pick(rows, table="action", measure="done")["date"]]
    done = [dt.date.fromisoformat(day) if day else None for day in ended]
    delays = floats(pick(rows, table="action", measure="delay")["estimate"])
    source = labels.source("actions")
    caption = labels.say("monitoring.plan")
    today = labels.term.end
    cancelled = [role == "cancelled" for role in plan["note"]]
    style = {"language": labels.language, "source": source}
    figure = charts.timeline("action-plan", caption, names, planned, done, today, cancelled=cancelled, **style)
    if value(summary, measure="done"):
        figure = replace(figure, finding=labels.say("monitoring.found_late", **counts))
    columns = [
        Column(labels.say("monitoring.action")),
        Column(labels.say("monitoring.planned"), "date"),
        Column(labels.say("monitoring.status")),
        Column(labels.say("monitoring.done"), "date"),
        Column(labels.say("monitoring.delay"), "integer"),
    ]
    states = [labels.say(f"monitoring.action_{role}") for role in plan["note"]]
    lines = [
        [name, plan_day.isoformat(), state, end or NONE, NONE if delay is None else delay]
        for name, plan_day, state, end, delay in zip(names, planned, states, ended, delays, strict=True)
    ]
    table = Table(
        "actions-table", caption, columns, lines, labels.language, [labels.say("monitoring.delay_how")], source
    )
    return Part("actions", labels.say("monitoring.actions_heading"), sentences, [figure, table])


def _contacts_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    contacts = pick(rows, table="contacts", scope=ALL)
    if contacts.empty:
        return None
    totals = {m: labels.number(value(contacts, measure=m, by="")) for m in ("contact", "network", "negotiation")}
    source = labels.source("contacts")
    by_partner = pick(contacts, by="partner_kind")
    partners = [c.id for c in labels.study.codes["partner_kind"] if c.id in set(by_partner["group"])]
    columns = [Column(labels.say("monitoring.partner_kind"))]
    columns += [Column(labels.say(f"monitoring.{m}"), "integer") for m in totals]
    lines: list[list[Value]] = [
        [
            labels.study.code_name("partner_kind", partner, labels.language),
            *(value(by_partner, measure=m, group=partner) or 0.0 for m in totals),
        ]
        for partner in partners
    ]
    caption = labels.say("monitoring.contacts_by_partner")
    blocks = [Table("contacts-table", caption, columns, lines, labels.language, [], source)]
    outcomes = pick(contacts, by="contact_outcome")
    open_ = {m: value(outcomes, measure=m, group=UNKNOWN) or 0 for m in ("network", "negotiation")}
    outcomes = outcomes[outcomes["group"] != UNKNOWN]
    if len(outcomes):
        of = [
            (Column(labels.say("monitoring.outcome")), lambda row: labels.group("contact_outcome", row["group"])),
            (Column(labels.say("monitoring.negotiation"), "integer"), number("estimate")),
        ]
        caption = labels.say("monitoring.negotiation_outcomes")
        blocks.append(labels.table("negotiations-table", caption, outcomes, of, source=source))
    sentences = [labels.say("monitoring.contacts_are", **totals)]
    if any(open_.values()):
        sentences.append(labels.say("monitoring.no_outcome", **{m: labels.number(n) for m, n in open_.items()}))
    return Part("contacts", labels.say("monitoring.contacts_heading"), sentences, blocks)


def _budget_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    budget = pick(rows, table="budget", scope=ALL)
    if budget.empty:
        return None
    spent = value(budget, measure="spent", by="")
    planned = value(budget, measure="planned", by="")
    sentences = [_money_sentence(budget, labels, spent, planned)]
    costs = pick(budget, measure="cost_per_person")
    if len(costs):
        words = {row["by"]: _euro(labels, row["estimate"]) for _, row in costs.iterrows()}
        key = "monitoring.unit_costs" if len(words) > 1 else "monitoring.unit_cost"
        sentences.append(labels.say(key, **words))
    source = labels.source("budget")
    by_category = pick(budget, by="budget_category")
    categories = [c.id for c in labels.study.codes["budget_category"] if c.id in set(by_category["group"])]
    row_labels = [labels.study.code_name("budget_category", c, labels.language) for c in categories]
    series = {
        labels.say(f"monitoring.budget_{m}"): [value(by_category, measure=m, group=c) for c in categories]
        for m in ("planned", "spent")
    }
    caption = labels.say("monitoring.budget_by_category")
    figure = charts.grouped_bars(
        "budget", caption, row_labels, series, kind="euro", language=labels.language, source=source
    )
    used = value(budget, measure="spent_share", by="")
    if used is not None:
        figure = replace(figure, finding=labels.say("answer.money", share=labels.percent(used, 0)))
    blocks: list[Table | Figure] = [figure, _funding_table(budget, labels, source)]
    return Part("budget", labels.say("monitoring.budget_heading"), sentences, blocks, summary=sentences)


def _euro(labels: Labels, amount: float | None) -> str:
    return i18n.euro(amount, labels.language)


def _money_sentence(budget: pd.DataFrame, labels: Labels, spent: float | None, planned: float | None) -> str:
    own = value(budget, measure="spent", by="funding", group="own")
    words = {"spent": _euro(labels, spent), "own": _euro(labels, own)}
    if not planned or spent is None:
        return labels.say("monitoring.money_spent", **words)
    words |= {"planned": _euro(labels, planned), "share": labels.percent(value(budget, measure="spent_share", by=""))}
    words["own_planned"] = _euro(labels, value(budget, measure="planned", by="funding", group="own"))
    return labels.say("monitoring.money", **words)


def _funding_table(budget: pd.DataFrame, labels: Labels, source: str) -> Table:
    lines = []
    for by, group in (("funding", "grant"), ("funding", "own"), ("", "")):
        numbers = [value(budget, measure=m, by=by, group=group) for m in ("planned", "spent", "spent_share")]
        label = labels.say(f"monitoring.funding_{group}") if group else labels.say("label.total")
        lines.append([label, *numbers])
    columns = [
        Column(labels.say("monitoring.funding")),
        Column(labels.say("monitoring.budget_planned"), "euro"),
        Column(labels.say("monitoring.budget_spent"), "euro"),
        Column(labels.say("monitoring.budget_share"), "percent"),
    ]
    return Table("funding", labels.say("monitoring.funding_caption"), columns, lines, labels.language, [], source)
