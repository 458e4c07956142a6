"""One module a verb: HELP, `arguments(parser)`, `run(options) -> Answer`. Heavy imports wait until a verb runs."""
