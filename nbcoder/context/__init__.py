"""What the model is told: live variables, history, secrets taken out, within a token budget."""
