# Regression with robust errors, by base R alone: OLS with HC2 errors and t intervals; logistic regression with sandwich
# (HC0) errors, odds ratios, and average marginal effects (a discrete change for the 0/1 covariate) by the delta method.
# Rscript tests/reference/regression.R > tests/reference/regression.csv

i <- 0:59
treated <- as.numeric(i %% 3 == 0)
age <- 20 + (7 * i) %% 41
score <- 2 + 0.05 * age + 0.8 * treated + ((11 * i) %% 13 - 6) / 4
passed <- as.numeric(score + ((5 * i) %% 7 - 3) / 2 > 4.4)
x <- cbind(treated, age, constant = 1)
cat("kind,covariate,estimate,lower,upper,p,odds_ratio,odds_lower,odds_upper\n")

say <- function(kind, name, numbers) cat(paste(c(kind, name, sprintf("%.12g", numbers)), collapse = ","), "\n", sep = "")

bread <- solve(crossprod(x))
beta <- drop(bread %*% crossprod(x, score))
e <- drop(score - x %*% beta)
leverage <- rowSums((x %*% bread) * x)
se <- sqrt(diag(bread %*% crossprod(x * e / sqrt(1 - leverage)) %*% bread))
df <- nrow(x) - ncol(x)
for (k in 1:2) {
  half <- qt(0.975, df) * se[k]
  say("linear", colnames(x)[k], c(beta[k], beta[k] - half, beta[k] + half, 2 * pt(-abs(beta[k] / se[k]), df), NA, NA, NA))
}

fit <- glm(passed ~ x - 1, family = binomial, control = glm.control(epsilon = 1e-14, maxit = 100))
beta <- unname(coef(fit))
p <- plogis(drop(x %*% beta))
bread <- solve(crossprod(x * sqrt(p * (1 - p))))
v <- bread %*% crossprod(x * (passed - p)) %*% bread
effect <- function(b, k) {
  if (k == 1) {
    one <- x; none <- x
    one[, 1] <- 1; none[, 1] <- 0
    return(mean(plogis(one %*% b) - plogis(none %*% b)))
  }
  mean(dlogis(x %*% b)) * b[k]
}
for (k in 1:2) {
  gradient <- sapply(1:3, function(j) {
    h <- 1e-6 * max(abs(beta[j]), 1)
    up <- beta; down <- beta
    up[j] <- up[j] + h; down[j] <- down[j] - h
    (effect(up, k) - effect(down, k)) / (2 * h)
  })
  half <- qnorm(0.975) * sqrt(drop(gradient %*% v %*% gradient))
  wide <- qnorm(0.975) * sqrt(v[k, k])
  me <- effect(beta, k)
  say("logistic", colnames(x)[k], c(me, me - half, me + half, 2 * pnorm(-abs(beta[k]) / sqrt(v[k, k])),
                                    exp(beta[k]), exp(beta[k] - wide), exp(beta[k] + wide)))
}
