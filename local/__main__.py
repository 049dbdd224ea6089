"""`python -m local`: the command line of the local host."""

from local.cli import main

if __name__ == "__main__":
    main()
