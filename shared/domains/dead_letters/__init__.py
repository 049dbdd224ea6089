"""What could not be done after several tries, kept until somebody has it tried again or gives it up."""
