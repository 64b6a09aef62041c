"""Raters without a model, so that a report shows what a scorer's effort buys.

A rater is a function from a conversation to spans. `constant_rater` says the commonest thing about every turn, which
is nothing. `keyword_rater` reads English sentence by sentence with regular expressions; its patterns were written with
the training split in view, and never with the test split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.links import tie_to_latest
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation
from rubric.spans import Span


def constant_rater(conversation: Conversation) -> list[Span]:
    """No span at all: every label is absent from most turns."""
    del conversation
    return []


def keyword_rater(conversation: Conversation) -> list[Span]:
    """English spans by keywords, at most one label a sentence (an acknowledgement may open another label's sentence).

    Each run of sentences with one customer label is a need or an objection of its own. Restatements refer to the
    latest objection, claims to nothing.
    """
    found: list[Span] = []
    answering = ""  # what the customer last said
    for index, turn in enumerate(conversation.turns):
        if turn.role == "customer":
            found += joined(list(_customer_spans(index, turn.text)), turn.text)
            answering = turn.text
        else:
            found += _rep_spans(index, turn.text, answering)
    return with_links(found)


def _pattern(*alternatives: str) -> re.Pattern[str]:
    joined = "|".join(alternatives).replace("'", "['\u2019]?")
    return re.compile(rf"\b(?:{joined})", re.IGNORECASE)


SENTENCE = re.compile(r"[^.?!…\n]+(?:[.](?=\d)[^.?!…\n]*)*[.?!…]*[\"'\u201d\u2019)]*")
LEAD_IN = r"^(?:(?:and|so|but|then|okay|ok|right|well|now|um|uh|er|yeah|yes|no|oh|look|listen|sorry|just|first|before (?:that|we) [\w ]{0,30}|tell you what|do you know|\w+)[,.]?\s+){0,3}"

INVITATION = _pattern(
    r"(?:tell|walk|talk|take|run) (?:me|us) (?:about|through|how|what|a bit|a little|more)",
    r"(?:could|would|can|will) you (?:please )?(?:tell|describe|explain|share|walk|talk|take|give me (?:a|an) (?:idea|sense|picture))",
    r"help me (?:understand|see|picture)",
    r"describe ",
    r"i'd (?:love|like) to (?:hear|understand|know)",
    r"i'm curious (?:how|what|why|about)",
)
OPEN = re.compile(
    LEAD_IN
    + r"(?:how(?!'?s? (?:many|much|long|often|old|far|big|about|come we|soon|are you\b|was your|is your day))|what(?!'?s? (?:time|about|if|day|date|colou?r|size|number|percentage|name|your name|say))|why(?! don't)|in what|where (?:does|do|did|is|are|would|has)|when \w+ [\w ]{3,50}, (?:what|how|where)|which (?:of|parts?)|how'?s (?:the|it|that)|how'd)\b",
    re.IGNORECASE,
)
OPEN_LATER = re.compile(
    r", (?:and )?(?:what|how|why)(?! (?:many|much|long|often|about|time)\b)[^,]{8,}\?$", re.IGNORECASE
)
CLOSED = re.compile(
    LEAD_IN
    + r"(?:is|are|was|were|do|does|did|have|has|had|can|could|will|would|am|isn't|aren't|don't|doesn't|how (?:many|much|long|often|old|far|big|soon)|who|when|which|what|where|you)\b",
    re.IGNORECASE,
)
TAG = _pattern(
    r"(?:right|correct|yeah|yes|no|is it|isn't it|aren't you|don't you|wouldn't you|do you|are you|i take it|i suppose|surely|then)\?$"
)
OPTIONS = re.compile(r",? or (?!so\b)[\w' ,-]+\?$", re.IGNORECASE)
CHECKING = _pattern(
    r"(?:does|is|did|would) that (?:make sense|sound|help|work|fair|fit|seem|suit|land|clear|okay|all right)",
    r"(?:sound|sounds) (?:good|fair)",
    r"make sense\?",
    r"you know\?$",
    r"how (?:are you|was your|is your day)",
    r"can you (?:hear|see)",
    r"what time",
    r"good time",
    r"caught you|catch you",
    r"any questions",
)
ASK = _pattern(
    r"(?:shall|should|could|can|may|might) (?:i|we)\b",
    r"(?:would|could|will|can|wid) (?:you|ye|the|i|we|it be)\b",
    r"(?:how|what) about|what would you say to|do you agree to|you free|please (?:sign|send|put)",
    r"(?:are|would) you (?:be )?(?:willing|open|up for|free|ready|prepared|happy|all right)",
    r"why don't (?:we|you|i)",
    r"what if (?:we|i)",
    r"let's",
    r"(?:i'd|i would) (?:like|want|propose|suggest|ask)",
    r"if i (?:send|sent|bring|brought|came|come|book|put)",
    r"do you want (?:me )?to",
)
STEP = _pattern(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    r"tomorrow|tonight|next week|this week|fortnight\b",
    r"(?:minutes|half an? hour|an hour|half hour)\b",
    r"at (?:\d|half|nine|ten|eleven|two|three|four)",
    r"the (?:\d+(?:st|nd|rd|th)|\w+(?:teenth|tieth|first|second|third))\b",
    r"pilot|trial|demo\b|test run|proof of concept",
    r"sign|signature|order form|docusign|paperwork|purchase order|deposit|go ahead",
    r"meet|visit|site|sit down|come (?:by|over|out|round|through|up|down)|call back|diary|calendar|invite",
    r"introduc|put me in touch|bring (?:in|along)|with your",
    r"send (?:me|us|over|it|the)|sending (?:me|us)|share (?:the|your)|email me",
    r"book|schedule|pencil|set (?:up|aside)|put (?:in|down|you|your)|hold|start with|reserve",
)
OBJECTION = _pattern(
    r"too (?:expensive|much|dear|long|late|big|complicated|early|soon|steep|rich|good)",
    r"(?:price|pricey|expensive|dear|cheaper|cost(?:s|ly)? (?:more|twice|double)|double|twice what|afford)",
    r"budget",
    r"(?:not|n't|never) (?:sure|convinced|persuaded|the (?:right )?time|now|ready|keen|comfortable|see (?:the|why|how)|interested|need (?:another|it|one|a))",
    r"(?:worr(?:y|ies|ied)|concern|afraid|nervous|scared|uneasy|wary|doubt|sceptic|skeptic|hesita|reluctan|risk)",
    r"(?:burned|burnt|bitten|stung|been promised|same promise|heard that before|let us down)",
    r"(?:how do (?:i|we) know|how can (?:i|we) be|what if|what happens (?:if|when) (?:you|it|your)|who's (?:going to|gonna)|and if (?:you|it))",
    r"(?:already (?:have|got|pay|use)|happy with (?:what|who|the|our)|we're fine|does the job|do without)",
    r"(?:can't|cannot|won't|couldn't|wouldn't|not going to) (?:justify|sign|commit|agree|sell (?:it|that)|take on|put|go|be|do (?:it|that|anything)|spend|promise|let)",
    r"(?:last|previous|other) (?:supplier|vendor|lot|company|firm|provider|one|crowd|people|time)",
    r"(?:lock(?:ed)?[- ]?in|tied in|three[- ]year|contract|lease|notice period|break clause)",
    r"(?:trust|guarantee|small print|catch|gimmick|sales(?:man| pitch)|brochure)",
    r"(?:the (?:trouble|problem|difficulty|thing|snag) is|the (?:other|only) thing|my (?:issue|problem|difficulty|fear))",
    r"(?:would never|will never|they'll (?:never|hate|say)|nobody (?:will|would)|won't (?:wear|use|like))",
    r"(?:no time|haven't (?:the|got) time|bad time|busy|after (?:christmas|easter|the (?:summer|harvest|audit))|not before|until (?:january|april|next))",
)
NEED = _pattern(
    r"(?:i|we|they|he|she) (?:really |also |just )?(?:need|want|would like|must|have to|'d want|'d like|'d need)",
    r"(?:i'd|we'd|they'd) (?:want|like|need|love)",
    r"what (?:i|we) (?:need|want|'d like|'d want|would like)",
    r"(?:lose|losing|lost|waste|wasting|wasted|throw(?:ing)? away|miss(?:ed|ing)?|fail(?:s|ed|ing)?|broke(?:n)?|breaks?|stuck|behind|overdue|complain)",
    r"(?:takes?|took|spend|spends|spent|eats?|costs?) (?:\w+ ){0,3}(?:hours?|days?|weeks?|mornings?|evenings?|minutes|time|us|me)",
    r"(?:by hand|manually|on paper|spreadsheet|paper|type|retype|copy)",
    r"(?:can't|cannot|couldn't|unable|no way of|no idea|nobody (?:knows|can)|never know|don't know) ",
    r"(?:problem|trouble|headache|nightmare|mess|bottleneck|pain|struggle|hard to|difficult to|chasing|chase)",
    r"(?:by (?:january|february|march|april|may|june|july|august|september|october|november|december|the end of)|deadline|within (?:a|an|\w+) (?:day|week|hour|month|minute|second)s?)",
    r"(?:wish|if (?:i|we) could|ideally|as long as|has to|have got to|'ve got to)",
)
RESTATING = re.compile(
    LEAD_IN
    + r"(?:so\b|you(?:'re|'d| would| are| were| have|'ve| think| feel| don't| expect| say| want| mean)\b|your (?:worry|concern|fear|point|problem|difficulty)|if i (?:understand|understood|hear|heard|follow|'ve)|when you say|what (?:i'm hearing|you're saying|bothers|worries)|it sounds|sounds like|in other words|the (?:worry|concern|fear|sticking point)|is it (?:the|that)|it's (?:the|that|not))",
    re.IGNORECASE,
)
LISTENING = re.compile(
    r"^(?:(?:and|right|okay|ok|yeah|yes|ah|um|well|no)[,.]?\s+){0,2}(?:so (?:the|it|it's|that's|there|there's|what|you|you've|you're|a|your|they|she|he|in|for|when|if|even|two|three|four|five|six|nine|ten|'tis|its|theres)\b|you (?:said|mentioned|told|spoke|were saying|pool|keep)|in other words|earlier|if i can go back|it sounds like|sounds like|what i'm hearing|let me (?:play|say|see if)|as you (?:said|put))",
    re.IGNORECASE,
)
EMPATHY = _pattern(
    r"(?:that|it|this|you|which|they) (?:must|mustve|can't) (?:have )?(?:be|been|feel|felt|hurt|sting|stung)",
    r"(?:that|it) sounds (?:like (?:a|an) )?(?:\w+ )?(?:exhaust|awful|frustrat|stress|rough|hard|tough|miserable|horrible|painful|grim|tiring|nightmare)",
    r"i(?:'d| would| should) (?:be|feel|think|want|have been|have felt|expect|hate)[\w ,']{0,40}\b(?:too|the same|as well|in your (?:place|shoes))",
    r"(?:i can (?:see|understand|imagine) (?:why|how|that))",
    r"(?:no wonder|i(?:'m| am) (?:so |very |really )?sorry|poor (?:woman|man|thing|you)|god love|bless|what a (?:week|night|day|thing|horrible|dreadful|nasty))",
    r"that(?:'s| is) (?:a |an |, )?(?:\w+ )?(?:hard|horrible|awful|dreadful|lonely|rotten|tough|rough|cruel|miserable|wretched|exhausting|frustrating|stressful|maddening|nightmare|nasty|not (?:a )?(?:comfortable|nice|easy|pleasant|fun))",
    r"anyone would|anybody would|in your (?:place|shoes)|weigh(?:s|ing)? on you|keeps you (?:up|awake)",
)
ACKNOWLEDGEMENT = re.compile(
    r"^(?:(?:no|yeah|yes|okay|ok|right|ah|oh|aye|well|and|but|mm|sure|look|i)[,.]?\s+){0,3}"
    r"(?:"
    r"i (?:do )?(?:get|hear|understand|see|take|follow|appreciate)(?: (?:you|ya|ye|that|it|this|your point|the point|the logic|what you mean))?(?: on that)?(?=[.,;!?—-]|$| (?:well|so|and|but|then)\b)"
    r"|i (?:can|do) (?:see|follow|understand|appreciate|get) (?:that|it|where)\b[\w' ]{0,24}(?=[.,;!?—-]|$)"
    r"|(?:understood|understandable|noted|gotcha|i gotcha|got it|got you|got that|righto|point taken|good point|no totally|true, true|sure, sure|clear enough|fair enough|fair point|fair play to you|fair)(?=[.,;!?—-]|$| \w)"
    r"|that(?:'?s| is)(?:,? that(?:'s| is))? (?:a )?(?:very |perfectly |completely |only |more than )?(?:fair|reasonable|good point|understandable|useful|helpful|true|good to know)\b[\w' ]{0,20}(?=[.,;!?—-]|$)"
    r"|(?:that )?makes (?:\w+ )?sense(?=[.,;!?—-]|$| \w)"
    r"|(?:thanks|thank you) (?:for (?:telling|saying|being|putting|letting)|that)\b[\w' ]{0,24}(?=[.,;!?—-]|$)"
    r")",
    re.IGNORECASE,
)
CLAIM_SUBJECT = _pattern(
    r"(?:we|our|ours|us|we're|we've|we'd|it|it's|its|this|these|they|they're|the|you'd|you'll|you won't|you get|nobody|no one|every|with)\b"
)
BENEFIT = _pattern(
    r"sav(?:e|es|ed|ing)\b|cut(?:s)?\b|reduc|halv|fewer|less\b|faster|quicker|within (?:minutes|seconds|a day)|overnight|instant|automatic|by itself|on its own",
    r"better|best\b|finest|leading|leader|number one|most \w+|only (?:one|company|firm)|second to none|unique|different|unmatched|world[- ]class|state of the art|award|premium|top\b|superb|amazing|brilliant|fantastic|incredible|beautiful|powerful|proven|robust|reliable|trusted|proud|pride|quality",
    r"easy|simple|effortless|seamless|love|adore|happy|delighted|peace of mind|safe|secure|guarantee",
    r"(?:never|no longer|no more|won't|wouldn't|don't|doesn't|needn't|without) (?:have|need|miss|lose|wait|touch|worry|think|see|again|stop|a\b|any|fail|break|go)",
    r"(?:comes?|gets?|gives?|gave|get|got|bring|frees?|pays?) (?:\w+ ){0,3}(?:back|you|your|for itself|free)",
    r"(?:customers?|clients?|one of our|another (?:firm|customer|client)|people who) [\w ,']{0,60}(?:went from|saw|cut|saved|halved|got|had|told|say|run|switched)",
    r"per cent|percent|\d+ ?%|so (?:those|that|your|you|nobody|the)\b|which means|means (?:you|your|that)|takes care of|looks after|handles|catches|prevents?|stops? (?:the|your)|gone\b",
)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end; without punctuation the text is one."""
    for found in SENTENCE.finditer(text):
        held = found.group()
        start = found.start() + len(held) - len(held.lstrip())
        end = found.start() + len(held.rstrip())
        if end - start > 1:
            yield start, end


def _customer_spans(turn: int, text: str) -> Iterator[Span]:
    for start, end in sentences(text):
        sentence = text[start:end]
        objects, needs = len(OBJECTION.findall(sentence)), len(NEED.findall(sentence))
        if objects and objects >= needs:
            yield Span(turn=turn, start=start, end=end, label=Label.OBJECTION)
        elif needs and len(sentence.split()) > 3 and not sentence.endswith("?"):
            yield Span(turn=turn, start=start, end=end, label=Label.NEED)


def joined(spans: list[Span], text: str) -> list[Span]:
    """Spans with runs of one label joined where nothing but white space lies between them."""
    runs: list[Span] = []
    for span in spans:
        last = runs[-1] if runs else None
        if last and last.label == span.label and not text[last.end : span.start].strip():
            runs[-1] = last.model_copy(update={"end": span.end})
        else:
            runs.append(span)
    return runs


def with_links(found: list[Span]) -> list[Span]:
    """The spans with an id of its own for each need and objection; restatements refer to the latest objection, and are
    dropped where there is none, claims to nothing."""
    numbered = _numbered(found)
    return [
        tied if span.label == Label.OBJECTION_RESTATEMENT else span
        for span, tied in zip(numbered, tie_to_latest(numbered), strict=True)
        if span.label != Label.OBJECTION_RESTATEMENT or tied.refers_to
    ]


def _numbered(spans: list[Span]) -> list[Span]:
    n_of: dict[Label, int] = {}
    numbered: list[Span] = []
    for span in spans:
        prefix = CODEBOOK[span.label].id_prefix
        n_of[span.label] = n_of.get(span.label, 0) + 1
        numbered.append(span.model_copy(update={"id": f"{prefix}{n_of[span.label]}"}) if prefix else span)
    return numbered


def _rep_spans(turn: int, text: str, answering: str) -> Iterator[Span]:
    resisted = bool(OBJECTION.search(answering))
    answered = False
    for start, end in sentences(text):
        sentence = text[start:end]
        opening = ACKNOWLEDGEMENT.match(sentence)
        if opening:
            yield Span(turn=turn, start=start, end=start + opening.end(), label=Label.ACKNOWLEDGEMENT)
            start += opening.end()
            start += len(text[start:end]) - len(text[start:end].lstrip(" ,;.!—-"))
            sentence = text[start:end]
        label = _rep_label(sentence, resisted=resisted and not answered) if sentence else None
        answered = answered or label in (Label.VALUE_CLAIM, Label.CLOSE_ASK)
        if label:
            yield Span(turn=turn, start=start, end=end, label=label)


def _rep_label(sentence: str, *, resisted: bool) -> Label | None:
    """The one label of a rep's sentence; resisted: the customer has just objected and was not answered yet."""
    n_words, asks = len(sentence.split()), sentence.endswith("?")
    if ASK.search(sentence) and STEP.search(sentence) and (asks or n_words > 5) and not OPEN.match(sentence):
        return Label.CLOSE_ASK
    if CHECKING.search(sentence):
        return None
    if EMPATHY.search(sentence) and not asks:
        return Label.EMPATHY
    if resisted and n_words > 4 and RESTATING.match(sentence) and not OPEN.match(sentence):
        return Label.OBJECTION_RESTATEMENT
    if INVITATION.search(sentence) or OPEN_LATER.search(sentence) or (OPEN.match(sentence) and (asks or n_words > 6)):
        return Label.CLOSED_QUESTION if OPTIONS.search(sentence) or TAG.search(sentence) else Label.DISCOVERY_QUESTION
    if asks and n_words > 3 and (CLOSED.match(sentence) or TAG.search(sentence) or OPTIONS.search(sentence)):
        return Label.CLOSED_QUESTION
    if n_words > 4 and not asks and LISTENING.match(sentence):
        return Label.LISTENING_CUE
    if n_words > 4 and not asks and CLAIM_SUBJECT.search(sentence) and BENEFIT.search(sentence):
        return Label.VALUE_CLAIM
    return None
