"""What an attacker would try, as scripts."""
