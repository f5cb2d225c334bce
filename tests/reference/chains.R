# How far the log hazard ratios of three Cox models of two groups each are from adding up: the numbers of FAR in
# lib/papercheck/audit/chains.py. Rscript chains.R prints quantiles of the gap in its smallest standard errors.
library(survival)
set.seed(2)
gaps <- NULL
for (i in 1:2500) {
  n <- round(exp(runif(1, log(24), log(500))))
  group <- sample(0:2, n, TRUE)
  effect <- c(0, rnorm(2, 0, .5))
  shape <- if (i %% 3 == 0) runif(3, .6, 1.8) else rep(runif(1, .7, 1.5), 3)
  time <- (rexp(n) / exp(effect[group + 1]))^(1 / shape[group + 1])
  end <- runif(n, .2, runif(1, .5, 4))
  event <- as.integer(time <= end)
  time <- pmin(time, end)
  if (min(tapply(event, factor(group, 0:2), sum), na.rm = TRUE) < 2 || length(unique(group)) < 3) next
  between <- function(a, b) {
    rows <- group %in% c(a, b)
    model <- suppressWarnings(coxph(Surv(time[rows], event[rows]) ~ I(group[rows] == a)))
    c(coef(model), sqrt(vcov(model)))
  }
  first <- between(1, 0); second <- between(2, 1); both <- between(2, 0)
  errors <- c(first[2], second[2], both[2])
  if (max(errors) > 3) next
  gaps <- rbind(gaps, c(i %% 3 == 0, abs(first[1] + second[1] - both[1]) / min(errors)))
}
for (crossing in 0:1) {
  own <- gaps[gaps[, 1] == crossing, 2]
  cat(if (crossing) "unlike shapes" else "proportional", length(own), quantile(own, c(.5, .95, .99, .999, 1)), "\n")
}
