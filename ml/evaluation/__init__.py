"""Contenders, naive rules, scenarios, the leaderboard and the gate."""
