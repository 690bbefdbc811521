"""What travels with a trained model: boosters, calibration, threshold, card, version."""
