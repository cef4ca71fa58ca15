"""How each model family is spoken to, and how its weights come to this machine."""
