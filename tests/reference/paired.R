# Expected values for tests/test_paired.py, from R packages (all in Debian: r-cran-coin, r-cran-exactranktests,
# r-cran-effectsize, r-cran-sandwich, r-cran-mass, r-cran-jsonlite). Run from the root of the repository:
#   Rscript tests/reference/paired.R
# It writes tests/reference/paired_r.json: the shared cases again ("shared"), and cases of our own ("random").

suppressPackageStartupMessages({
  library(coin)
  library(exactRankTests)
  library(MASS)
  library(sandwich)
  library(jsonlite)
})
set.seed(20230731)
folder <- "tests/reference"

signed <- function(d, exact = TRUE) {
  zero <- rep(0, length(d))
  out <- list()
  for (method in c("Pratt", "Wilcoxon")) {
    run <- function(distribution) {
      wilcoxsign_test(d ~ zero, zero.method = method, distribution = distribution)
    }
    asymptotic <- run("asymptotic")
    key <- c(Pratt = "pratt", Wilcoxon = "wilcox")[[method]]
    out[[paste0("z_", key)]] <- as.numeric(statistic(asymptotic))
    out[[paste0("p_asymptotic_", key)]] <- as.numeric(pvalue(asymptotic))
    if (exact) out[[paste0("p_exact_", key)]] <- as.numeric(pvalue(run("exact")))
  }
  changed <- d[d != 0]
  plain <- function(correct) {
    suppressWarnings(stats::wilcox.test(changed, exact = FALSE, correct = correct))
  }
  out$V <- as.numeric(plain(TRUE)$statistic)
  out$p_asymptotic_cc <- plain(TRUE)$p.value
  out$p_asymptotic_nocc <- plain(FALSE)$p.value
  if (exact) {
    out$p_exact_greater <- wilcox.exact(changed, exact = TRUE, alternative = "greater")$p.value
  }
  out$rank_biserial <- effectsize::rank_biserial(d, mu = 0, verbose = FALSE)$r_rank_biserial
  out
}

walsh <- function(d) {
  sums <- outer(d, d, "+")
  median(sums[upper.tri(sums, diag = TRUE)]) / 2
}

homogeneity <- function(table) {
  k <- nrow(table)
  table <- as.table(table)
  dimnames(table) <- list(before = seq_len(k), after = seq_len(k))
  general <- mh_test(table)
  ordinal <- mh_test(table, scores = list(response = seq_len(k)))
  list(
    stuart = as.numeric(statistic(general)), df = general@statistic@df, p_stuart = as.numeric(pvalue(general)),
    ordinal_abs_z = sqrt(as.numeric(statistic(ordinal, type = "test"))^2), ordinal_p = as.numeric(pvalue(ordinal))
  )
}

yes_no <- function(b, c) {
  cells <- matrix(c(10, c, b, 10), 2)
  list(
    p_exact = binom.test(b, b + c)$p.value,
    chi2 = as.numeric(mcnemar.test(cells, correct = FALSE)$statistic),
    p_chi2 = mcnemar.test(cells, correct = FALSE)$p.value,
    p_chi2_cc = mcnemar.test(cells)$p.value
  )
}

paired_mean <- function(pre, post) {
  test <- t.test(post, pre, paired = TRUE)
  list(
    t = as.numeric(test$statistic), df = as.numeric(test$parameter), p = test$p.value,
    change = as.numeric(test$estimate), lower = test$conf.int[1], upper = test$conf.int[2],
    d_z = mean(post - pre) / sd(post - pre), d_av = (mean(post) - mean(pre)) / ((sd(pre) + sd(post)) / 2)
  )
}

log_odds <- function(pre, post) {
  data <- data.frame(
    y = factor(c(pre, post), ordered = TRUE), after = rep(0:1, each = length(pre)),
    id = rep(seq_along(pre), 2)
  )
  fit <- polr(y ~ after, data = data, Hess = TRUE, control = list(reltol = 1e-14, maxit = 1000))
  list(
    beta = as.numeric(coef(fit)),
    se = sqrt(vcovCL(fit, cluster = ~id, type = "HC0", cadjust = FALSE)["after", "after"])
  )
}

