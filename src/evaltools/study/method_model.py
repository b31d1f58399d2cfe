"""How the evaluation was done, as only people know it: what reporting checklists ask for and no export tells."""

from __future__ import annotations

from evaltools.study.wording import Model, Text


class Method(Model):
    """Sentences for reporting checklists (``evaltools checklists``); each names what it is asked for."""

    design: Text | None = None  # how the study was designed
    background: Text | None = None  # why it was made, and on what knowledge it rests
    theory: Text | None = None  # why the work should have its effect
    setting: Text | None = None  # where it took place
    eligibility: Text | None = None  # who could take part
    recruitment: Text | None = None  # how they were found and asked
    intervention: Text | None = None  # what each group was given, how much of it and by whom
    deliverers: Text | None = None  # who could give it: places and people
    delivery: Text | None = None  # how it went in fact
    other_support: Text | None = None  # what else participants were given meanwhile
    outcomes: Text | None = None  # what was to change, chosen before or after looking
    measurement: Text | None = None  # how it was measured, and how well that measures
    quantities: Text | None = None  # how numbers were grouped, and why so
    bias: Text | None = None  # what was done against bias
    sample_size: Text | None = None  # how large the study was to be, and why
    stopping: Text | None = None  # looks at the results on the way, and rules to stop
    ending: Text | None = None  # why it ended
    allocation: Text | None = None  # how people came into the groups
    allocation_kind: Text | None = None  # simple, in blocks, in strata
    concealment: Text | None = None  # how the next assignment was kept unknown
    allocation_access: Text | None = None  # who knew the next assignment
    blinding: Text | None = None  # who did not know who was in which group, and how
    unit: Text | None = None  # who or what was assigned and analysed: persons, classes
    analysis: Text | None = None  # what the programme does not compute: other models, other programmes
    missing_data: Text | None = None  # how gaps were dealt with besides what the reports show
    deviations: Text | None = None  # what was changed on the way, and why
    reasons: Text | None = None  # why people were not reached or left
    harms: Text | None = None  # what harm was looked for, and how
    interpretation: Text | None = None  # what the results mean beside other evidence
    generalisability: Text | None = None  # to whom else the results may apply
    coherence: Text | None = None  # how the work fits with other work for the same people
    sustainability: Text | None = None  # what is left when the money ends
    behaviour: Text | None = None  # what participants do otherwise afterwards
    registration: Text | None = None  # where and when the study was registered
    protocol: Text | None = None  # where the plan and the plan of analysis can be read
    data_sharing: Text | None = None  # where data and code can be had
    conflicts: Text | None = None  # interests of those who made the evaluation
    funder_role: Text | None = None  # what part the funder had in it
    involvement: Text | None = None  # how those whom it is about took part in planning it
    ethics: Text | None = None  # ethical review
    consent: Text | None = None  # what people were told, and how they agreed
    data_protection: Text | None = None  # who could see personal data, and how they were kept
    pretesting: Text | None = None  # how the questionnaire was made and tried out
    contact: Text | None = None  # how people were first asked to answer
    advertising: Text | None = None  # how the survey was made known
    mode: Text | None = None  # on the web, by e-mail, on paper; how answers came into the files
    context: Text | None = None  # on which site or at which occasion it was asked
    voluntary: Text | None = None  # whether anything depended on answering
    incentives: Text | None = None  # what was given for taking part or answering
    item_order: Text | None = None  # whether the order of the questions changed by chance
    adaptive: Text | None = None  # questions that depended on earlier answers
    screens: Text | None = None  # how many pages with how many questions
    completeness: Text | None = None  # whether questions had to be answered
    review: Text | None = None  # whether answers could be seen and changed before sending
    visitors: Text | None = None  # how many opened the survey, and how they were told apart
    cookies: Text | None = None  # whether cookies kept one person from answering twice
    ip_check: Text | None = None  # whether addresses of computers were used for that
    log_check: Text | None = None  # other ways of finding the same person twice
    timing: Text | None = None  # answers given too fast or at odd times
