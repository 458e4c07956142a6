"""The two experts' colours, in every picture the same."""

# They differ in brightness too, so that they stay apart in grey and for the colour-blind; both read on white and on a
# dark ground.
COLOURS = {"high": "#c2571a", "low": "#2b7fc4"}
