"""What the import proposes of some files, with the questions that are open."""

from dataclasses import dataclass, field

from . import which_course
from .questions import answer_faults, expanded


@dataclass
class Proposal:
    """`plans` in the order of the dictionary; `facts` : {key of cohort.yml: (value, reason)}; `unused` : {place: why};
    `kinds` : what the files are in the words of the field; `doubts` : warnings on the files; `questions` : all that is
    asked, in order; `answers` : {id: answer} of those that are answered."""

    plans: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    unused: dict = field(default_factory=dict)
    kinds: list = field(default_factory=list)
    doubts: list = field(default_factory=list)
    questions: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    given: dict = field(default_factory=dict)

    def open(self, blocking=False) -> list:
        """The questions without an answer, or those of them without which there is no report."""
        return [q for q in self.questions if q.id not in self.answers and (q.blocking or not blocking)]

    def ask(self, asked):
        """Take pairs of a question and what its answer does; do it
        where the answer is given. Faulty answers are collected.
        """
        for question, settle in asked:
            if all(q.id != question.id for q in self.questions):  # two tables of one sheet ask alike
                self.questions.append(question)
            if question.id in self.given:
                answer = expanded(question, self.given[question.id])
                faults = answer_faults(question, answer)
                self.doubts += faults
                if not faults:
                    self.answers[question.id] = answer
                    settle(answer)

    @property
    def course(self) -> str:
        """The course of outcomes whose names say none."""
        return which_course.COURSES[self.answers.get("course", "rechallenge")]
