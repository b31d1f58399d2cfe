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

writeLines(paste0('{"r": "', R.version.string, '", "cases": [\n', paste(cases, collapse = ",\n"), "\n]}"), file.path(here, "people_r.json"))
cat(length(cases), "cases\n")
