"""What a person reads, in six languages. The English stands where it is said and is the key of its translations.

`say` makes a sentence that remembers its template and its values; `tell` gives any sentence in the chosen language;
`language` chooses it. The translations are `fr.json`, `pt.json` … beside this file: English → the other language.
"""

from wannb.words.languages import LANGUAGES, language
from wannb.words.said import Said, join, say, tell

__all__ = ["LANGUAGES", "Said", "join", "language", "say", "tell"]