counted <- function(pre, post, k) {
  unclass(table(factor(pre, levels = seq_len(k)), factor(post, levels = seq_len(k))))
}

one_case <- function(index) {
  k <- sample(c(3, 4, 5, 7), 1)
  n <- sample(c(8, 12, 20, 35, 60, 120), 1)
  latent <- rnorm(n)
  cut_at <- function(x) findInterval(x, qnorm(seq_len(k - 1) / k)) + 1
  repeat {
    pre <- cut_at(latent + rnorm(n))
    post <- cut_at(latent + rnorm(n, mean = sample(c(0, 0.3, 0.8), 1)))
    if (sum(pre != post) > 1 && length(unique(pre)) > 1 && length(unique(post)) > 1) break
  }
  table <- counted(pre, post, k)
  dimnames(table) <- NULL
  d <- post - pre
  expected <- c(
    signed(d, exact = n <= 60),
    list(HL_all = walsh(d), HL_nozero = walsh(d[d != 0])),
    homogeneity(table), list(paired_t = paired_mean(pre, post), mcnemar = yes_no(sum(d < 0), sum(d > 0)))
  )
  if (n >= 35) expected$log_odds <- log_odds(pre, post)
  list(id = paste0("random_", index), table = table, expected = expected)
}

untied_case <- function(index) {
  d <- round(rnorm(sample(6:40, 1), 0.4), 6)
  test <- stats::wilcox.test(d, exact = TRUE, conf.int = TRUE)
  list(
    id = paste0("untied_", index), d = d,
    expected = list(
      V = as.numeric(test$statistic), p_exact = test$p.value, HL = as.numeric(test$estimate),
      lower = test$conf.int[1], upper = test$conf.int[2]
    )
  )
}

shared_cases <- fromJSON(file.path(folder, "reference_cases.json"), simplifyVector = FALSE)
if (!is.null(shared_cases$cases)) shared_cases <- shared_cases$cases
shared <- list()
for (case in shared_cases) {
  input <- case$input
  if (grepl("^(wilcoxon_|rank_biserial_|hodges_lehmann_|signed_rank_rational)", case$id)) {
    d <- as.numeric(unlist(input$d))
    if (!is.null(input$count)) d <- rep(d, times = as.numeric(unlist(input$count)))
    if (length(d) > 1000) next
    expected <- c(signed(d), list(HL_all = walsh(d), HL_nozero = walsh(d[d != 0])))
    shared[[length(shared) + 1]] <- list(id = case$id, expected = expected)
  } else if (grepl("^marginal_homogeneity_", case$id)) {
    table <- matrix(unlist(input$table), nrow = length(input$table), byrow = TRUE)
    shared[[length(shared) + 1]] <- list(id = case$id, expected = homogeneity(table))
  } else if (grepl("^mcnemar_", case$id)) {
    shared[[length(shared) + 1]] <- list(id = case$id, expected = yes_no(input$b, input$c))
  }
}

# R's sleep data in tenths: whole numbers, so that equal differences are equal
sleep_tenths <- c(12, 24, 13, 13, 0, 10, 18, 8, 46, 14)
sleep_test <- wilcox.exact(sleep_tenths, conf.int = TRUE)
sleep <- list(
  d = sleep_tenths, HL = as.numeric(sleep_test$estimate), lower = sleep_test$conf.int[1],
  upper = sleep_test$conf.int[2]
)

write_json(
  list(
    made_by = paste(
      R.version.string, "coin", packageVersion("coin"), "exactRankTests", packageVersion("exactRankTests"),
      "effectsize", packageVersion("effectsize"), "MASS", packageVersion("MASS"), "sandwich",
      packageVersion("sandwich")
    ),
    shared = shared, sleep_in_tenths = sleep, random = lapply(1:30, one_case), untied = lapply(1:8, untied_case)
  ),
  file.path(folder, "paired_r.json"),
  auto_unbox = TRUE, digits = I(17), pretty = 1
)
