"""What viewers watch: profiles, history, watched marks and next-up."""
