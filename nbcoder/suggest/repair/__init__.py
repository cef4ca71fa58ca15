"""What live objects say to an error or to an odd result, and slips that have one remedy."""
