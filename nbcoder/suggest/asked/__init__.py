"""What a request asks for, read from its words, and whether what an answer came to is that."""
