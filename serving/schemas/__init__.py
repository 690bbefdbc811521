"""What is asked and answered in JSON: every field with its unit. All times are naive UTC."""
