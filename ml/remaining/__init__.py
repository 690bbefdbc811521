"""Learning when: from what is known of each row's remaining time to a booster and windows of stated coverage."""
