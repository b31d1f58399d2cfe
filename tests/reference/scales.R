# Reference values for scales, multiplicity and comparison, from R.
#   Rscript scales.R > scales_r.json         (Debian: r-base r-cran-psych r-cran-sandwich r-cran-effectsize r-cran-jsonlite)
# Inputs are rounded before use, so that the JSON holds exactly what R computed from.
suppressMessages({library(psych); library(sandwich); library(effectsize); library(jsonlite)})
set.seed(20210101)

# --- adjusted p values, ties and missing values among them
adjust_case <- function(p) {
  methods <- c("holm", "hochberg", "hommel", "bonferroni", "BH", "BY")
  list(p = I(p), adjusted = sapply(methods, function(m) I(p.adjust(p, m)), simplify = FALSE))
}
p_values <- list(c(0.04), c(0.5, 0.5, 0.5), c(0, 0.001, 1), c(0.01, NA, 0.04, 0.03), c(NA, NA, 0.2))
for (m in c(2, 3, 5, 8, 13, 21, 40)) {
  p <- round(runif(m)^2, 3)
  p_values <- c(p_values, list(p), list(replace(p, sample(m, 1), NA)))
}
adjusted <- lapply(p_values, adjust_case)

# --- alpha with Feldt's interval (psych) and omega of a one-factor model (factanal)
tight <- list(nstart = 5, opt = list(factr = 10, pgtol = 0, maxit = 5000))
omega_one_factor <- function(C) {
  fit <- factanal(covmat = C, factors = 1, control = tight)
  sd <- sqrt(diag(C))
  loading <- sum(fit$loadings[, 1] * sd)
  loading^2 / (loading^2 + sum(fit$uniquenesses * sd^2))
}
reliability_case <- function(x, level = 0.95) {
  C <- round(cov(x), 9)
  a <- unname(suppressMessages(psych::alpha(C, n.obs = nrow(x), warnings = FALSE))$total$raw_alpha)
  ci <- alpha.ci(a, n.obs = nrow(x), n.var = ncol(x), p.val = 1 - level)
  list(n = nrow(x), confidence = level, covariance = unname(C), alpha = a,
       interval = unname(c(ci$lower.ci, ci$upper.ci)),
       omega = if (ncol(x) > 2) omega_one_factor(C) else NULL)
}
keyed <- function(items, reversed) {
  x <- bfi[, items]
  x[reversed] <- 7 - x[reversed]
  na.omit(x)
}
likert <- function(n, k, rho) {
  latent <- outer(rnorm(n), rep(sqrt(rho), k)) + matrix(rnorm(n * k), n) * sqrt(1 - rho)
  latent <- sweep(latent, 2, seq(0.6, 1.4, length.out = k), "*")
  matrix(pmin(pmax(round(3 + latent), 1), 5), n)
}
reliability <- list(
  reliability_case(keyed(paste0("A", 1:5), "A1")),
  reliability_case(keyed(paste0("C", 1:5), c("C4", "C5"))),
  reliability_case(keyed(paste0("E", 1:5), c("E1", "E2"))),
  reliability_case(keyed(paste0("N", 1:5), character())),
  reliability_case(keyed(paste0("O", 1:5), c("O2", "O5"))),
  reliability_case(likert(12, 3, 0.6)), reliability_case(likert(30, 4, 0.5), 0.9),
  reliability_case(likert(30, 2, 0.4)), reliability_case(likert(60, 6, 0.3)),
  reliability_case(likert(200, 10, 0.5), 0.99), reliability_case(likert(500, 8, 0.2)))

# --- what could have been detected
detectable <- list(
  change = apply(expand.grid(n = c(3, 5, 8, 20, 60, 255, 2000), power = c(0.8, 0.9), alpha = c(0.05, 0.01)), 1,
    function(g) c(as.list(g), sd = 1.3, delta = power.t.test(n = g[["n"]], power = g[["power"]], sd = 1.3,
      sig.level = g[["alpha"]], type = "paired", tol = 1e-14)$delta)),
  rates = apply(expand.grid(n = c(20, 60, 255, 5000), p0 = c(0.02, 0.3, 0.5)), 1,
    function(g) c(as.list(g), delta = power.prop.test(n = g[["n"]], p1 = g[["p0"]], power = 0.8,
      tol = 1e-14)$p2 - g[["p0"]])))
noncentral <- apply(expand.grid(t = c(0.5, 2, 12.7), df = c(1, 2, 4, 30, 500), ncp = c(0, 2.8, 6)), 1,
  function(g) c(as.list(g), sf = pt(g[["t"]], g[["df"]], ncp = g[["ncp"]], lower.tail = FALSE)))

# --- two groups: Welch, Hedges' g
two_groups <- function(a, b, level = 0.95) {
  w <- t.test(a, b, conf.level = level)
  g <- hedges_g(a, b, ci = level)
  list(first = a, second = b, confidence = level, interval = unname(as.numeric(w$conf.int)),
       t = unname(w$statistic), df = unname(w$parameter), p = w$p.value,
       g = g$Hedges_g, g_interval = c(g$CI_low, g$CI_high))
}
groups <- list(two_groups(sleep$extra[1:10], sleep$extra[11:20]),
  two_groups(mtcars$mpg[mtcars$am == 1], mtcars$mpg[mtcars$am == 0]))
for (n in c(2, 3, 6, 15, 80)) {
  groups <- c(groups, list(two_groups(round(rnorm(n, 3, 1), 2), round(rnorm(n + 3, 2.5, 2), 2), 0.9)))
}

# --- adjusted difference: lm with HC2 and t intervals
adjusted_difference <- function(formula, data, treated) {
  fit <- lm(formula, data)
  se <- sqrt(vcovHC(fit, type = "HC2")[treated, treated])
  estimate <- coef(fit)[[treated]]
  half <- qt(0.975, df.residual(fit)) * se
  list(estimate = estimate, se = se, interval = c(estimate - half, estimate + half), n = nobs(fit))
}
cars <- list(
  data = mtcars[, c("mpg", "am", "vs", "wt", "hp", "cyl")],
  numeric = adjusted_difference(mpg ~ am + wt + hp, mtcars, "am"),
  categorical = adjusted_difference(mpg ~ am + wt + factor(cyl), mtcars, "am"),
  risk = adjusted_difference(vs ~ am + wt, mtcars, "am"),
  alone = adjusted_difference(mpg ~ am, mtcars, "am"))

cat(toJSON(list(R = R.version.string,
  packages = sapply(c("psych", "sandwich", "effectsize"), function(p) as.character(packageVersion(p)), simplify = FALSE),
  adjust = adjusted, reliability = reliability, detectable = detectable, noncentral_t = noncentral,
  groups = groups, cars = cars), auto_unbox = TRUE, digits = NA, na = "null", null = "null", dataframe = "columns"), "\n")
