# Values from R for evaltools.statistics.rates and evaltools.statistics.nonresponse; writes rates_r.json beside this file.
# Run: Rscript tests/reference/rates.R    Debian: r-base-core r-cran-survey r-cran-jsonlite r-cran-effectsize
# Where Debian has no package (score intervals, mid-p, Imbens-Manski) the definition is solved here with uniroot.

suppressMessages({
  library(survey)
  library(jsonlite)
})
RNGversion("4.0.0")
set.seed(20230731)
options(digits = 15, warn = 1)
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
z95 <- qnorm(0.975)
root <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-15, maxiter = 10000)$root
cases <- list()
add <- function(method, input, expected) {
  cases[[length(cases) + 1]] <<- list(method = method, input = input, expected = expected)
}

# --- one rate --------------------------------------------------------------------------------------------------
mid_p_limits <- function(x, n) {
  above <- function(p) pbinom(x, n, p, lower.tail = FALSE) + dbinom(x, n, p) / 2
  c(if (x == 0) 0 else root(function(p) above(p) - 0.025, 0, 1),
    if (x == n) 1 else root(function(p) 1 - above(p) - 0.025, 0, 1))
}
one_rate <- function(x, n) {
  middle <- (x + z95^2 / 2) / (n + z95^2)
  half <- z95 * sqrt(middle * (1 - middle) / (n + z95^2))
  list(
    wilson = as.vector(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int),
    clopper_pearson = as.vector(binom.test(x, n)$conf.int),
    mid_p = mid_p_limits(x, n),
    agresti_coull = middle + c(-half, half),
    jeffreys = c(if (x == 0) 0 else qbeta(0.025, x + 0.5, n - x + 0.5),
                 if (x == n) 1 else qbeta(0.975, x + 0.5, n - x + 0.5))
  )
}
ns <- c(1, 1, 2, 2, 5, 5, 5, 12, 12, 12, sample(3:400, 30))
xs <- c(0, 1, 0, 1, 0, 2, 5, 0, 11, 12, rep(NA, 30))
for (i in seq_along(ns)) {
  x <- if (is.na(xs[i])) rbinom(1, ns[i], rbeta(1, 0.8, 0.8)) else xs[i]
  add("rate", list(x = x, n = ns[i]), one_rate(x, ns[i]))
}
for (i in 1:12) {
  cohort <- sample(5:300, 1)
  n <- sample(1:(cohort - 1), 1)
  x <- rbinom(1, n, 0.6)
  shrink <- (cohort - n) / (cohort - 1)
  score <- function(p) (x / n - p)^2 - z95^2 * shrink * p * (1 - p) / n
  limits <- c(if (x == 0) 0 else root(score, 0, x / n), if (x == n) 1 else root(score, x / n, 1))
  possible <- c(x, x + cohort - n) / cohort
  add("cohort", list(x = x, n = n, cohort = cohort), list(wilson = c(max(limits[1], possible[1]),
                                                                     min(limits[2], possible[2]))))
}
for (i in 1:20) {
  n <- sample(1:300, 1)
  p0 <- round(runif(1, 0.02, 0.98), 2)
  x <- rbinom(1, n, min(1, max(0, p0 + runif(1, -0.2, 0.2))))
  tail <- min(pbinom(x, n, p0), pbinom(x - 1, n, p0, lower.tail = FALSE))
  add("benchmark", list(x = x, n = n, p0 = p0), list(
    p_exact = binom.test(x, n, p0)$p.value,
    p_score = suppressWarnings(prop.test(x, n, p0, correct = FALSE))$p.value,
    p_mid = 2 * tail - dbinom(x, n, p0)))
}

