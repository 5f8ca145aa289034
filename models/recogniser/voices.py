"""Which eSpeak NG voice variants train the recogniser and which only test it.

``rob`` is left out: it crashes the library. Joke, whisper and robot voices are left out as well: they have no pitch
(nothing could be learnt about tones) or no likeness to a caller.
"""

from __future__ import annotations

VOICES: dict[str, str] = {"north": "vi", "central": "vi-vn-x-central", "south": "vi-vn-x-south"}
"""eSpeak NG voice of each dialect."""

TRAIN_VARIANTS: tuple[str, ...] = (
    "m1", "m2", "m3", "m4", "m6", "m7", "m8", "f1", "f2", "f3", "f5", "Alex", "Alicia", "Andrea", "Andy", "Annie",
    "Diogo", "Gene", "Henrique", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike", "Nguyen", "adam",
    "anika", "antonio", "aunty", "benjamin", "boris", "caleb", "david", "ed", "edward", "grandma", "grandpa",
    "gustave", "ian", "iven", "iven3", "john", "kaukovalta", "linda", "max", "michel", "norbert", "pablo", "paul",
    "quincy", "robert", "sandro", "steph", "steph3", "travis", "victor",
)  # fmt: skip
HELDOUT_VARIANTS: tuple[str, ...] = (
    "m5", "f4", "Denis", "Gene2", "belinda", "miguel", "pedro", "shelby", "steph2", "zac",
)  # fmt: skip
"""Never heard in training: five that sound like men, five like women or children."""
