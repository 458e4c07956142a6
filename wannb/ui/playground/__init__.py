"""The Playground: any prompt, any pair of checkpoints, any strengths, beside the base."""