# --- two rates -------------------------------------------------------------------------------------------------
constrained <- function(x1, n1, x2, n2, d) { # closed form of Miettinen & Nurminen (1985), appendix 1
  total <- n1 + n2
  l3 <- total
  l2 <- (n1 + 2 * n2) * d - total - x1 - x2
  l1 <- (n2 * d - total - 2 * x2) * d + x1 + x2
  l0 <- x2 * d * (1 - d)
  q <- l2^3 / (3 * l3)^3 - l1 * l2 / (6 * l3^2) + l0 / (2 * l3)
  p <- (if (q >= 0) 1 else -1) * sqrt(max(0, l2^2 / (3 * l3)^2 - l1 / (3 * l3)))
  a <- if (p == 0) pi / 2 else (pi + acos(max(-1, min(1, q / p^3)))) / 3
  p2 <- min(1, max(0, 2 * p * cos(a) - l2 / (3 * l3)))
  c(min(1, max(0, p2 + d)), p2)
}
score_difference <- function(x1, n1, x2, n2, inflate) {
  d0 <- x1 / n1 - x2 / n2
  excess <- function(d) {
    p <- constrained(x1, n1, x2, n2, d)
    (d0 - d)^2 - z95^2 * inflate * sum(p * (1 - p) / c(n1, n2))
  }
  near <- 1e-9
  c(if (d0 <= -1) -1 else root(excess, -1, d0 - near), if (d0 >= 1) 1 else root(excess, d0 + near, 1))
}
score_ratio <- function(x1, n1, x2, n2, inflate) {
  excess <- function(log_r) {
    r <- exp(log_r)
    b <- n1 * r + x1 + n2 + x2 * r
    p2 <- (b - sqrt(max(0, b^2 - 4 * (n1 + n2) * r * (x1 + x2)))) / (2 * (n1 + n2) * r)
    p1 <- min(1, r * p2)
    (x1 / n1 - r * x2 / n2)^2 / (z95^2 * inflate * (p1 * (1 - p1) / n1 + r^2 * p2 * (1 - p2) / n2)) - 1
  }
  middle <- log((x1 / n1) / (x2 / n2))
  if (x1 == 0) middle <- -8
  if (x2 == 0) middle <- 8
  c(if (x1 == 0) 0 else exp(root(excess, -12, middle)), if (x2 == 0) NA else exp(root(excess, middle, 12)))
}
wilson <- function(x, n) as.vector(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int)
two_rates <- function(x1, n1, x2, n2) {
  p <- c(x1 / n1, x2 / n2)
  w1 <- wilson(x1, n1)
  w2 <- wilson(x2, n2)
  inflate <- (n1 + n2) / (n1 + n2 - 1)
  q <- c((x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2))
  half <- z95 * sqrt(sum(q * (1 - q) / (c(n1, n2) + 2)))
  table <- matrix(c(x1, n1 - x1, x2, n2 - x2), 2)
  pearson <- suppressWarnings(chisq.test(table, correct = FALSE))$statistic
  same <- (x1 + x2) %in% c(0, n1 + n2)
  list(
    newcombe = p[1] - p[2] + c(-sqrt((p[1] - w1[1])^2 + (w2[2] - p[2])^2), sqrt((w1[2] - p[1])^2 + (p[2] - w2[1])^2)),
    miettinen_nurminen = score_difference(x1, n1, x2, n2, inflate),
    mee = score_difference(x1, n1, x2, n2, 1),
    agresti_caffo = pmin(1, pmax(-1, q[1] - q[2] + c(-half, half))),
    ratio_miettinen_nurminen = score_ratio(x1, n1, x2, n2, inflate),
    ratio_koopman = score_ratio(x1, n1, x2, n2, 1),
    p_score = if (same) 1 else unname(pchisq(pearson / inflate, 1, lower.tail = FALSE)),
    p_fisher_mid = if (same) 1 else fisher.test(table)$p.value - dhyper(x1, n1, n2, x1 + x2) / 2
  )
}
edges <- list(c(0, 7, 3, 9), c(7, 7, 3, 9), c(4, 6, 0, 11), c(4, 6, 11, 11), c(1, 1, 1, 2), c(1, 1, 0, 1), c(5, 5, 0, 8))
for (e in edges) add("two_rates", as.list(setNames(e, c("x1", "n1", "x2", "n2"))), do.call(two_rates, as.list(e)))
for (i in 1:30) {
  n <- sample(2:200, 2)
  x <- rbinom(2, n, runif(2, 0.05, 0.95))
  x[x == 0] <- 1 # zeros and full groups stand in the edges above
  x <- pmin(x, n - 1)
  add("two_rates", list(x1 = x[1], n1 = n[1], x2 = x[2], n2 = n[2]), two_rates(x[1], n[1], x[2], n[2]))
}

