"""Best-first branch and bound over boxes of builds, with staged enumeration."""
