# Three studies in one Cox model stratified by study (survival), one of them in four versions put together by mice's pool.scalar.
# Run: Rscript tests/reference/evidence.R. Writes data_evidence.csv and evidence.csv beside itself.
suppressMessages({library(survival); library(mice)})
here <- "tests/reference/"
set.seed(20261130)
draw <- function(study, version, n, effect, scale) {
  level <- rep(c("0", "1", "2"), length.out = n)
  time <- rexp(n, exp(effect[as.integer(level) + 1]) / scale)
  end <- runif(n, 4, 24)
  data.frame(study, version, time = round(pmin(time, end), 1) + 0.1, event = as.integer(time <= end), level)
}
d <- rbind(draw("own", 1, 24, c(0, 0.5, 0.9), 8), draw("second", 1, 31, c(0, 0.2, 0.7), 11))
for (v in 1:4) d <- rbind(d, draw("paper", v, 46, c(0, 0.6, 0.3), 6))
write.csv(d, paste0(here, "data_evidence.csv"), row.names = FALSE, quote = FALSE)
tight <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
fit <- function(v) coxph(Surv(time, event) ~ level + strata(study), subset(d, study != "paper" | version == v), control = tight)
real <- coxph(Surv(time, event) ~ level + strata(study), subset(d, study != "paper"), control = tight)
fits <- lapply(1:4, fit)
events <- floor(mean(sapply(fits, function(f) f$nevent)))
rows <- NULL
for (j in 1:2) {
  q <- sapply(fits, function(f) coef(f)[j]); u <- sapply(fits, function(f) vcov(f)[j, j])
  p <- pool.scalar(q, u, n = events, k = 2)
  rows <- rbind(rows, data.frame(what = "all", level = j, coef = p$qbar, se = sqrt(p$t), df = p$df, fmi = p$fmi))
  rows <- rbind(rows, data.frame(what = "real", level = j, coef = coef(real)[j], se = sqrt(vcov(real)[j, j]), df = Inf, fmi = 0))
  rows <- rbind(rows, data.frame(what = "first", level = j, coef = q[1], se = sqrt(u[1]), df = Inf, fmi = 0))
}
write.csv(format(rows, digits = 12, trim = TRUE), paste0(here, "evidence.csv"), row.names = FALSE, quote = FALSE)
