# Values from R for persons in groups, terms of starting and groups of persons; writes people_r.json beside this file.
# Run: Rscript tests/reference/people.R    base R only: every definition is written out in matrices here.

options(digits = 15, warn = 1)
RNGversion("4.0.0")
set.seed(20260621)
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
cases <- character(0)
numbers <- function(x) paste0("[", paste(ifelse(is.na(x), "null", format(x, digits = 15, trim = TRUE, scientific = FALSE)), collapse = ", "), "]")
rows <- function(m) paste0("[", paste(apply(m, 1, numbers), collapse = ", "), "]")
add <- function(method, ...) {
  fields <- list(...)
  said <- paste0('"', names(fields), '": ', unlist(fields), collapse = ", ")
  cases[[length(cases) + 1]] <<- paste0('{"method": "', method, '", ', said, "}")
}

# --- persons in groups: CR2 and Satterthwaite's degrees of freedom by persons' matrices, ICC by aov -------------
power <- function(m, exponent) {
  e <- eigen(m, symmetric = TRUE)
  e$vectors %*% diag(ifelse(e$values > 1e-10, e$values^exponent, 0), nrow(m)) %*% t(e$vectors)
}
for (i in 1:12) {
  groups <- sample(3:9, 1)
  sizes <- sample(2:9, groups, replace = TRUE)
  id <- rep(seq_len(groups), sizes)
  y <- if (i %% 2) rbinom(length(id), 1, plogis(rnorm(groups))[id]) else round(rnorm(groups)[id] + rnorm(length(id)), 2)
  if (var(y) == 0) next
  n <- length(y)
  x <- matrix(1, n, 1)
  hat <- x %*% solve(crossprod(x)) %*% t(x)
  rest <- diag(n) - hat
  e <- rest %*% y
  bread <- solve(crossprod(x))
  meat <- 0
  forms <- matrix(0, n, groups)
  for (g in seq_len(groups)) {
    own <- id == g
    a <- power(rest[own, own, drop = FALSE], -1 / 2)
    score <- t(x[own, , drop = FALSE]) %*% a %*% e[own]
    meat <- meat + score %*% t(score)
    forms[, g] <- rest[, own, drop = FALSE] %*% a %*% x[own, , drop = FALSE] %*% bread
  }
  robust <- (bread %*% meat %*% bread)[1, 1]
  lambda <- eigen(crossprod(forms), symmetric = TRUE)$values
  table <- summary(aov(y ~ factor(id)))[[1]][["Mean Sq"]]
  size <- (n - sum(sizes^2) / n) / (groups - 1)
  add("clusters", sizes = numbers(sizes), sums = numbers(tapply(y, id, sum)), squares = numbers(tapply(y^2, id, sum)),
      ratio = numbers(robust / (var(y) / n)), df = numbers(sum(lambda)^2 / sum(lambda^2)),
      icc = numbers((table[1] - table[2]) / (table[1] + (size - 1) * table[2])))
}

# --- trends over terms: prop.trend.test and glm's score test by its own algebra; lm with the HC2 sandwich -------------
for (i in 1:10) {
  k <- sample(3:6, 1)
  n <- sample(15:60, k, replace = TRUE)
  x <- rbinom(k, n, plogis(-0.3 + 0.25 * seq_len(k)))
  if (sum(x) == 0 || sum(x) == sum(n)) next
  t <- seq_len(k) - 1
  score <- function(b) {
    fit <- suppressWarnings(glm(cbind(x, n - x) ~ 1 + offset(b * t), family = binomial, control = list(epsilon = 1e-14, maxit = 200)))
    w <- n * fitted(fit) * (1 - fitted(fit))
    sum((x - n * fitted(fit)) * t) / sqrt(sum(w * (t - sum(w * t) / sum(w))^2))
  }
  p <- sum(x) / sum(n)
  limits <- sapply(c(0, qnorm(0.975), -qnorm(0.975)), function(z) uniroot(function(b) score(b) - z, c(-2.5, 2.5), tol = 1e-12)$root)
  add("rate_trend", n = numbers(n), x = numbers(x), p = numbers(prop.trend.test(x, n)$p.value),
      slope = numbers(p * (1 - p) * limits))
}
for (i in 1:10) {
  k <- sample(3:6, 1)
  counts <- t(sapply(seq_len(k), function(g) rmultinom(1, sample(4:30, 1), c(0.3 + 0.05 * g, 0.5, 0.2))[, 1]))
  d <- unlist(lapply(seq_len(k), function(g) rep(c(1, 0, -1), counts[g, ])))
  t <- unlist(lapply(seq_len(k), function(g) rep(g - 1, sum(counts[g, ]))))
  fit <- lm(d ~ t)
  m <- model.matrix(fit)
  bread <- solve(crossprod(m))
  v <- bread %*% t(m) %*% diag(residuals(fit)^2 / (1 - hatvalues(fit))) %*% m %*% bread
  b <- coef(fit)[["t"]]
  add("change_trend", counts = rows(counts), p = numbers(2 * pt(-abs(b) / sqrt(v[2, 2]), length(d) - 2)),
      slope = numbers(b + c(0, -1, 1) * qt(0.975, length(d) - 2) * sqrt(v[2, 2])))
  # of the same counts: the mean score test as N - 1 times the R squared of an analysis of variance
  r2 <- summary(lm(d ~ factor(t)))$r.squared
  add("mean_score", counts = rows(counts), p = numbers(pchisq((length(d) - 1) * r2, k - 1, lower.tail = FALSE)))
}

