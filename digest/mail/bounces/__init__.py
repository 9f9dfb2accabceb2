"""Understanding bounces: bytes of a stranger's email in, what it says out; ``parser.parse_bounce`` is the way in."""
