# Reference values for Krippendorff's alpha of two coders, from R.
#   Rscript agreement.R > agreement_r.csv          (Debian: r-base-core)
# alpha from the matrix of coincidences (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"), unit by unit;
# limits by stepping through all correlations for those that the goodness of fit of Donner & Eliasziw (1992) keeps.

alpha_of <- function(ratings) {                       # coders x units, values 1 and 2
  coincidence <- matrix(0, 2, 2)
  for (u in seq_len(ncol(ratings))) {
    v <- ratings[, u]
    for (i in seq_along(v)) for (j in seq_along(v)) if (i != j)
      coincidence[v[i], v[j]] <- coincidence[v[i], v[j]] + 1 / (length(v) - 1)
  }
  totals <- rowSums(coincidence)
  n <- sum(totals)
  observed <- sum(coincidence) - sum(diag(coincidence))
  expected <- (n^2 - sum(totals^2)) / (n - 1)
  1 - observed / expected
}

limits_of <- function(both, one, neither, level = 0.95) {
  n <- both + one + neither
  p <- (2 * both + one) / (2 * n)
  rho <- seq(-1, 1, by = 1e-5)
  expected <- cbind(n * (p^2 + rho * p * (1 - p)), n * 2 * p * (1 - p) * (1 - rho), n * ((1 - p)^2 + rho * p * (1 - p)))
  keep <- apply(expected > 1e-9, 1, all)
  seen <- matrix(c(both, one, neither), nrow(expected), 3, byrow = TRUE)
  fit <- rowSums((seen - expected)^2 / expected)
  inside <- range(rho[keep & fit <= qchisq(level, 1)])
  inside + (1 - inside) / (2 * n)
}

cases <- list(c(20, 5, 75), c(3, 1, 6), c(0, 4, 20), c(12, 0, 30), c(40, 20, 40), c(1, 1, 98), c(5, 9, 5), c(60, 6, 2))
cat("both,one,neither,alpha,lower,upper\n")
for (k in cases) {
  ratings <- cbind(matrix(2, 2, k[1]), matrix(rep(c(2, 1), k[2]), 2, k[2]), matrix(1, 2, k[3]))
  cat(paste(c(k, sprintf("%.6f", c(alpha_of(ratings), limits_of(k[1], k[2], k[3])))), collapse = ","), "\n", sep = "")
}
