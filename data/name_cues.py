# ruff: noqa: RUF001 (typographic apostrophes and dashes, as transcripts write them)
"""Expressions that show personal data by the words around it, in the syntax of the `regex` package, English.

In `CUES` the name is what the expression matches, the cue looks behind it. `_NAME` is up to three capitalised words.
"""

from __future__ import annotations

_NOT_NAMES = (
    "I|I'm|I've|I'd|I'll|You|We|He|She|It|They|My|Your|Our|The|This|That|These|Those|There|Here|What|Who|When|Where|Why|How|"
    "If|And|But|So|Or|Yes|No|Not|Now|Then|Well|Right|Okay|OK|Good|Great|Sure|Please|Thanks|Thank|Sorry|Can|Could|Would|"
    "Will|Do|Did|Is|Are|Was|Have|Has|Just|Let|Look|All|Both|Everyone|Everybody|Team|Folks|Guys|Sir|Madam|Again|For|From|At|"
    "In|On|To|As|Before|After|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|"
    "July|August|September|October|November|December|Christmas|Easter|God|Morning|Afternoon|Evening|Hello|Hi|Hey|Oh|Um|Uh|"
    "Mr|Mrs|Ms|Miss|Dr|Customer|Client|Colleague|Colleagues|Subject|Re|RE|One|Two|Three|First|Second|English|German|French"
)
_WORD = rf"(?!(?:{_NOT_NAMES})\b)\p{{Lu}}[\p{{L}}\p{{M}}]+(?:['’-]\p{{Lu}}[\p{{L}}\p{{M}}]+)*"
_NAME = rf"(?-i:{_WORD}(?:[ ](?:(?:van|von|de|da|del|der|den|di|la|el|bin|al)[ ]){{0,2}}{_WORD}){{0,2}})"
_ANY = r"\p{L}[\p{L}\p{M}'’-]+"
_TITLE = r"mr|mrs|ms|miss|mister|mx|dr|prof|professor|doctor|herr|frau|monsieur|madame|señora?|signora?"
_RELATION = (
    "man|woman|lady|guy|bloke|chap|fella|fellow|girl|boy|lad|kid|someone|somebody|colleague|boss|manager|director|assistant|"
    "dispatcher|secretary|accountant|bookkeeper|controller|engineer|technician|foreman|owner|partner|wife|husband|son|"
    "daughter|brother|sister|mother|father|mum|mom|dad|uncle|aunt|auntie|cousin|nephew|niece|friend|neighbour|neighbor|"
    "in-law|guard|nurse|chef|buyer|cook"
)
_END = r"(?=\s*(?:[,.!?;/—–-]|$))"

# In a text without capitals: words that follow a greeting, or "its" before "from", and are no name.
_SMALL = (
    r"(?!(?:there|yes|no|i|im|is|this|that|it|its|my|you|your|we|thanks|thank|can|so|all|everyone|everybody|again|how|who|"
    r"what|just|sorry|am|and|but|the|a|an|to|from|for|doctor|sir|madam|mr|mrs|ms|mate|love|guys|then|very|bye|now|not|hi|"
    r"hello|morning|afternoon|yeah|oh|um|uh|well|ok|okay|right|in|on|at|with|too|much|later|straight|far|late|different|"
    r"\p{Ll}+(?:ed|ing|er))\b)\p{Ll}[\p{Ll}\p{M}'’-]+"
)

CUES = (
    # Mr Haddad; in a transcript without capitals: mister haddad, mrs okonjo
    rf"(?<=\b(?:{_TITLE})\.?[ ]){_NAME}",
    rf"(?<=(?-i:\b(?:mr|mrs|ms|mister)[ ])){_ANY}",
    # My name is Ana Ruiz; my names farouk
    rf"(?<=\bname(?:['’]?s|[ ]is)[ ]){_NAME}",
    rf"(?<=(?-i:\bmy name(?:s|'s| is)[ ]))(?-i:(?!not\b|on\b|in\b){_ANY})",
    # This is Gareth Pym from Norvane, it's Freya speaking
    rf"(?<=\b(?:this is|it['’]?s|it is|here is|i['’]?m|i am)[ ]){_NAME}"
    r"(?=,?[ ](?:from|here|speaking|calling|again|with|at|over at|in)\b)",
    rf"{_NAME}(?=[ ](?:speaking\b|here,|here\.|here from\b))",
    rf"(?:(?<=^)|(?<=[.!?,][ ])){_NAME}(?=,?[ ](?:from|calling from|here from)[ ](?-i:\p{{Lu}}))",
    # Hello, Olu. Dear Mossop, Thanks, Clive. Good morning Marlene,
    rf"(?<=\b(?:hi|hello|hey|dear|morning|afternoon|evening|thanks|thank you|cheers|bye|goodbye|sorry|welcome),?[ ]){_NAME}"
    + _END,
    # Marlene, good morning
    rf"{_NAME}(?=,?[ ]good (?:morning|afternoon|evening)\b)",
    # In a transcript without capitals: its declan from, hello doctor lindqvist, morning trevor, thank you priya
    rf"(?<=(?-i:\b(?:its|this is)[ ]))(?-i:{_SMALL})(?=[ ]from[ ])",
    rf"(?<=(?-i:\b(?:hello|hi|morning|afternoon|thanks|thank you)[ ]doctor[ ]))(?-i:{_SMALL})",
    rf"(?<=^(?-i:(?:hi|hello|hey|morning|good morning|good afternoon)[ ]))(?-i:{_SMALL})",
    rf"(?<=(?-i:\b(?:goodbye|bye|thanks|thank you)[ ]))(?-i:{_SMALL})(?=(?:[ ]bye)?$)",
    # Kind regards, / Dean Mossop
    rf"(?<=\b(?:regards|wishes|yours|sincerely|faithfully|best|cheers|thanks),?[ ](?:/[ ])?){_NAME}(?=\s*(?:[,/]|$))",
    # a lady called Beata, my colleague Tiffany, her brother-in-law Clive, ask for Sheila
    rf"(?<=\b(?:{_RELATION}),?[ ](?:called[ ]|named[ ])?){_NAME}",
    rf"(?<=\b(?:ask for|speak to|spoke to|talk to|spoken to)[ ]){_NAME}",
)

_DIGIT = "zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|triple"
# Seven digits in words or more, one after the other: a number to ring or to pay with, not a price.
NUMBER_WORDS = rf"\b(?:(?:{_DIGIT})[ ,-]{{1,2}}){{6,30}}(?:{_DIGIT})\b"

_HOST = r"(?:[\p{L}\d-]+[ ]){1,3}dot[ ](?:com|co|org|net|info|io|eu|uk|u[ ]k|de|fr|ie|edu|example)(?:[ ]dot[ ](?:uk|u[ ]k|au|nz))?"
# jo dot bell at acme dot com, as it is dictated
SPELT_ADDRESS = (
    r"\b(?!(?:look|is|us|me|find|see|it|page|here|available|up|out|them|are|be|was)[ ]at\b)"
    rf"[\p{{L}}\d]+(?:[ ](?:dot|underscore|dash|hyphen)[ ][\p{{L}}\d]+)*[ ]at[ ]{_HOST}\b"
)
