"""What may be published: cells and what holds between them, rounding, suppression, and the attack on a release."""
