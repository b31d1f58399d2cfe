# Reference values for the change of a cumulative rate between terms, new and gone persons (Zou & Donner 2008), base R.
#   Rscript over_terms.R > over_terms_r.json         (Debian: r-base-core)
# The later rate less the earlier is (new / n) (new rate - old rate): two independent rates with exact limits, joined
# by adding the squares of the distances to their limits.
json <- function(x) paste0("[", paste(format(x, digits = 17, trim = TRUE), collapse = ", "), "]")
mover <- function(share, x1, n1, x2, n2) {
  one <- share * c(x1 / n1, binom.test(x1, n1)$conf.int)
  two <- share * c(x2 / n2, binom.test(x2, n2)$conf.int)
  list(moved = one[1] - two[1], down = c(one[1] - one[2], two[3] - two[1]), up = c(one[3] - one[1], two[1] - two[2]))
}
case <- function(kept, kept_x, new, new_x, gone, gone_x) {
  parts <- list()
  if (new) parts <- c(parts, list(mover(new / (kept + new), new_x, new, kept_x, kept)))
  if (gone) parts <- c(parts, list(mover(gone / (kept + gone), kept_x, kept, gone_x, gone)))
  moved <- (kept_x + new_x) / (kept + new) - (kept_x + gone_x) / (kept + gone)
  down <- sqrt(sum(unlist(lapply(parts, `[[`, "down"))^2))
  up <- sqrt(sum(unlist(lapply(parts, `[[`, "up"))^2))
  sprintf('{"counts": %s, "change": %s}', json(c(kept, kept_x, new, new_x, gone, gone_x)), json(c(moved, moved - down, moved + up)))
}
cases <- c(case(160, 8, 40, 20, 0, 0), case(100, 7, 100, 7, 0, 0), case(1, 0, 1, 1, 0, 0), case(300, 290, 20, 20, 0, 0),
           case(90, 40, 30, 20, 12, 2), case(50, 25, 0, 0, 10, 10), case(600, 12, 60, 0, 0, 0))
cat(paste0('{"rate_change": [', paste(cases, collapse = ",\n"), "]}\n"))