# --- nonresponse -----------------------------------------------------------------------------------------------
for (i in 1:12) {
  invited <- sample(10:600, 1)
  answered <- sample(5:invited, 1)
  x <- sample(0:answered, 1)
  b <- c(x, x + invited - answered) / invited
  se <- sqrt(b * (1 - b) / invited)
  c95 <- root(function(c) pnorm(c + diff(b) / max(se)) - pnorm(-c) - 0.95, 0, 5)
  add("imbens_manski", list(x = x, answered = answered, invited = invited),
      list(limits = c(max(0, b[1] - c95 * se[1]), min(1, b[2] + c95 * se[2]))))
}

persons <- function(answered, x) { # one row per respondent of each cell
  data.frame(cell = factor(rep(seq_along(answered), answered)),
             y = unlist(Map(function(m, k) rep(c(1, 0), c(k, m - k)), answered, x)))
}
intervals <- function(design) {
  sapply(c(logit = "logit", arcsine = "asin", beta = "beta", wald = "mean"), simplify = FALSE, function(method) {
    as.vector(attr(svyciprop(~y, design, method = method), "ci"))
  })
}
weighted_case <- function(invited, answered, x) {
  data <- persons(answered, x)
  data$w <- (invited / answered)[data$cell]
  data$N <- invited[data$cell]
  given <- svydesign(id = ~1, weights = ~w, data = data)
  post <- postStratify(given, ~cell, data.frame(cell = levels(data$cell), Freq = invited))
  drawn <- svydesign(id = ~1, strata = ~cell, fpc = ~N, data = data)
  pack <- function(design) c(list(p = unname(coef(svymean(~y, design))), se = unname(SE(svymean(~y, design)))[1]),
                             intervals(design))
  add("poststratified", list(invited = invited, answered = answered, x = x),
      list(weighted = pack(given), `post-stratified` = pack(post), stratified = pack(drawn)))
}
for (i in 1:12) {
  cells <- sample(2:5, 1)
  invited <- sample(20:200, cells)
  answered <- pmax(2, rbinom(cells, invited, runif(cells, 0.2, 0.9)))
  x <- rbinom(cells, answered, runif(cells, 0.3, 0.8))
  weighted_case(invited, answered, pmin(pmax(x, 1), answered - 1))
}
data(api)
wide <- aggregate(cbind(x = sch.wide == "Yes", m = 1) ~ stype + fpc, apistrat, sum)
weighted_case(wide$fpc, wide$m, wide$x)


# --- attrition -------------------------------------------------------------------------------------------------
for (i in 1:14) {
  rows <- sample(2:5, 1)
  table <- matrix(rpois(2 * rows, sample(c(2, 4, 40), 1)) + 1, rows)
  pearson <- suppressWarnings(chisq.test(table, correct = FALSE))
  small <- sum(table) < 60
  v <- effectsize::cramers_v(table, adjust = FALSE, alternative = "two.sided")
  add("attrition", list(table = table), list(
    x2 = unname(pearson$statistic), p_chi2 = pearson$p.value,
    p_exact = if (small) fisher.test(table, workspace = 2e7)$p.value else NA,
    v = v[[1]], v_limits = c(v$CI_low, v$CI_high)))
}
for (i in 1:6) {
  a <- round(rnorm(sample(5:60, 1), 42, 10))
  b <- round(rnorm(sample(5:60, 1), 39, 13))
  d <- effectsize::cohens_d(a, b, pooled_sd = FALSE)
  add("means", list(mean1 = mean(a), sd1 = sd(a), n1 = length(a), mean2 = mean(b), sd2 = sd(b), n2 = length(b)),
      list(d = d[[1]]))
}

about <- list(r = R.version.string, survey = as.character(packageVersion("survey")),
              effectsize = as.character(packageVersion("effectsize")))
write(toJSON(list(about = about, cases = cases), auto_unbox = TRUE, digits = NA, na = "null"),
      file.path(here, "rates_r.json"))
cat(length(cases), "cases\n")
