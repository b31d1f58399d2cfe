"""How the codes of a study answer the common indicators of the European Social Fund Plus."""

from __future__ import annotations

from evaltools.study.wording import Model


class EsfPlus(Model):
    """Codes and variables of the study by what Annex I of Regulation (EU) 2021/1057 asks of participants.

    ``leaving`` and ``six_months`` are the follow-ups that tell the situation upon leaving and six months after:
    ``first``, or the id of a later one.
    """

    women: list[str] = []  # codes of gender
    men: list[str] = []
    non_binary: list[str] = []
    unemployed: list[str] = []  # codes of activity at the start
    long_term_unemployed: list[str] = []  # of activity, too; they count as unemployed
    inactive: list[str] = []
    employed: list[str] = []
    isced_0_2: list[str] = []  # codes of education
    isced_3_4: list[str] = []
    isced_5_8: list[str] = []
    disabilities: str = ""  # variables of the register that are true or false
    third_country: str = ""
    foreign_background: str = ""
    minorities: str = ""
    homeless: str = ""
    rural: str = ""
    qualified: list[str] = []  # kinds of enrolment whose completion is a qualification
    leaving: str = ""
    six_months: str = ""
    improved: str = ""  # variable of the follow-up after six months: an improved situation on the labour market
