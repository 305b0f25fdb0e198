"""Tables of viewers: profiles, history, watched marks, languages, sessions."""
