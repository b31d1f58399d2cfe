"""A run: what need not run again, kernels, notebooks, one term whole or not at all, many studies."""
