"""What waits in main memory while the card needs it not: packs of weights, blocks' inputs, and their copies."""
