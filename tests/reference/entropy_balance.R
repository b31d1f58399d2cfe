# Entropy balancing by a general minimiser of the dual (base R), beside statistics.entropy_balance; prints weights and
# the weighted difference. Rscript entropy_balance.R > entropy_balance.txt
treated <- rbind(c(1.2, 0), c(0.4, 1), c(0.9, 1), c(1.6, 0), c(0.1, 1))
controls <- rbind(c(0.2, 0), c(1.1, 1), c(-0.7, 0), c(1.9, 1), c(0.5, 0), c(0.3, 1), c(1.4, 0), c(-0.2, 1))
away <- sweep(controls, 2, colMeans(treated))
dual <- function(l) log(sum(exp(away %*% l)))
slope <- function(l) { w <- exp(away %*% l); drop(t(away) %*% (w / sum(w))) }
found <- optim(c(0, 0), dual, slope, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
w <- exp(away %*% found$par)
w <- drop(w / sum(w))
cat(sprintf("%.8f", w), sep = "\n")
cat("\n")
