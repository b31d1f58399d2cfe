"""Generated English sentences with edge numbers, as text that a native reader would accept.

Read them: 0, 1, 2 and many, nobody and unknown are what this file holds. Spaces stand for no-break spaces too.
"""
# ruff: noqa: E501 - a sentence stands on one line, as a reader gets it

from spoken import as_read, each, writers

spoken, whole, share, *_ = writers("en")
SENTENCES = [
    (spoken("participants.total", n=0), "The project has had 0 participants."),
    (spoken("participants.total", n=1), "The project has had 1 participant."),
    (spoken("participants.total", n=1000), "The project has had 1,000 participants."),
    (spoken("participants.again", again=whole(1)), "1 of them enrolled again in a later term."),
    (spoken("participants.target_total", n=1, total=whole(2), share=share(0.5)), "1 person belongs to at least one target group, 50.0% of all participants (2)."),
    (spoken("participants.target_total", n=0, total=whole(21), share=share(0)), "0 people belong to at least one target group, 0.0% of all participants (21)."),
    (spoken("participants.standing_rights", n=1, completed=share(1), dropped=share(0), ongoing=share(0)), "Of the enrolments (1), 100.0% are completed, 0.0% were dropped and 0.0% are ongoing."),
    (spoken("ingestion.late", total=whole(1), late=whole(1)), "Of the answers (1), 1 came after the end of their term; late answers are included."),
    (spoken("ingestion.late", total=whole(1015), late=whole(0)), "Of the answers (1,015), 0 came after the end of their term; late answers are included."),
    (spoken("survey.answered.start", participants=whole(1), start=whole(1), start_share=share(1)), "Of the participants (1), 1 answered the start survey (100.0%)."),
    (spoken("survey.answered.start", participants=whole(650), start=whole(0), start_share=share(0)), "Of the participants (650), 0 answered the start survey (0.0%)."),
    (spoken("survey.answered.end", asked_at_end=whole(1), end=whole(1), end_share=share(1), both=whole(0), both_share=share(0)), "The end survey could have been answered by those whose studies had ended and by those who answered before that (1 in all). Of them, 1 (100.0%) answered it and 0 (0.0%) answered both surveys."),
    (spoken("survey.answered.no_register", start=whole(1), end=whole(0), both=whole(0)), "The start survey was answered by 1, the end survey by 0 and both by 0. There is no register, so it is not known how many were asked; response rates are therefore of those who answered either survey."),
    (spoken("survey.results.nobody_both"), "Change cannot be judged: nobody has answered the same question in both surveys."),
    (spoken("survey.results.unclear", n=1, total=whole(4), items="“I feel well”"), "1 of 4 main questions shows no clear change (it could be due to chance): “I feel well”."),
    (spoken("survey.results.unclear", n=2, total=whole(4), items="“I feel well” and “I believe in my own future”"), "2 of 4 main questions show no clear change (it could be due to chance): “I feel well” and “I believe in my own future”."),
    (spoken("survey.advice.how", n=1), "Computed for McNemar’s test (Connor 1987) of 1 question, and for the share of respondents whose answer has changed. The numbers are approximate and count all answers since the project began."),
    (spoken("report.data_both", both=whole(1), both_share=share(1), persons=whole(1)), "Both surveys were answered by 1, which is 100.0% of those who could have answered both. Participants in all: 1."),
    (spoken("report.data_followup_declared", answered=whole(1), answered_share=share(0.5)), "Placement is known for 1 of the people contacted (50.0%)."),
    (spoken("report.data_followup_undeclared", answered=whole(0)), "The number of people whose placement is known is 0. It is not known how many were asked, so there is no response rate."),
    (spoken("report.verdict_counts", n=1, counts=spoken("report.verdict_count.reached", n=1)), "Of 1 objective, 1 was reached."),
    (spoken("report.concluded.actions_late", done=whole(1), done_late=whole(1), open_late=whole(0)), "Actions completed late: 1 of 1. Overdue: 0."),
    (spoken("report.limit_hidden", n=1), "The public figures say nothing about small groups: 1 result is not shown, to protect privacy."),
    (spoken("report.objective_contact", n=1), "1 contact with partners is on record."),
    (spoken("report.objective_contact", n=2), "2 contacts with partners are on record."),
    (spoken("head.late", done=whole(1), late=whole(1)), "Actions completed late: 1 of 1."),
    (spoken("head.late_open", done=whole(17), late=whole(15), open=whole(1)), "Actions completed late: 15 of 17; overdue and not yet completed: 1."),
    (spoken("head.agreed", question="I can plan my studies", n=whole(1), start=share(0), end=share(1)), "“I can plan my studies”: among people who answered it both times (1), 0.0% agreed at the start and 100.0% at the end."),
    (spoken("monitoring.outreach_total", reached=whole(1), applicants=whole(1), enrolled=whole(0)), "The number of people met in outreach was 1; the same person may have been met more than once. The number of applicants was 1, and 0 started their studies."),
    (spoken("monitoring.best_channel", n=1, channel="Cafés"), "The channel that brought the most students: Cafés, 1 person."),
    (spoken("monitoring.contacts_are", contact=whole(1), network=whole(0), negotiation=whole(21)), "Contacts with partners: 1. Entries about networks: 0. Negotiations held: 21."),
    (spoken("placement.followup.nobody"), "Nobody has been contacted for the follow-up yet."),
    (spoken("placement.followup.all_known", n=1), "The follow-up covers 1 person, whose situation is known."),
    (spoken("placement.followup.all_known", n=2), "The follow-up covers 2 people, all of whom responded."),
    (spoken("placement.followup.asked", n=1, answered=whole(0), rate=share(0), unknown=whole(1)), "1 person was contacted for the follow-up. The situation is known for 0 (response rate 0.0%) and not known for 1."),
    (spoken("placement.followup.asked", n=470, answered=whole(275), rate=share(0.585), unknown=whole(195)), "470 people were contacted for the follow-up. 275 responded (response rate 58.5%); the situation of 195 is not known."),
    (spoken("placement.rate.nobody", share=spoken("placement.share.employed")), "Share employed: nobody contacted has responded, so the share is not known."),
    (spoken("groups.differs", n=1, names="gender", tests=1, question="“I feel well”"), "“I feel well”: the change differs by one background variable: gender (tests: 1)."),
    (spoken("comments.read", n=1, survey="End survey"), "End survey: 1 person left a comment."),
    (spoken("comments.read", n=2, survey="End survey"), "End survey: 2 people left a comment."),
    (spoken("clusters.too_few", n=1), "Everyone studied in the same group, so the influence of the group cannot be told apart from chance, and no conclusions about change are drawn."),
    (spoken("figure.state.overdue", n=1), "overdue by 1 day"),
    (spoken("problem.more", n=1), "… and 1 more of the same kind"),
    (spoken("label.unknown"), "Not known"),
    (spoken("run.say.terms", n=1), "1 term"),
    (spoken("run.say.terms", n=0), "0 terms"),
]  # fmt: skip


@each(SENTENCES)
def test_an_english_reader_would_accept_it(made, accepted):
    assert as_read(made) == accepted