# --- groups drawn together: Paule and Mandel, and best linear unbiased predictions as metafor writes them -----------
for (i in 1:10) {
  k <- sample(2:8, 1)
  v <- round(runif(k, 0.01, 0.2), 3)
  y <- round(rnorm(k, 0.2, 0.3), 3)
  q <- function(tau2) {
    w <- 1 / (v + tau2)
    sum(w * (y - weighted.mean(y, w))^2) - (k - 1)
  }
  tau2 <- if (q(0) <= 0) 0 else uniroot(q, c(0, 10), tol = 1e-14)$root
  mu <- weighted.mean(y, 1 / (v + tau2))
  lambda <- tau2 / (tau2 + v)
  add("shrunken", y = numbers(y), v = numbers(v), tau = numbers(sqrt(tau2)), blup = numbers(lambda * y + (1 - lambda) * mu))
}

# --- weighted net change: persons one by one, weights cut at five times their mean ----------------------------------
for (i in 1:10) {
  k <- sample(2:5, 1)
  all <- sample(10:60, k)
  again <- pmax(5, rbinom(k, all, runif(k, 0.3, 0.9)))
  again <- pmin(again, all)
  counts <- t(sapply(seq_len(k), function(g) rmultinom(1, again[g], runif(3))[, 1]))
  cell <- rep(seq_len(k), again)
  d <- unlist(lapply(seq_len(k), function(g) rep(c(1, 0, -1), counts[g, ])))
  w <- pmin((all / again)[cell], 5 * sum(all) / sum(again))
  add("weighted", all = numbers(all), counts = rows(counts), net = numbers(weighted.mean(d, w)),
      effective = numbers(sum(w)^2 / sum(w^2)))
}

# --- numbers: quantile of type 7, and the median's interval by the sign test's order statistics -----------------------
for (i in 1:10) {
  n <- sample(6:80, 1)
  x <- sample(1:40, n, replace = TRUE) * 10
  s <- sort(x)
  j <- max((1:n)[pbinom((1:n) - 1, n, 0.5) <= 0.025])
  add("numbers", x = numbers(x), median = numbers(c(median(x), s[j], s[n - j + 1])), quartiles = numbers(quantile(x, c(0.25, 0.75))))
}

# --- arms of persons in groups: CR2 of the arm's coefficient by persons' matrices; every other case shares its groups ---
for (i in 1:10) {
  groups <- sample(4:9, 1)
  sizes <- sample(3:9, 2 * groups, replace = TRUE)
  arm <- rep(rep(1:0, each = groups), sizes)
  id <- rep(if (i %% 2) seq_len(2 * groups) else rep(seq_len(groups), 2), sizes)
  y <- round(rnorm(2 * groups)[id] + 0.3 * arm + rnorm(length(id)), 2)
  n <- length(y)
  x <- cbind(1, arm)
  bread <- solve(crossprod(x))
  rest <- diag(n) - x %*% bread %*% t(x)
  e <- rest %*% y
  meat <- 0
  forms <- NULL
  for (g in unique(id)) {
    own <- id == g
    a <- power(rest[own, own, drop = FALSE], -1 / 2)
    score <- t(x[own, , drop = FALSE]) %*% a %*% e[own]
    meat <- meat + score %*% t(score)
    forms <- cbind(forms, rest[, own, drop = FALSE] %*% a %*% x[own, , drop = FALSE] %*% bread[, 2])
  }
  lambda <- eigen(crossprod(forms), symmetric = TRUE)$values
  moments <- function(which) {
    m <- sapply(unique(id), function(g) c(sum(which & id == g), sum(y[which & id == g]), sum(y[which & id == g]^2)))
    rows(m)
  }
  add("arms", shared = if (i %% 2) "false" else "true", treated = moments(arm == 1), control = moments(arm == 0),
      difference = numbers(mean(y[arm == 1]) - mean(y[arm == 0])), variance = numbers((bread %*% meat %*% bread)[2, 2]),
      df = numbers(sum(lambda)^2 / sum(lambda^2)))
}

writeLines(paste0('{"r": "', R.version.string, '", "cases": [\n', paste(cases, collapse = ",\n"), "\n]}"), file.path(here, "people_r.json"))
cat(length(cases), "cases\n")
