# Reference values for taking part (Anderson-Rubin), equal effects (Welch) and their spread (Q-profile), from base R.
#   Rscript arms.R > arms_r.json         (Debian: r-base-core)
# Inputs are rounded before use, so that the JSON holds exactly what R computed from.
set.seed(20261129)
json <- function(x) paste0("[", paste(format(x, digits = 17, trim = TRUE), collapse = ", "), "]")

# --- taking part: the limits are where Welch's statistic of y - b d between the arms meets the t quantile on n - 2
take_up <- function(n, uptake, effect, binary, level = 0.95) {
  z <- rep(1:0, c(n, n - 5))
  d <- as.integer(runif(length(z)) < ifelse(z == 1, uptake, 0.1))
  y <- if (binary) as.integer(runif(length(z)) < 0.4 + effect * d) else round(rnorm(length(z)) + effect * d, 3)
  reach <- qt((1 + level) / 2, length(z) - 2)
  statistic <- function(b) {
    u <- y - b * d
    unname(t.test(u[z == 1], u[z == 0])$statistic)
  }
  excess <- function(b) abs(statistic(b)) - reach
  wald <- (mean(y[z == 1]) - mean(y[z == 0])) / (mean(d[z == 1]) - mean(d[z == 0]))
  far <- 50
  limits <- c(uniroot(excess, c(wald - far, wald), tol = 1e-13)$root, uniroot(excess, c(wald, wald + far), tol = 1e-13)$root)
  sprintf('{"z": %s, "d": %s, "y": %s, "wald": %.15g, "limits": %s}', json(z), json(d), json(y), wald, json(limits))
}
taking <- c(take_up(60, 0.7, 0.2, TRUE), take_up(40, 0.5, 0.5, FALSE), take_up(300, 0.4, 0.1, TRUE))

# --- equal effects: with one sample a group, Welch's analysis of variance; the spread by its definition
groups <- function(sizes, means, sds) {
  y <- round(rnorm(sum(sizes), rep(means, sizes), rep(sds, sizes)), 3)
  g <- rep(seq_along(sizes), sizes)
  test <- oneway.test(y ~ g)
  m <- unname(tapply(y, g, mean)); v <- unname(tapply(y, g, var)) / sizes
  Q <- function(t) { w <- 1 / (v + t); sum(w * (m - sum(w * m) / sum(w))^2) }
  at <- function(q) if (Q(0) <= q) 0 else uniroot(function(t) Q(t) - q, c(0, 1e4), tol = 1e-14)$root
  df <- length(sizes) - 1
  spread <- sqrt(c(at(df), at(qchisq(0.975, df)), at(qchisq(0.025, df))))
  sprintf('{"difference": %s, "variance": %s, "df": %s, "f": %.15g, "p": %.15g, "spread": %s}',
          json(m), json(v), json(sizes - 1), test$statistic, test$p.value, json(spread))
}
equal <- c(groups(c(12, 20, 8), c(0, 0.5, 1), c(1, 2, 0.5)), groups(c(30, 25), c(0, 0), c(1, 1)),
           groups(c(15, 40, 22, 9, 60), c(0, 0.2, 0.1, 1.5, 0), c(1, 1, 2, 1, 0.7)))

# --- E-value of a ratio and of its limit (VanderWeele & Ding 2017), by root: the bias factor of two equal ratios
bias <- function(r) r^2 / (2 * r - 1)
e_value <- function(rr) if (rr <= 1) 1 else uniroot(function(r) bias(r) - rr, c(1, 1e4), tol = 1e-13)$root
ratios <- c(1, 1.05, 1.2, 2, 3.9, 10.73)
cat(sprintf('{"taking_part": [%s],\n"equal_effects": [%s],\n"e_values": {"ratio": %s, "value": %s}}\n',
            paste(taking, collapse = ",\n"), paste(equal, collapse = ",\n"), json(ratios), json(sapply(ratios, e_value))))
