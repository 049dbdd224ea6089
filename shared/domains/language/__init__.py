"""Language: what words, sentences and numbers say, whatever document they stand in."""
