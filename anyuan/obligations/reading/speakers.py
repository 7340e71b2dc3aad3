"""Owns who acts where a sentence names nobody: who spoke before it in its clause, whom its headings
bind, whom the document binds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import actors, headings, holders, titles
from .outline import Clause, Sentence

_BRACKET = re.compile(r"【([一-鿿、]{2,8})】")
_TEAMS = {"护校队", "巡逻队", "护学岗"}


class Speakers:
    """Remembers, as a document is read in its order, who was last named in each clause."""

    def __init__(self, title: str, text: str) -> None:
        self._document = titles.of_document(title, text)
        # 各部门分工: what is bracketed at a paragraph's head says whose part it is.
        self._shared_out = bool(re.search(r"分工|职责|责任", title))
        self._team = self._document if self._document in _TEAMS else ""
        self._issuers = titles.issuers(text)
        self._last: dict[int, str] = {}
        self._office: dict[int, str] = {}
        self._heads: dict[int, str] = {}
        self._led = ""  # whom the words that open a list name: 门卫应做到以下几点:

    def of(self, sentence: Sentence) -> str:
        """Who acts where the sentence names nobody."""
        clause = sentence.clause
        if labelled := titles.label(sentence.text):
            return labelled
        return self._last.get(id(clause)) or self.of_headings(clause)

    def of_headings(self, clause: Clause) -> str:
        """Whom the headings above bind, else the document."""
        key = id(clause)
        if key not in self._heads:
            nodes = [node for node in (clause, *clause.ancestors()) if node.path]
            bound = (self._of_heading(node, clause) for node in nodes)
            self._heads[key] = next(filter(None, bound), "")
        led = self._led if clause.marker else ""
        return self._heads[key] or led or self._document

    def _of_heading(self, node: Clause, below: Clause) -> str:
        if named := _BRACKET.match(node.marker):
            return titles.bound(named.group(1)) or (named.group(1) if self._shared_out else "")
        head = node.heading[:24]
        if found := titles.bound(head) or titles.label(head + ":"):
            return self._team or found if found == "领导小组" else found
        # 值班人员要做到以下几点: who is named in the words that open a list.
        lead = headings.lead(node) if node is not below else ""
        if led := actors.carried(lead, holders.subjects(lead)):
            return led
        return titles.of_topic(node.heading) if len(node.heading) <= 18 else ""

    def of_campaign(self, sentence: Sentence) -> str:
        """Who carries what the whole plan is about, where its opening says only that."""
        opens = not sentence.clause.path and titles.is_campaign(sentence.text)
        return self._issuers if opens else ""

    def office(self, clause: Clause) -> str:
        """The office that spoke last in a clause; empty if none did."""
        return self._office.get(id(clause), "")

    def forget(self) -> None:
        """What stands under another month is another matter."""
        self._last.clear()

    def heard(
        self, sentence: Sentence, named: Sequence[holders.Subject], *, measured: bool
    ) -> None:
        """Remember whom a sentence that was read leaves as the subject of the next."""
        self._opens_list(sentence, named)
        clause = id(sentence.clause)
        if sentence.text.startswith("职责:"):
            self._last.pop(clause, None)
        if speaker := actors.carried(sentence.text, named, measured=measured):
            self._last[clause] = speaker
            if holders.is_authority(speaker):
                self._office[clause] = speaker

    def _opens_list(self, sentence: Sentence, named: Sequence[holders.Subject]) -> None:
        """A list without a heading is of whoever the words before it name."""
        if sentence.text.endswith(":"):
            self._led = actors.carried(sentence.text, named)
        elif not sentence.clause.marker:
            self._led = ""
